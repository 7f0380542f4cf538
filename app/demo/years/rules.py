"""Answers that a general rule cannot guess, by form: what is decided, and figures that must fit each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from app.cases.handlers import Asking
from app.cases.models import Answer
from app.cases.queries import last_answer
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


def _route_exit(ask: Asking, context: Context) -> dict[str, Any]:
    """At the end of a route every result is better than at its beginning, most of them well enough."""
    random, day = _dice(ask), ask.today.isoformat()
    before = {row["row"]: _PERCENT.search(row["entry"]) for row in context["rows"]["results"]}
    rows = [
        {"row": row, "day": day, "percent": min(98, int(found[1] if found else 50) + random.randint(8, 30))}
        for row, found in before.items()
    ]
    return {"results": rows}


_PERCENT = re.compile(r"\((\d+)")


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


def _review(ask: Asking, context: Context) -> dict[str, Any]:
    """A route for every third with gaps, courses for the others; tutors share them."""
    tutors = [tutor for tutor, _ in _pairs(context, "tutor")]
    people = []
    for number, row in enumerate(context["rows"]["people"]):
        line = {"row": row["row"], "proposal": "courses", "topics": "Работа с группами разного уровня"}
        people.append(line if number % 3 else line | {"proposal": "route", "tutor": tutors[number // 3 % len(tutors)]})
    return {"people": people}


def _course(ask: Asking, context: Context) -> dict[str, Any]:
    """A course of the centre for twenty-five, in three weeks."""
    least, most = context["facts"]["hours"].get("course", (16, 0))
    starts = ask.today + timedelta(days=21)
    return {
        **{"training_kind": "course", "name": "Работа с группами разного уровня подготовки", "audience": "teams"},
        **{"hours": max(int(least or 16), min(24, int(most or 24))), "seats": 25, "form": "onsite"},
        **{"starts_on": starts.isoformat(), "ends_on": (starts + timedelta(days=30)).isoformat()},
    }


def _enrolled(ask: Asking, context: Context) -> dict[str, Any]:
    """All who applied, and up to eight more whose gap the course closes."""
    rows = [dict(row) | {"outcome": "enrolled"} for row in context["rows"].get("trainees", ())]
    there = {row["trainee"] for row in rows}
    more = [person for person, _ in _pairs(context, "teacher") if person not in there][: max(0, 8 - len(rows))]
    rows += [{"trainee": person, "outcome": "enrolled"} for person in more]
    return {"trainees": rows, "outcome": "start"} if rows else {"outcome": "cancel"}


def _advice(ask: Asking, context: Context) -> dict[str, Any]:
    """One recommendation that is to be acted upon in six weeks."""
    due = (ask.today + timedelta(days=42)).isoformat()
    row = {"text": "Ввести ежемесячный разбор уроков с участием куратора", "due": due, "expected": "Уроки перестроены"}
    return {"rows": [row], "action": True}


def _meeting(ask: Asking, context: Context) -> dict[str, Any]:
    """Four meetings: the fourth is the last."""
    held = sa.select(sa.func.count()).where(Answer.case_id == ask.case.id, Answer.form == ask.task.form)
    return {"outcome": "finish" if (ask.session.scalar(held) or 0) >= 3 else "more"}


def _steps(ask: Asking, context: Context) -> dict[str, Any]:
    """Every step that is still to be reported is done."""
    said = {"result": "done", "fact": "Пройдено, применяю на уроках", "url": "https://school.example.ru/documents/1"}
    return {"steps": [{"row": row["row"], **said} for row in context["rows"]["steps"]]}


def _quota(ask: Asking, context: Context) -> dict[str, Any]:
    """Places for all in the first group that enrols; without one none until the next half-year."""
    group = next((key for key, _ in _pairs(context, "training")), None)
    told = {"training": group} if group is not None else {"reason": "группы полугодия уже набраны"}
    rows = [dict(row) | {"quota": row["people"] if group is not None else 0} | told for row in context["rows"]["rows"]]
    return {"rows": rows, "outcome": "full" if group is not None or not rows else "partly"}


def _returned_once(every: int, **answers: Any) -> Rule:
    """Of every n-th case the first round is sent back for rework, with a remark; the next one passes."""

    def rule(ask: Asking, context: Context) -> dict[str, Any]:
        if ask.case.id % every or last_answer(ask.session, ask.case.id, ask.task.form) is not None:
            return {}
        return dict(answers)

    return rule


REMARK = {"remarks": [{"place": "раздел 2", "text": "Уточните сроки и ответственных", "weight": "must"}]}
RETURN = {"outcome": "return", **REMARK}
MOTIVE = (
    "Доля низких результатов за год не уменьшилась, программа выполнена не полностью: школе нужна усиленная поддержка"
)


def _proposal(ask: Asking, context: Context) -> dict[str, Any]:
    """The rule's answer; of schools that stay on the list every fourth is supported more strongly."""
    if context["facts"].get("rule") == "exit" or ask.case.subject_id % 4:
        return {}
    return {"proposal": "strengthen", "motive": MOTIVE}


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
    "route_exit": _route_exit,
    "passport_fill": _passport,
    "roadmap_draft": _programme,
    "roadmap_council": _council,
    "mentoring_plan": _visits,
    "assignment_report": _fixed(outcome="report", result="done", link="https://school.example.ru/documents/1"),
    "retraining_review": _review,
    "route_steps": _steps,
    "training_card": _course,
    "rec_draft": _advice,
    "work_log": _meeting,
    "training_enrol": _enrolled,
    "tapp_quota": _quota,
    "sign_off_visa": _visa,
    "act_sign": _paper,
    "act_publish": _placements,
    "passport_accept": _returned_once(5, **RETURN),
    "retraining_accept": _returned_once(4, **RETURN),
    "roadmap_head": _returned_once(4, **RETURN),
    "roadmap_curator": _returned_once(3, outcome="return", general="Свяжите мероприятия с рисками и уточните сроки"),
    "eval_proposal": _proposal,
}
