"""Answers that a general rule cannot guess, by form: what is decided, and figures that must fit each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from app.cases.handlers import Asking

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
        "placements": [
            {"resource": p.code, "url": f"https://{p.code}.example.ru/akt/{ask.case.id}", "date": day} for p in places
        ]
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


RULES: dict[str, Rule] = {
    "campaign_quality": _fixed(data_state="ok"),
    "campaign_run": _fixed(run_state="ok", small_sample_note="Выборки малы, выводы подтверждены данными двух лет."),
    "campaign_close": _fixed(reconciled=True),
    "support_start": _group,
    "survey_open": _window,
    "survey_extend": _fixed(outcome="accept"),
    "sign_off_visa": _visa,
    "act_sign": _paper,
    "act_publish": _placements,
}
