"""What would be under another rule: a trial calculation that is stored nowhere and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.errors import BadInput
from app.identification import inputs as reading
from app.identification import rules
from app.identification.inputs import SchoolLine
from app.identification.models import IdentificationRun
from app.identification.rules import Method
from app.identification.runs import judge, method_of

OPTIONS = {
    "threshold": "share_percent",
    "operator": "operator",
    "granularity": "granularity",
    "ege_math": "ege_math",
    "min_participants": "min_participants",
    "same_procedure": "same_procedure",
    "pool_predecessors": "pool_predecessors",
}


@dataclass(frozen=True)
class Trial:
    """Schools that would enter and leave, against the run's own rule on the same data.

    `inputs_changed`: results were loaded after the run, so both sides are counted on today's data.
    """

    method: Method
    before: dict[int, rules.Verdict]
    after: dict[int, rules.Verdict]
    enter: tuple[SchoolLine, ...]
    leave: tuple[SchoolLine, ...]
    inputs_changed: bool

    @property
    def listed(self) -> int:
        """How many schools would be listed."""
        return sum(verdict.status == rules.LISTED for verdict in self.after.values())


def what_if(session: Session, run: IdentificationRun, *, school_id: int | None = None, **options: Any) -> Trial:
    """Judge the run's schools (or one of them) by its rule with other parameters; writes nothing.

    Options: threshold (percent), operator, granularity, ege_math, min_participants, same_procedure,
    pool_predecessors. BadInput for an unknown option or a value the rule does not take.
    """
    method = method_of(run)
    if unknown := set(options) - set(OPTIONS):
        raise BadInput("Такого параметра у правила нет.", items=sorted(unknown))
    try:
        other = method.rule.override(**{OPTIONS[name]: value for name, value in options.items() if value is not None})
    except ValueError as error:
        raise BadInput(
            "Правило не считается с такими параметрами.", advice="Проверьте порог и наименьшее число участников."
        ) from error
    profile = method.profile
    seen = reading.load(session, profile, method.rule, run.school_year, without=run.parameters["without"])
    changed = seen.sha256 != run.inputs_sha256
    lines = [line for line in seen.schools if school_id in (None, line.id)]
    before = _by_school(judge(method, seen, run.school_year, lines))
    trial = Method(other, profile)
    after = _by_school(judge(trial, seen, run.school_year, lines))
    enter = tuple(line for line in lines if _listed(after, line) and not _listed(before, line))
    leave = tuple(line for line in lines if _listed(before, line) and not _listed(after, line))
    return Trial(trial, before, after, enter, leave, changed)


def _by_school(verdicts: list[rules.Verdict]) -> dict[int, rules.Verdict]:
    return {int(verdict.school): verdict for verdict in verdicts}


def _listed(verdicts: dict[int, rules.Verdict], line: SchoolLine) -> bool:
    return verdicts[line.id].status == rules.LISTED
