"""Administration of people: who there is, which positions they hold, whether they may sign in."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import access, current_actor, requires
from app.db import utcnow
from app.errors import BadInput
from app.people import accounts, operations, policy, queries, sessions
from app.people.actor import Actor, covers
from app.people.models import Organisation, Person, Position, SignIn
from app.people.roles import role
from app.web.account import device
from app.web.people_forms import EndForm, PersonForm, PositionForm, ReasonForm
from app.web.substitutions import substitution_line

bp = Blueprint("people", __name__, url_prefix="/people")
SHOWN = (("all", "Все"), ("working", "С должностью"), ("idle", "Без должности"), ("blocked", "Вход закрыт"))


def today(actor: Actor) -> date:
    """The calendar day of the actor's region."""
    return access().day_of(utcnow(), actor.region)


@bp.get("/")
@requires("people.read")
def index() -> Any:
    actor, q, show = current_actor(), request.args.get("q", ""), request.args.get("show", "all")
    with access().db.read() as session:
        page = queries.people(session, actor, today(actor), q=q, show=show, cursor=request.args.get("cursor", ""))
        rows = [_line(row) for row in page.rows]
    return render_template(
        "people/list.html",
        rows=rows,
        total=page.total,
        query=q,
        chips=[_chip(code, title, show, q) for code, title in SHOWN],
        next_url=url_for("people.index", q=q, show=show, cursor=page.cursor) if page.cursor else "",
        new_url=url_for("people.new") if policy.may(actor, "people.manage") else "",
        substitutes_url=url_for("substitutions.index"),
        organisations_url=url_for("organisations.index"),
    )


@bp.get("/<int:person_id>")
@requires("people.read")
def show(person_id: int) -> Any:
    actor = current_actor()
    with access().db.read() as session:
        row = queries.person(session, actor, person_id)
        manages = policy.may(actor, "people.manage", row)
        context = _card(session, actor, row, manages=manages)
    return render_template("people/show.html", crumbs=_crumbs(), **context)


@bp.route("/new", methods=["GET", "POST"])
@requires("people.manage")
def new() -> Any:
    form, actor, made = PersonForm(_posted()), current_actor(), {}

    def add() -> None:
        with access().db.write() as session:
            name, login, email = form.name.data or "", form.login.data or "", form.email.data
            row = operations.add_person(session, login, name, email=email, actor=actor, now=utcnow())
            made["id"] = row.id

    if request.method == "POST" and form.sent(add):
        flash("Человек добавлен. Добавьте должность и выдайте пароль.", "success")
        return redirect(url_for("people.show", person_id=made["id"]), 303)
    return _form_page(form, "Должность и пароль добавляются следующим шагом.")


@bp.route("/<int:person_id>/positions/new", methods=["GET", "POST"])
@requires("people.manage")
def add_position(person_id: int) -> Any:
    actor, form = current_actor(), PositionForm(_posted(), organisation=request.args.get("organisation", ""))
    with access().db.read() as session:
        name = queries.person(session, actor, person_id).listed_name

    def add() -> None:
        with access().db.write() as session:
            _add_position(session, actor, person_id, form)

    if request.method == "POST" and form.sent(add):
        flash("Должность добавлена.", "success")
        return redirect(url_for("people.show", person_id=person_id), 303)
    return _form_page(form, name)


@bp.route("/positions/<int:position_id>/end", methods=["GET", "POST"])
@requires("people.manage")
def end_position(position_id: int) -> Any:
    actor, form = current_actor(), EndForm(_posted())
    with access().db.read() as session:
        row = queries.position(session, actor, position_id)
        person_id, words = row.person_id, f"{row.person.listed_name}: {row.title}, {row.organisation.short_name}"

    def end() -> None:
        day, basis = form.last_day.data or date.min, form.basis.data or ""
        with access().db.write() as session:
            operations.end_position(session, position_id, day, basis=basis, actor=actor, now=utcnow())

    if request.method == "POST" and form.sent(end):
        flash("Должность завершена.", "success")
        return redirect(url_for("people.show", person_id=person_id), 303)
    return _form_page(form, f"{words}. Замещения этой должности закончатся вместе с ней.")


@bp.route("/<int:person_id>/block", methods=["GET", "POST"])
@requires("people.manage")
def block(person_id: int) -> Any:
    words = "Открытые сеансы завершатся сразу, ключи доступа перестанут действовать. Должности и сделанное останутся."
    return _change_account(person_id, "Закрыть вход", words, operations.block_person, "Вход закрыт.")


@bp.route("/<int:person_id>/unblock", methods=["GET", "POST"])
@requires("people.manage")
def unblock(person_id: int) -> Any:
    return _change_account(
        person_id, "Открыть вход", "Пароль остаётся прежним.", operations.unblock_person, "Вход открыт."
    )


@bp.post("/<int:person_id>/password")
@requires("people.manage")
def reset(person_id: int) -> Any:
    """The one-time password stands on this page only: no address leads to it again."""
    actor = current_actor()
    with access().db.write() as session:
        password = accounts.reset_password(session, person_id, actor=actor, now=utcnow())
        row = session.get_one(Person, person_id)
        name, login = row.full_name, row.login
    back = url_for("people.show", person_id=person_id)
    return render_template(
        "people/password.html", name=name, login=login, password=password, back=back, crumbs=_crumbs()
    )


def _change_account(person_id: int, title: str, words: str, operation: Any, done: str) -> Any:
    actor, form = current_actor(), ReasonForm(_posted())
    form.title = form.submit_label = title
    with access().db.read() as session:
        name = queries.person(session, actor, person_id).full_name

    def change() -> None:
        with access().db.write() as session:
            operation(session, person_id, reason=form.reason.data or "", actor=actor, now=utcnow())

    if request.method == "POST" and form.sent(change):
        flash(done, "success")
        return redirect(url_for("people.show", person_id=person_id), 303)
    return _form_page(form, f"{name}. {words}")


def find_organisation(session: Session, actor: Actor, words: str, kinds: tuple[str, ...]) -> Organisation:
    """The one organisation meant by a code or a name; BadInput lists what else it could be."""
    found = queries.named_organisations(session, actor, words, kinds)
    if not found:
        raise BadInput(f"Организация «{words}» не нашлась.", advice="Проверьте код или название по списку организаций.")
    if len(found) > 1:
        names = "; ".join(f"{row.short_name} (код {row.code})" for row in found[:5])
        raise BadInput(f"Подходит несколько организаций: {names}.", advice="Напишите код нужной.")
    return found[0]


def _add_position(session: Session, actor: Actor, person_id: int, form: PositionForm) -> Position:
    code = form.role.data or ""
    where = find_organisation(session, actor, form.organisation.data or "", role(code).kinds)
    return operations.add_position(
        session,
        person_id,
        where.id,
        code,
        title=form.position.data or "",
        head=form.head.data or None,
        valid_from=form.valid_from.data or today(actor),
        valid_to=form.valid_to.data,
        basis=form.basis.data or "",
        actor=actor,
        now=utcnow(),
    )


def _card(session: Session, actor: Actor, row: Person, *, manages: bool) -> dict[str, Any]:
    """What the page of a person shows, by the names of its template."""
    on = today(actor)
    opened = sessions.sessions_of(session, row.id, now=utcnow()) if manages else []
    held = queries.positions_of(session, row.id)
    substitutions = queries.substitutions(session, actor, on, person_id=row.id)
    own = next((p for p in held if policy.may(actor, "substitution.manage", p) and covers(p, on)), None)
    return {
        "person": {
            "name": row.full_name,
            "caption": "",
            "status": ("closed", "Вход закрыт") if row.blocked_at else ("ok", "Вход открыт"),
            "facts": [f"Логин {row.login}", *([row.email] if row.email else [])],
        },
        "positions": [_position_line(p, on, manages=manages) for p in held],
        "substitutions": [substitution_line(s, actor, on) for s in substitutions],
        "add_url": url_for("people.add_position", person_id=row.id) if manages else "",
        "substitute_url": url_for("substitutions.new", position_id=own.id) if own else "",
        "account": _account(row) if manages else [],
        "actions": _actions(row) if manages else [],
        "sessions": [_opened(one) for one in opened],
    }


def _account(row: Person) -> list[dict[str, str]]:
    state = "не выдан"
    if row.password_hash:
        until = row.password_expires_at
        state = f"одноразовый, действует до {until:%d.%m.%Y}" if until else "выбран владельцем"
    return [{"label": "Логин", "value": row.login}, {"label": "Пароль", "value": state}]


def _actions(row: Person) -> list[dict[str, str]]:
    word, endpoint = ("Открыть вход", "people.unblock") if row.blocked_at else ("Закрыть вход", "people.block")
    reset_url = url_for("people.reset", person_id=row.id)
    return [
        {"url": reset_url, "text": "Выдать одноразовый пароль", "kind": "secondary"},
        {"href": url_for(endpoint, person_id=row.id), "text": word},
    ]


def _position_line(p: Position, on: date, *, manages: bool) -> dict[str, Any]:
    open_ended = p.valid_to is None or p.valid_to >= on
    return {
        "title": p.title + (", руководитель" if p.head else ""),
        "place": p.organisation.short_name,
        "since": p.valid_from,
        "until": p.valid_to,
        "basis": p.basis,
        "end_url": url_for("people.end_position", position_id=p.id) if manages and open_ended else "",
    }


def _opened(row: SignIn) -> dict[str, Any]:
    return {"at": row.seen_at, "device": device(row), "current": False, "end_url": ""}


def _line(row: queries.PersonLine) -> dict[str, Any]:
    return {
        "url": url_for("people.show", person_id=row.id),
        "name": row.name,
        "login": row.login,
        "positions": [f"{p.title}, {p.organisation.short_name}" for p in row.positions],
        "status": ("closed", "Закрыт") if row.blocked else ("ok", "Открыт"),
        "seen_at": row.seen_at,
    }


def _chip(code: str, title: str, show: str, q: str) -> dict[str, Any]:
    return {"title": title, "url": url_for("people.index", show=code, q=q), "current": code == show}


def _posted() -> Any:
    return request.form if request.method == "POST" else None


def _crumbs() -> list[tuple[str, str]]:
    return [("Сотрудники", url_for("people.index"))]


def _form_page(form: Any, words: str) -> Any:
    page = render_template("people/form.html", form=form, text=words, crumbs=_crumbs())
    return page, 422 if form.errors else 200
