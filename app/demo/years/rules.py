"""Answers that a general rule cannot guess, by form: what is decided, and figures that must fit each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
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


def _roster(ask: Asking, context: Context) -> dict[str, Any]:
    """Last year's teachers as they stand, or a staff of a small school."""
    known = [dict(row) for row in context.get("rows", {}).get("teachers", ())]
    random = _dice(ask)
    subjects = [str(code) for code, _ in _pairs(context, "subject")] or list(SUBJECTS)
    for turn in range(max(0, random.randint(8, 22) - len(known))):
        row = {
            "name": str(full_name(random)),
            "post": "Учитель",
            "subjects": [subjects[turn % len(subjects)]],
            "hours": 18,
        }
        known.append(row)
    common = {"leader": False, "takes_part": True, "elsewhere": False}
    return {
        "teachers": [{**common, **{k: v for k, v in row.items() if v is not None}} for row in known],
        "informed": True,
    }


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


def _passport(ask: Asking, context: Context) -> dict[str, Any]:
    """Numbers of a small school that fit each other; last year's where there are any."""
    if context.get("values", {}).get("pupils"):
        return {}
    random = _dice(ask)
    pupils, teachers = random.randint(60, 520), random.randint(12, 45)
    shares = {"full_families": 0.7, "incomplete_families": 0.25, "large_families": 0.15, "low_income_families": 0.2}
    shares |= {
        "guardian_families": 0.03,
        "parents_higher_education": 0.3,
        "unemployed_parents": 0.08,
        "sen_pupils": 0.06,
    }
    shares |= {"disabled_pupils": 0.01, "non_native_pupils": 0.05, "on_record_pupils": 0.02, "bused_pupils": 0.1}
    found: dict[str, Any] = {name: int(pupils * share * random.uniform(0.6, 1.1)) for name, share in shares.items()}
    found |= {
        "pupils": pupils,
        "classes": max(1, pupils // 18),
        "teachers": teachers,
        "vacancies": random.randint(0, 2),
    }
    parts = {"teachers_no_category": 0.4, "teachers_combining": 0.3, "teachers_novice": 0.15, "teachers_veteran": 0.3}
    found |= {name: int(teachers * share) for name, share in parts.items()}
    found |= {"distance_km": random.randint(0, 70), "equipment_percent": random.randint(35, 90)}
    return found | {"second_shift": False, "small_school": pupils < 120, "internet": "from_10_to_100"}


def _programme(ask: Asking, context: Context) -> dict[str, Any]:
    """A target and two measures of the catalogue against every risk, spread over the term of the programme."""
    if context.get("rows", {}).get("measures"):
        return {}
    values, people = context["values"], [person for person, _ in _pairs(context, "person")]
    start, end = (date.fromisoformat(values[name]) for name in ("starts_on", "ends_on"))
    targets: list[dict[str, Any]] = []
    measures: list[dict[str, Any]] = []
    for number, (factor, label) in enumerate(_pairs(context, "factor"), 1):
        name = f"Доля участников с низкими результатами: {str(label)[:120].lower()}"
        targets.append(
            {"factor": factor, "name": name, "unit": "%", "base": 34, "target": 20, "measured": "справка по итогам"}
        )
        known = [m for m in context["facts"]["measures"].values() if m["factor"] == factor][:2] or [
            OWN | {"factor": factor}
        ]
        for turn, measure in enumerate(known):
            first = start + (end - start) * turn // 3
            row = {**measure, "starts_on": first.isoformat(), "due_on": (first + (end - start) // 3).isoformat()}
            row["direction"] = measure.get("direction") or _pairs(context, "row_direction")[0][0]
            row |= {
                "responsible": people[len(measures) % len(people)],
                "target": str(number),
                "source": "own",
                "resource": False,
            }
            measures.append(row)
    sections = [
        {"row": row["row"], "task": "Устранить причины низких результатов"} for row in context["rows"]["sections"]
    ]
    goal = "К концу учебного года доля неуспевающих по математике и русскому языку меньше на треть"
    return {"targets": targets, "measures": measures, "sections": sections, "goal": goal, "team": people[:3]}


OWN = {
    "text": "Разбор уроков с куратором",
    "expected": "Уроки перестроены",
    "evidence": "report",
    "audience": "учителя",
}


def _council(ask: Asking, context: Context) -> dict[str, Any]:
    votes = {"present": 20, "votes_for": 18, "votes_against": 1, "abstained": 1}
    return {"outcome": "adopt", "number": str(ask.case.id % 9 + 1), **votes}


def _visits(ask: Asking, context: Context) -> dict[str, Any]:
    """A visit in each of the coming months: no fewer than two."""
    last = context.get("dates", {}).get("year_end")
    days = [ask.today + timedelta(days=n) for n in (28, 95, 160)]
    rows = [{"on": day.isoformat(), "aim": "Посмотреть уроки и документы", "form": "onsite"} for day in days]
    return {"visits": [row for row in rows if not last or row["on"] <= last]}


def _steps(ask: Asking, context: Context) -> dict[str, Any]:
    """Every step that is still to be reported is done."""
    said = {"result": "done", "fact": "Пройдено, применяю на уроках", "url": "https://school.example.ru/documents/1"}
    return {"steps": [{"row": row["row"], **said} for row in context["rows"]["steps"]]}


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
    "passport_fill": _passport,
    "roadmap_draft": _programme,
    "roadmap_council": _council,
    "mentoring_plan": _visits,
    "assignment_report": _fixed(outcome="report", result="done", link="https://school.example.ru/documents/1"),
    "route_steps": _steps,
    "sign_off_visa": _visa,
    "act_sign": _paper,
    "act_publish": _placements,
}
