"""Answers that a general rule cannot guess, by form: what is decided, and figures that must fit each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Any

from app.cases.handlers import Asking
from app.demo.names import full_name
from forms.dictionaries import DICTIONARIES

SUBJECTS = tuple(code for code, _ in DICTIONARIES["subject"])

Context = Mapping[str, Any]
Rule = Callable[[Asking, Context], dict[str, Any]]


def _fixed(**answers: Any) -> Rule:
    return lambda ask, context: dict(answers)


def _visa(ask: Asking, context: Context) -> dict[str, Any]:
    return {"conclusion": "agreed"}


def _paper(ask: Asking, context: Context) -> dict[str, Any]:
    """Acts are signed on paper: a scan is attached."""
    return {"outcome": "sign", "method": "paper"}


def _placements(ask: Asking, context: Context) -> dict[str, Any]:
    places = ask.profile.publication.places
    day = ask.today.isoformat()
    return {
        "placements": [{"resource": p.code, "url": f"https://{p.code}.example.ru/akt/{ask.case.id}", "date": day} for p in places]
    }


def _group(ask: Asking, context: Context) -> dict[str, Any]:
    """The head leads the working group, two more belong to it."""
    people = list(context["choices"]["person"])[:3]
    return {"group": [{"person": person, "role": "member" if n else "head"} for n, person in enumerate(people)]}


def _window(ask: Asking, context: Context) -> dict[str, Any]:
    """A week, to as many as a small school has."""
    today = ask.today
    return {
        "groups": [{"group": "все", "expected": 20}],
        "opens_on": today.isoformat(),
        "window_to": (today + timedelta(days=7)).isoformat(),
    }


def _roster(ask: Asking, context: Context) -> dict[str, Any]:
    """Last year's teachers as they stand, or a staff of a small school."""
    known = [dict(row) for row in context.get("rows", {}).get("teachers", ())]
    random = _dice(ask)
    subjects = [str(code) for code, _ in _pairs(context, "subject")] or list(SUBJECTS)
    for turn in range(max(0, random.randint(8, 22) - len(known))):
        row = {"name": str(full_name(random)), "post": "Учитель", "subjects": [subjects[turn % len(subjects)]], "hours": 18}
        known.append(row)
    common = {"leader": False, "takes_part": True, "elsewhere": False}
    return {"teachers": [{**common, **{k: v for k, v in row.items() if v is not None}} for row in known], "informed": True}


def _results(ask: Asking, context: Context) -> dict[str, Any]:
    """Everybody came; at the end of the year results are somewhat better."""
    random, day = _dice(ask), ask.today.isoformat()
    least = 55 if ask.task.form == "retraining_exit" else 35
    kinds = ("gap_subject", "gap_psych_ped", "gap_ict")
    return {
        "results": [
            {"row": row["row"], "day": day, **{kind: random.randint(least, 98) for kind in kinds}}
            for row in context["rows"]["results"]
        ]
    }


def _dice(ask: Asking) -> Random:
    return Random(f"{ask.case.kind}:{ask.case.subject_id}:{ask.case.school_year}:{ask.task.form}")  # noqa: S311 - a toy world


def _pairs(context: Context, name: str) -> list[tuple[Any, Any]]:
    """A list of the context as pairs; [] when it gives none."""
    given = context.get("choices", {}).get(name, ())
    return list(given.items() if isinstance(given, Mapping) else given)


RULES: dict[str, Rule] = {
    "campaign_quality": _fixed(data_state="ok"),
    "campaign_run": _fixed(run_state="ok", small_sample_note="Выборки малы, выводы подтверждены данными двух лет."),
    "campaign_close": _fixed(reconciled=True),
    "support_start": _group,
    "survey_open": _window,
    "survey_extend": _fixed(outcome="accept"),
    "retraining_roster": _roster,
    "retraining_results": _results,
    "retraining_exit": _results,
    "sign_off_visa": _visa,
    "act_sign": _paper,
    "act_publish": _placements,
}
