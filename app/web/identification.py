"""Runs and verdicts: which schools need support and why, down to the row of a file; trial calculations; objections."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import operations
from app.cases.models import Answer, Case
from app.db import utcnow
from app.errors import BadInput, NotFound
from app.identification import corrections, explain, lists, runs, trial
from app.identification.models import IdentificationRun, Objection, Verdict
from app.identification.rules import Method, Observation
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.people.policy import OVERSIGHT
from app.schools.models import School
from app.web import ru, runregion
from app.web.parts import system
from app.web.typed import number

bp = Blueprint("identification", __name__)
PAGE = 50
STATUSES = {
    "listed": ("low", "В перечне"),
    "watch": ("doubt", "Наблюдение"),
    "not_listed": ("ok", "Не в перечне"),
    "not_applicable": ("neutral", "Не применяется"),
    "insufficient_data": ("doubt", "Нет данных"),
}
FLAGS = {
    "small_sample": "малая выборка",
    "bias": "признаки необъективности",
    "percent_ambiguous": "доля без числа участников",
    "below_minimum": "участников меньше минимума",
    "pooled_predecessors": "с результатами предшественника",
    "kind_mismatch": "вид школы изменился",
}
REGION_ROLES = OVERSIGHT - {"municipal_authority", "municipal_method_service"}


def readable_run(session: Session, actor: Actor, run_id: int) -> IdentificationRun:
    """The run: the region's bodies see every one, others only those whose preliminary list is signed."""
    run = session.get(IdentificationRun, run_id)
    if run is None or run.region != actor.region or not (actor.role in REGION_ROLES or announced(session, run)):
        raise NotFound("Такого расчёта нет.")
    return run


def announced(session: Session, run: IdentificationRun) -> bool:
    """Whether the head of the operator has signed a preliminary list of the run's campaign."""
    signed = sa.select(Answer.data).where(Answer.case_id == run.case_id, Answer.form == "campaign_preliminary")
    return any(data.get("outcome") == "sign" for data in session.scalars(signed))


@bp.get("/runs/<int:run_id>")
@requires("identification.read")
def run(run_id: int) -> Any:
    actor, status, cursor = (
        current_actor(),
        request.args.get("status", "listed"),
        number(request.args.get("cursor")) or 0,
    )
    options, error = _options()
    with system().db.read() as session:
        row = readable_run(session, actor, run_id)
        method = runs.method_of(row)
        found, total = _verdicts(session, actor, row, status, cursor)
        outcome = _trial(session, row, options) if options and actor.role in REGION_ROLES else None
        summary = lists.summary(session, row) if actor.role in REGION_ROLES else None
        region = runregion.of_run(session, row) if actor.role in REGION_ROLES else None
        chips = _chips(session, actor, row, status)
    more = (
        url_for("identification.run", run_id=run_id, status=status, cursor=cursor + PAGE)
        if cursor + PAGE < total
        else ""
    )
    return render_template(
        "identification/run.html",
        run=_run(row, method),
        crumbs=[("Дело кампании", url_for("cases.show", case_id=row.case_id))] if row.case_id else [],
        numbers=_numbers(summary["counts"]) if summary else [],
        region=region,
        chips=chips,
        rows=[_row(verdict, name, place, method) for verdict, name, place in found],
        note="Школы стоят по муниципалитетам и названиям, не по результатам.",
        words=f"Показано школ: {min(cursor + PAGE, total)} из {total}",
        next_url=more,
        left=total - cursor - PAGE if more else None,
        trial=_trial_form(method, options) if actor.role in REGION_ROLES else None,
        trial_result=outcome,
        trial_error=error,
    )


def _run(row: IdentificationRun, method: Method) -> dict[str, Any]:
    rule = method.rule
    return {
        "title": f"Расчёт № {row.id}",
        "caption": f"Перечень {ru.school_year(row.school_year)} учебного года",
        "facts": [f"по результатам {ru.school_year(row.school_year - 1)} и {ru.school_year(row.school_year - 2)}"],
        "status": ("ok", "Посчитан"),
        "rule": {"title": rule.title, "version": rule.key, "basis": rule.legal_basis, "url": "#list"},
        "made": f"Отпечаток входных данных {row.inputs_sha256[:16]}.",
    }


def _numbers(counts: dict[str, int]) -> list[dict[str, Any]]:
    words = {
        "schools": "школ",
        "checked": "проверено",
        "listed": "в перечне",
        "new": "впервые",
        "kept": "остаются",
        "left": "выбывают",
    }
    return [
        {"label": word, "value": ru.number(counts[name])} for name, word in {**words, "watch": "наблюдение"}.items()
    ]


def _verdicts(
    session: Session, actor: Actor, row: IdentificationRun, status: str, offset: int
) -> tuple[list[Any], int]:
    final = sa.func.coalesce(Verdict.decided_status, Verdict.status)
    municipality = sa.orm.aliased(Organisation)
    where = [Verdict.run_id == row.id, policy.scope(actor, Verdict)]
    if status == "flagged":
        where.append(Verdict.flags != [])
    elif status in STATUSES:
        where.append(final == status)
    base = (
        sa.select(Verdict, Organisation.short_name, municipality.name)
        .join(School, School.id == Verdict.school_id)
        .join(Organisation, Organisation.id == School.id)
        .outerjoin(municipality, municipality.id == School.municipality_id)
        .where(*where)
    )
    total = session.scalar(sa.select(sa.func.count()).select_from(base.subquery())) or 0
    rows = session.execute(
        base.order_by(municipality.name, Organisation.short_name, Verdict.id).offset(offset).limit(PAGE)
    )
    return [tuple(found) for found in rows], total


def _chips(session: Session, actor: Actor, row: IdentificationRun, status: str) -> list[dict[str, Any]]:
    final = sa.func.coalesce(Verdict.decided_status, Verdict.status)
    where = (Verdict.run_id == row.id, policy.scope(actor, Verdict))
    counted = dict(session.execute(sa.select(final, sa.func.count()).where(*where).group_by(final)).all())
    chips = [
        {
            "title": STATUSES[code][1],
            "count": counted.get(code, 0),
            "current": status == code,
            "url": url_for(".run", run_id=row.id, status=code),
        }
        for code in STATUSES
    ]
    chips.append(
        {
            "title": "С пометками",
            "current": status == "flagged",
            "url": url_for(".run", run_id=row.id, status="flagged"),
        }
    )
    return chips


def _row(verdict: Verdict, name: str, place: str | None, method: Method) -> dict[str, Any]:
    labels = {c.code: c.label for c in method.rule.criteria}
    low = sum(1 for _ in verdict.evidence)
    decided = " (по решению)" if verdict.decided_status else ""
    status, word = STATUSES[verdict.final_status]
    return {
        "url": url_for("identification.verdict", run_id=verdict.run_id, school_id=verdict.school_id),
        "school": name,
        "place": place or "",
        "low": ru.counted(low, "процедура", "процедуры", "процедур") if low else "нет",
        "criteria": ", ".join(labels.get(code, code) for code in verdict.criteria) or "–",
        "flags": [FLAGS.get(flag, flag) for flag in verdict.flags],
        "status": (status, word + decided),
    }


# one school ---------------------------------------------------------------------------------------------------------


@bp.get("/runs/<int:run_id>/schools/<int:school_id>")
@requires("identification.read")
def verdict(run_id: int, school_id: int) -> Any:
    """Why a school is in the list or is not: criteria, every result with its source, flags, the right to object."""
    actor = current_actor()
    options, _ = _options()
    with system().db.read() as session:
        row = readable_run(session, actor, run_id)
        school = session.get(Organisation, school_id)
        if school is None or not policy.may(actor, "school.read", school):
            raise NotFound("Такой школы нет.")
        stored = runs.verdict_row(session, row, school_id)
        method = runs.method_of(row)
        judged = runs.restored(session, row, stored, method)
        sentences = explain.explain(judged, method)
        one = trial.what_if(session, row, school_id=school_id, **options) if options else None
        return render_template(
            "identification/verdict.html",
            page_title="Почему школа в перечне" if stored.final_status == "listed" else "Вывод по школе",
            school={"name": school.short_name, "url": url_for("schools.show", school_id=school_id)},
            caption=school.name,
            crumbs=[(f"Расчёт № {row.id}", url_for("identification.run", run_id=row.id))],
            status=STATUSES[stored.final_status],
            verdict={
                "heading": sentences[0],
                "points": [{"label": "", "text": text} for text in sentences[1 : 1 + len(judged.findings)]],
                "meaning": _decided(stored),
                "rule": sentences[-1],
            },
            years=_years(judged.observations, row.school_year, method),
            line=method.rule.share_percent,
            arithmetic=f"Сравниваются целые числа: не справились × 100 и участники × {method.rule.share_percent}.",
            flags=[{"kind": "warn", "title": FLAGS.get(f, f), "text": ""} for f in stored.flags]
            + ([{"kind": "ok", "title": "Примечание", "text": stored.note}] if stored.note else [])
            + _corrected(session, row, school_id, method),
            objection=_objection(session, actor, row, school),
            trial={**_trial_form(method, options), "result": _one(one, school_id)},
        )


def _corrected(session: Session, run: IdentificationRun, school_id: int, method: Method) -> list[dict[str, str]]:
    """Figures corrected after this run: shown beside the verdict, which stands."""
    years = range(run.school_year - method.rule.years, run.school_year)
    found = corrections.since(session, [school_id], run.made_at, years)
    titles = {procedure.code: procedure.title for procedure in system().profile(run.region).procedures}
    text = "Вывод этого расчёта не меняется: исправленное учтёт следующий."
    return [
        {"kind": "warn", "title": "Исправлено после расчёта", "text": f"{one.words(titles)}. {text}"} for one in found
    ]


def _decided(stored: Verdict) -> str:
    if stored.decided_status is None:
        return ""
    computed, final = STATUSES[stored.status][1].lower(), STATUSES[stored.decided_status][1].lower()
    return f"По решению дела № {stored.decided_by_case}: {final}. Расчёт давал: {computed}. {stored.decided_reason}"


def _years(observations: Any, list_year: int, method: Method) -> list[dict[str, Any]]:
    years = []
    for year in range(list_year - 1, list_year - 1 - method.rule.years, -1):
        rows = [_observed(o, method) for o in observations if o.school_year == year]
        years.append({"title": f"Результаты {ru.school_year(year)} учебного года", "rows": rows})
    return years


def _observed(seen: Observation, method: Method) -> dict[str, Any]:
    sources = "; ".join(f"{s.file}, лист «{s.sheet}», {_lines(s.rows)}" for s in seen.sources[:3])
    excluded = "участников меньше минимума" if "below_minimum" in seen.flags else ""
    return {
        "procedure": method.titles[seen.procedure],
        "took": seen.n,
        "failed": seen.low,
        "share": round(seen.low * 100 / seen.n, 1) if seen.n else 0.0,
        "low": seen.is_low,
        "small": "small_sample" in seen.flags,
        "excluded": excluded,
        "source": {"text": sources, "url": "", "row": None},
    }


def _lines(rows: str) -> str:
    """«строка 148» or «строки 603–609»."""
    return f"строка {rows}" if rows.isdigit() else f"строки {rows}"


def _objection(session: Session, actor: Actor, row: IdentificationRun, school: Organisation) -> dict[str, Any] | None:
    campaign = session.get(Case, row.case_id) if row.case_id else None
    if campaign is None or campaign.status != "open" or actor.role not in system().handlers.openers["objection"]:
        return None
    filed = session.scalar(
        sa.select(Objection).where(Objection.campaign_id == campaign.id, Objection.school_id == school.id)
    )
    profile = system().profile(row.region)
    basis = f"Основание: {profile.terms.get('objection_basis', 'пункт 3.2')}. Решение будет с мотивировкой."
    if filed is not None:
        day = system().calendar(row.region).local(filed.filed_at)
        return {"submitted": f"Возражение подано {day:%d.%m.%Y}.", "basis": basis, "url": ""}
    url = url_for("identification.object_to", run_id=row.id, school_id=school.id)
    text = "Подайте возражение: сверим ваши данные с расчётом и ответим с обоснованием."
    return {"text": text, "basis": basis, "url": url}


@bp.route("/runs/<int:run_id>/schools/<int:school_id>/objection", methods=["GET", "POST"])
@requires("case.open")
def object_to(run_id: int, school_id: int) -> Any:
    """Open the school's objection; a confirmed step, because a case begins."""
    actor, now = current_actor(), utcnow()
    with system().db.read() as session:
        row = readable_run(session, actor, run_id)
        school = session.get(Organisation, school_id)
        if school is None or not policy.may(actor, "school.read", school):
            raise NotFound("Такой школы нет.")
    if request.method == "GET":
        return render_template(
            "identification/object.html", school=school.short_name, run_id=run_id, school_id=school_id
        )
    data = {"campaign": row.case_id, "run_id": row.id}
    case_id = operations.open_case(
        system(), "objection", school_id, row.school_year, data, actor=actor, now=now, parent_id=row.case_id
    )
    flash("Возражение открыто. Заполните его до конца окна проверки.", "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


# what if ------------------------------------------------------------------------------------------------------------


def _options() -> tuple[dict[str, Any], str]:
    """Parameters of a trial from the address; an impossible one is a sentence, not a failure."""
    found: dict[str, Any] = {}
    for name, key in (("t", "threshold"), ("n", "min_participants")):
        text = request.args.get(name, "").strip()
        value = number(text)
        if text and value is None:
            return {}, f"«{text}» – не целое число."
        if value is not None:
            found[key] = value
    if request.args.get("k2") in ("any", "same"):
        found["same_procedure"] = request.args["k2"] == "same"
    if request.args.get("g") in ("by_grade", "pooled"):
        found["granularity"] = request.args["g"]
    return found, ""


def _trial_form(method: Method, options: dict[str, Any]) -> dict[str, Any]:
    rule = method.rule
    same = options.get("same_procedure", rule.same_procedure)
    return {
        "t": options.get("threshold", rule.share_percent),
        "n": options.get("min_participants", rule.min_participants),
        "k2": "same" if same else "any",
        "k2_choices": [("any", "любая процедура"), ("same", "одна и та же")],
        "g": options.get("granularity", rule.granularity),
        "g_choices": [("by_grade", "классы отдельно"), ("pooled", "классы вместе")],
    }


def _trial(session: Session, row: IdentificationRun, options: dict[str, Any]) -> dict[str, Any]:
    try:
        found = trial.what_if(session, row, **options)
    except BadInput as refusal:
        return {"heading": refusal.message, "text": refusal.advice, "enter": [], "leave": []}
    text = f"Вошли бы: {len(found.enter)}. Вышли бы: {len(found.leave)}. Ничего не записано."
    heading = f"В перечне было бы {ru.counted(found.listed, 'школа', 'школы', 'школ')}"
    return {"heading": heading, "text": text, "enter": found.enter[:100], "leave": found.leave[:100]}


def _one(found: trial.Trial | None, school_id: int) -> dict[str, str] | None:
    if found is None:
        return None
    after = found.after[school_id].status
    return {"heading": f"Вывод был бы: {STATUSES[after][1].lower()}", "text": "Пробный расчёт нигде не сохраняется."}
