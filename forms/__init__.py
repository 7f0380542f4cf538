"""Forms of the processes: one module per process, one class per form key of the diagrams."""

from __future__ import annotations

from forms import (
    act,
    annual_evaluation,
    assignment,
    campaign,
    clarification,
    data_pack,
    diagnostics,
    expertise,
    in_school_work,
    mentor_pair,
    mentoring,
    municipal_program,
    objection,
    recommendation,
    reorganisation,
    request,
    resource_request,
    retraining,
    roadmap,
    sign_off,
    social_passport,
    support_cycle,
    survey,
    teacher_route,
    training,
    training_application,
    visit,
)
from forms.base import (
    CaseForm,
    DecisionForm,
    FilesField,
    Issue,
    ReferenceField,
    ReferencesField,
    RowForm,
    RowsField,
)
from forms.values import as_formdata

_MODULES = (
    *(campaign, objection, clarification, sign_off, act, data_pack, support_cycle, social_passport, annual_evaluation),
    *(mentoring, visit, mentor_pair, reorganisation),
    *(diagnostics, survey, expertise),
    *(roadmap, assignment, resource_request),
    *(retraining, teacher_route, training_application, training),
    *(municipal_program, in_school_work, request, recommendation),
)
_FORMS: dict[str, type[CaseForm]] = {key: form for module in _MODULES for key, form in module.FORMS.items()}
KEYS = frozenset(_FORMS)


def form_class(key: str) -> type[CaseForm]:
    """The form of a key used in the diagrams; LookupError for an unknown key."""
    try:
        return _FORMS[key]
    except KeyError:
        raise LookupError(f"no form {key}") from None


__all__ = [
    "KEYS",
    "CaseForm",
    "DecisionForm",
    "FilesField",
    "Issue",
    "ReferenceField",
    "ReferencesField",
    "RowForm",
    "RowsField",
    "as_formdata",
    "form_class",
]
