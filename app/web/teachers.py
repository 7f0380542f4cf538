"""Teachers: one's own page, a school's list for its head, figures of a territory, tables of results in and out."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import drafts, operations, queries
from app.cases.models import Case, Task
from app.cases.operations import require_acting, unit_of
from app.db import utcnow
from app.errors import BadInput, DomainError, NotFound
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation, Person
from app.tables.sheets import XLSX
from app.teachers import board, diagnosis, lessons, moves, privacy, sheets
from app.teachers import coverage as counts
from app.teachers.common import percent, title
from app.teachers.models import Teacher
from app.web import ru, task_forms
from app.web.parts import STATUSES, system
from app.web.typed import line
from app.years import school_year_of

bp = Blueprint("teachers", __name__)
OWN = ("teacher", "mentor")
TABLES = ("retraining_results", "retraining_exit")
REASONS = {"course": "курс", "internship": "стажировка"}
STATES = {"enrolled": ("ok", "Зачислен"), "reserve": ("wait", "В резерве"), "expelled": ("no", "Отчислен")}


def _today(actor: Actor) -> date:
    return system().calendar(actor.region).local(utcnow())


@bp.get("/teachers")
@requires("school.read")
def index() -> Any:
    """Everybody to his own: a teacher to himself, a school to its list, the others to the figures."""
    actor = current_actor()
    if actor.role in OWN:
        return redirect(url_for("teachers.show", person_id=actor.person_id))
    if actor.school_id is not None:
        return redirect(url_for("teachers.school", school_id=actor.school_id))
    today = _today(actor)
    profile, year = system().profile(actor.region), school_year_of(today)
    with system().db.browse() as session:
        found = board.figures(session, profile, board.territory(session, actor, today), year, today)
        rows = [
            {"name": s.short_name, "url": url_for("teachers.school", school_id=s.id), "cover": cover, "routes": led}
            for s, cover, led in board.by_school(session, profile, actor, year, today)
        ]
        groups = board.open_groups(session, actor.region)
    return render_template(
        "teachers/board.html",
        caption=f"{ru.school_year(year)} учебный год",
        numbers=_numbers(found),
        **_tables(profile, found),
        rows=rows,
        target=profile.teachers.coverage_target,
        groups=[_group(profile, row) for row in groups],
    )


def _numbers(found: board.Figures, *, guarded: bool = False) -> list[dict[str, str]]:
    """The main figures; `guarded` leaves out those from which one learns that everybody has a gap."""
    parts = [("прошли диагностику", found.coverage.total), ("из них руководители", found.coverage.leaders)]
    if not guarded:
        parts.append(("имеют маршрут из тех, у кого дефициты", found.routes))
        parts.append(("дефицитов закрыто из проверенных на выходе", found.closed))
    shown = [{"label": f"{label}: {s.part} из {s.whole}", "value": s.words} for label, s in parts if s.whole]
    led = (
        [{"label": "имеют согласованный маршрут, человек", "value": str(found.routes.part)}]
        if guarded and shown
        else []
    )
    return shown + led


def _tables(profile: Any, found: board.Figures, few: int = 0) -> dict[str, Any]:
    """M3a and M3b as rows. Of a gap nothing is shown that tells of single people (`Share.tells_of_one`)."""

    def row(name: str, share: counts.Share, hidden: bool = False) -> dict[str, Any]:
        return {"name": name[:1].upper() + name[1:], "share": share, "hidden": hidden}

    subjects = [row(title(profile, "subject", code), share) for code, share in found.coverage.subjects.items()]
    return {
        "subjects": sorted(subjects, key=lambda item: item["name"]),
        "gaps": [
            row(title(profile, "gap_kind", kind), share, share.tells_of_one(few)) for kind, share in found.gaps.items()
        ],
        "few": few,
    }


def _group(profile: Any, row: Any) -> dict[str, Any]:
    return {
        "url": url_for("cases.show", case_id=row.case_id),
        "name": row.name,
        "kind": REASONS[row.kind],
        "dates": f"{row.starts_on:%d.%m} – {row.ends_on:%d.%m.%Y}",
        "seats": f"{row.taken} из {row.seats}",
        "gaps": ", ".join(title(profile, "gap_kind", kind) for kind in row.gap_kinds),
    }


# a school -----------------------------------------------------------------------------------------------------------


@bp.get("/teachers/schools/<int:school_id>")
@requires("school.read")
def school(school_id: int) -> Any:
    """The list of a school with figures. Of routes only the fact and the dates; of results nothing."""
    actor = current_actor()
    with system().db.read() as session:
        place = _school(session, actor, school_id)
        today = _today(actor)
        profile, year = system().profile(actor.region), school_year_of(today)
        found = board.figures(session, profile, counts.in_school(school_id), year, today)
        centre = actor.role in privacy.CENTRE or actor.role in ("tutor", "auditor")
        few = 0 if centre else profile.teachers.hide_below
        ours = actor.school_id == school_id and actor.role in ("school_head", "school_deputy")
        lines = board.staff_lines(session, profile, school_id, year, today) if ours or centre else []
        seen = privacy.whose_results(session, actor, [line["person"].id for line in lines], today)
        rows = [_colleague(actor, line, open_=line["person"].id in seen) for line in lines]
        return render_template(
            "teachers/school.html",
            school={"name": place.short_name, "caption": f"{ru.school_year(year)} учебный год", "id": school_id},
            numbers=_numbers(found, guarded=bool(few)),
            **_tables(profile, found, few),
            rows=rows,
            ours=ours,
            named=ours or centre,
            today=today,
        )


def _school(session: Session, actor: Actor, school_id: int) -> Organisation:
    place = session.get(Organisation, school_id)
    own = actor.school_id == school_id
    if place is None or place.kind != "school" or not policy.may(actor, "school.read", place):
        raise NotFound("Такой школы нет.")
    if actor.role in OWN and not own:
        raise NotFound("Такой школы нет.")
    return place


def _colleague(actor: Actor, item: dict[str, Any], *, open_: bool) -> dict[str, Any]:
    teacher, person, route = item["teacher"], item["person"], item["route"]
    dates = ""
    if route is not None and route.ends_on:
        agreed = system().calendar(actor.region).local(route.agreed_at)
        dates = f"согласован {agreed:%d.%m.%Y}, срок {route.ends_on:%d.%m.%Y}"
    return {
        "id": teacher.id,
        "name": person.full_name,
        "post": teacher.post,
        "subjects": item["subjects"],
        "diagnosed": item["diagnosed"],
        "absent": "" if teacher.takes_part else title(system().profile(actor.region), "absence_reason", teacher.reason),
        "route": dates,
        "url": url_for("teachers.show", person_id=person.id),
        "open": open_,
    }


@bp.post("/teachers/<int:teacher_id>/left")
@requires("case.comment")
def left(teacher_id: int) -> Any:
    """The school says that a teacher has left; his route goes with him."""
    actor = current_actor()
    try:
        with unit_of(system(), actor, utcnow()) as unit:
            row = moves.own(unit, teacher_id)
            moves.dismiss(unit, row, _day(request.form.get("day")), line(request.form.get("basis"))[:500])
            school_id = row.school_id
    except DomainError as refusal:
        if refusal.status == 404 or actor.school_id is None:
            raise
        flash(f"{refusal.message} {refusal.advice}".strip(), "warning")
        school_id = actor.school_id
    else:
        flash("Отмечено: с этого дня педагог не считается в школе. Открытый маршрут уходит вместе с ним.", "success")
    return redirect(url_for("teachers.school", school_id=school_id), 303)


def _day(text: str | None) -> date:
    from forms.values import read_date

    try:
        return read_date(line(text))
    except ValueError as error:
        raise BadInput(str(error)) from None


# a person -----------------------------------------------------------------------------------------------------------


@bp.get("/teachers/people/<int:person_id>")
@requires("school.read")
def show(person_id: int) -> Any:
    """Everything about one person: for himself, his tutor and the centre; for his head when he agreed."""
    actor = current_actor()
    today = _today(actor)
    profile, year = system().profile(actor.region), school_year_of(today)
    with system().db.read() as session:
        privacy.require_results(session, actor, person_id, today)
        person, own = session.get_one(Person, person_id), actor.person_id == person_id
        return render_template(
            "teachers/person.html",
            person={"name": person.full_name, "caption": _works(session, person_id), "own": own},
            results=[_result(profile, row) for row in board.results(session, profile, person_id, year, today)],
            routes=[_route(*row) for row in board.routes_of(session, person_id)],
            groups=[_place(*row) for row in board.groups_of(session, person_id)],
            papers=_papers(session, actor, person_id),
            consent=privacy.consent(session, person_id),
            wording=profile.teachers.consent.show_head,
            year=ru.school_year(year),
        )


def _works(session: Session, person_id: int) -> str:
    rows = (
        sa.select(Organisation.short_name, Teacher.post)
        .join(Teacher, Teacher.school_id == Organisation.id)
        .where(Teacher.person_id == person_id, Teacher.left_on.is_(None))
        .order_by(Teacher.id)
    )
    return "; ".join(f"{school}, {post}" for school, post in session.execute(rows))


def _result(profile: Any, row: board.Result) -> dict[str, Any]:
    end = row.exit
    return {
        "kind": row.kind[:1].upper() + row.kind[1:],
        "subject": row.subject,
        "entry": percent(row.entry.percent),
        "level": title(profile, "gap_level", row.entry.level),
        "gap": row.entry.level in profile.teachers.gap_levels,
        "day": row.entry.day,
        "note": row.entry.note,
        "exit": percent(end.percent) if end else "",
        "change": end.percent - row.entry.percent if end else None,
    }


def _route(case: Case, row: Any, done: int, steps: int) -> dict[str, Any]:
    until = f", срок до {row.ends_on:%d.%m.%Y}" if row and row.ends_on else ""
    return {
        "title": case.title,
        "url": url_for("cases.show", case_id=case.id),
        "status": STATUSES[case.status],
        "facts": f"принято шагов: {done} из {steps}{until}",
    }


def _place(training: Any, trainee: Any, number: str | None) -> dict[str, Any]:
    facts = f"{training.starts_on:%d.%m} – {training.ends_on:%d.%m.%Y}, {training.hours} ч"
    return {
        "name": training.name,
        "kind": REASONS[training.kind],
        "facts": f"{facts}, удостоверение № {number}" if number else facts,
        "status": STATES[trainee.state],
    }


def _papers(session: Session, actor: Actor, person_id: int) -> list[dict[str, Any]]:
    return [
        {
            "title": system().profile(actor.region).document_kinds[row.kind].title,
            "url": url_for("documents.show", document_id=row.id),
            "facts": f"№ {row.number} от {row.day:%d.%m.%Y}" if row.number and row.day else "проект",
            "status": ("ok", "Подписано") if row.number else ("draft", "Проект"),
        }
        for row in board.papers_of(session, person_id)
        if policy.may(actor, "document.read", row)
    ]


@bp.post("/teachers/consent")
@requires("case.comment")
def consent() -> Any:
    """One's own consent to show results to the head: given or taken back."""
    actor = current_actor()
    rule = system().profile(actor.region).teachers.consent
    with unit_of(system(), actor, utcnow()) as unit:
        require_acting(unit.session)
        if request.form.get("show") == "yes":
            routes = board.routes_of(unit.session, actor.person_id)
            if not routes or actor.behalf_of is not None:
                raise BadInput("Разрешение дают, когда маршрут уже составлен.")
            privacy.give(unit, actor.person_id, routes[0][0].id, f"Редакция {rule.version}. {rule.show_head}")
        else:
            privacy.withdraw(unit)
    flash("Записано.", "success")
    return redirect(url_for("teachers.show", person_id=actor.person_id), 303)


# certificates -------------------------------------------------------------------------------------------------------


@bp.post("/teachers/certificates/<int:certificate_id>/spoilt")
@requires("document.sign")
def spoilt(certificate_id: int) -> Any:
    """A spoilt certificate keeps its number, the next one is issued."""
    with unit_of(system(), current_actor(), utcnow()) as unit:
        made = lessons.spoil(unit, certificate_id, line(request.form.get("reason")))
        document_id = made.document_id
    flash("Номер отмечен как испорченный, выдано новое удостоверение.", "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)


# tables of results --------------------------------------------------------------------------------------------------


def _table(session: Session, actor: Actor, task_id: str) -> tuple[Task, Case, list[sheets.Line], date, date]:
    """The lines that the task waits for and the days that fit."""
    task, case, _ = queries.visible_sheet(session, actor, task_id)
    operations.require_holder(session, actor, case, task)
    if task.form not in TABLES:
        raise NotFound("У этой задачи нет таблицы.")
    profile, today = system().profile(case.region), _today(actor)
    phase = "exit" if task.form == "retraining_exit" else "entry"
    left = diagnosis.left_to_do(session, case.subject_id, case.school_year, today, phase)
    lines = [
        sheets.Line(
            diagnosis.key_of(teacher, code),
            person.full_name,
            title(profile, "subject", code) or "управленческая деятельность",
        )
        for teacher, person, code in left
    ]
    return task, case, lines, date(case.school_year, 7, 1), today


@bp.get("/teachers/tasks/<task_id>/table.xlsx")
@requires("task.complete")
def template(task_id: str) -> Response:
    """The template with the school's lines."""
    actor = current_actor()
    with system().db.read() as session:
        _, case, lines, first, last = _table(session, actor, task_id)
        place = session.get_one(Organisation, case.subject_id)
        made = io.BytesIO(sheets.template(place.short_name, lines, first=first, last=last))
        name = f"Результаты диагностики – {place.short_name}.xlsx"
    return send_file(made, mimetype=XLSX, as_attachment=True, download_name=name)


@bp.post("/teachers/tasks/<task_id>/table")
@requires("task.complete")
def upload(task_id: str) -> Any:
    """A filled table becomes the draft of the form; with one wrong cell nothing of it is taken."""
    actor, now = current_actor(), utcnow()
    with system().db.read() as session:
        task, case, lines, first, last = _table(session, actor, task_id)
        standing = drafts.read(session, task_id)
        place = session.get_one(Organisation, case.subject_id).short_name
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        flash("Выберите файл с таблицей.", "warning")
        return redirect(url_for("tasks.show", task_id=task_id), 303)
    found = sheets.read(sent.read(sheets.MOST_BYTES + 1), lines, first=first, last=last)
    if found.wrong or not found.rows:
        back = url_for("tasks.show", task_id=task_id)
        page = render_template("tasks/wrong.html", name=sent.filename, wrong=found.wrong, back=back, place=place)
        return page, 422
    pairs = _pairs(task, case, actor, now, found.rows)
    seen = standing.version if standing else 0
    drafts.save(system().db, task_id, {"pairs": pairs}, seen=seen, actor=actor, now=now)
    words = ru.counted(len(found.rows), "строка", "строки", "строк")
    flash(f"Таблица прочитана: {words}. Проверьте и отправьте форму: до этого ничего не записано.", "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def _pairs(task: Task, case: Case, actor: Actor, now: Any, rows: list[dict[str, Any]]) -> list[list[str]]:
    """The rows as the form would have sent them, in its own order."""
    from forms.values import show_number

    with system().db.read() as session:
        sheet = task_forms.lay_out(session, system(), task, case, None, actor, now)
        form = sheet.blank()
    given, pairs = {row["row"]: row for row in rows}, []
    for number, entry in enumerate(form["results"].entries):
        key = str(entry.form.row.data)
        pairs.append([f"results-{number}-row", key])
        for name, value in given.get(key, {}).items():
            if name == "row" or value is None:
                continue
            text = f"{date.fromisoformat(value):%d.%m.%Y}" if name == "day" else value
            pairs.append([f"results-{number}-{name}", show_number(text) if isinstance(text, float) else str(text)])
    return pairs
