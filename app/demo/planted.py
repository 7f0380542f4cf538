"""Touches that counts alone cannot give: single sheets of planted schools, changed by hand after pupils are made."""

from __future__ import annotations

from app.demo.cases import Planter
from app.demo.pupils import THRESHOLD, Maker, Marks, Outcomes, Pupil, Session

YEAR = 2025


def _case(planter: Planter, key: str) -> str:
    return next(case for case in planter.cases if case.key == key).schools[0]


def _of(session: Session, code: str) -> list[int]:
    return [index for index, pupil in enumerate(session.pupils) if pupil.school == code]


def _append(session: Session, code: str, extra: list[Pupil]) -> None:
    """Lines of outsiders stand among the lines of their school."""
    keep = [p for p in session.pupils if p.school != code or (p.category == "current" and p.result is not None)]
    last = max(index for index, pupil in enumerate(keep) if pupil.school == code)
    session.pupils[:] = keep[: last + 1] + extra + keep[last + 1 :]


def past_graduates(planter: Planter, outcomes: Outcomes, maker: Maker) -> None:
    """Two failed graduates of earlier years at the school whose own share is 25 %."""
    code = _case(planter, "past_graduates")
    extra = [maker.pupil(code, "ВПЛ", 4, score, "past") for score in (10, 15)]
    _append(outcomes.session("ege_rus", YEAR), code, extra)


def absent(planter: Planter, outcomes: Outcomes, maker: Maker) -> None:
    """Two pupils who did not come: with them the share would pass the threshold."""
    code = _case(planter, "absent")
    _append(outcomes.session("oge_math", YEAR), code, [maker.pupil(code, "9", None, None) for _ in range(2)])


def mark_beats_score(planter: Planter, outcomes: Outcomes) -> None:
    """A pupil with nine points and the mark «2»; the other failures are plain."""
    session, code = outcomes.session("oge_math", YEAR), _case(planter, "mark_beats_score")
    for index in _of(session, code):
        if session.pupils[index].result == 2:
            session.pupils[index] = session.pupils[index]._replace(primary=9)
            return


def resit(planter: Planter, outcomes: Outcomes) -> None:
    """All four who failed came in September and three of them passed."""
    code = _case(planter, "resit")
    main, september = outcomes.session("oge_rus", YEAR), outcomes.session("oge_rus", YEAR, "september")
    failed = [main.pupils[index] for index in _of(main, code) if main.pupils[index].result == 2]
    again = [p._replace(primary=18, result=3) for p in failed[:-1]] + [failed[-1]._replace(primary=11)]
    others = [pupil for pupil in september.pupils if pupil.school != code]
    september.pupils[:] = sorted(others + again, key=lambda p: (p.school, p.key))


def appeal(planter: Planter, outcomes: Outcomes) -> Pupil:
    """The pupil of 22 points whose appeal will give 24; returns the line as the protocol has it."""
    session, code = outcomes.session("ege_rus", YEAR), _case(planter, "appeal")
    for index in _of(session, code):
        pupil = session.pupils[index]
        if pupil.category == "current" and pupil.result is not None and pupil.result < THRESHOLD["ege_rus"]:
            session.pupils[index] = pupil._replace(primary=10, result=22)
            return session.pupils[index]
    raise AssertionError("the planted school has no failure to appeal against")


def corrected(outcomes: Outcomes, code: str, low: int) -> Marks:
    """Marks of the first, wrong version of the extract; the true ones are put where the case is planted."""
    true = outcomes.vpr[2024, "vpr_math_6"][code]
    five = low
    outcomes.vpr[2024, "vpr_math_6"][code] = Marks(true.two, 4, true.total - true.two - five - 4, five)
    return outcomes.vpr[2024, "vpr_math_6"][code]._replace(two=five, five=true.two)
