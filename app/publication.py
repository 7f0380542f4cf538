"""May these diagrams be published? The linter of the engine with what the application knows: forms, roles, operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import forms
from app import engine
from app.cases.system import WORKFLOWS
from app.people.roles import LANES

OPERATIONS = frozenset(
    {
        "open_cases",
        "close_children",
        "identify",
        "freeze_list",
        "check_gate",
        "collect_facts",
        "compute_profile",
        "compute_index",
        "compute_scores",
        "compute_indicators",
        "render",
        "deliver",
        "number",
        "set_effective",
        "apply_reorganisation",
        "remind",
    }
)


GIVEN = {
    "campaign": ("window",),
    "data_pack": ("mode",),
    "objection": ("window",),
    "support_cycle": ("track",),
    "act": ("level",),
    "visit": ("plan_by",),
    "visit_reply": ("mode",),
    "assignment": ("manual", "to_take", "controlled", "opens_on", "due_on"),
    "resource_request": ("split",),
    "survey": ("mode",),
}
"""Values that a case has from its opening, by process (`Opening.scope`)."""


def routes() -> Mapping[str, tuple[str, ...]]:
    """Form key → names that the form writes for gateways."""
    return {key: tuple(forms.form_class(key).routes) for key in forms.KEYS}


def check(files: Sequence[Path] | None = None) -> list[engine.Problem]:
    """Problems of the files, or of the project's own diagrams when none are named; called processes are looked up there."""
    own = {path.name: path.read_bytes() for path in sorted(WORKFLOWS.glob("*.*mn"))}
    given = {path.name: path.read_bytes() for path in files} if files else own
    found = engine.lint({**own, **given}, roles=LANES, forms=routes(), operations=OPERATIONS, given=GIVEN)
    return [problem for problem in found if problem.file in given]
