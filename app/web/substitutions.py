"""Substitutions: who stands in for whom, appointed by the head of the organisation or an administrator."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from wtforms import SelectChoice

from app.access import access, current_actor, requires
from app.db import utcnow
from app.people import policy, queries, substitution
from app.people.actor import Actor
from app.people.models import Organisation, Person, Position, Substitution
from app.people.operations import normal_login
from app.web.people_forms import ReasonForm, SubstitutionForm
from app.web.typed import number

bp = Blueprint("substitutions", __name__, url_prefix="/substitutions")


@bp.get("/")
@requires("people.read")
def index() -> Any:
    actor, past = current_actor(), request.args.get("show") == "past"
    on = access().day_of(utcnow(), actor.region)
    with access().db.read() as session:
        rows = [substitution_line(row, actor, on) for row in queries.substitutions(session, actor, on, past=past)]
        choices = _positions(session, actor, on)
    chips = [
        {"title": title, "url": url_for("substitutions.index", show=code), "current": past == (code == "past")}
        for code, title in (("now", "Действуют и предстоят"), ("past", "Прошли и отозваны"))
    ]
    return render_template("people/substitutions.html", rows=rows, chips=chips, past=past, choices=choices)


@bp.route("/new", methods=["GET", "POST"])
@requires("substitution.manage")
def new() -> Any:
    actor, position_id = current_actor(), number(request.args.get("position_id"))
    if position_id is None:
        return redirect(url_for("substitutions.index"), 303)
    form = SubstitutionForm(request.form if request.method == "POST" else None)
    with access().db.read() as session:
        words = _offer(session, actor, position_id, form)

    def appoint() -> None:
        with access().db.write() as session:
            _appoint(session, actor, position_id, form)

    if request.method == "POST" and form.sent(appoint):
        flash("Замещение назначено: замещающий увидит должность в меню вверху страницы.", "success")
        return redirect(url_for("substitutions.index"), 303)
    return _form_page(form, words)


@bp.route("/<int:substitution_id>/end", methods=["GET", "POST"])
@requires("substitution.manage")
def end(substitution_id: int) -> Any:
    actor, form = current_actor(), ReasonForm(request.form if request.method == "POST" else None)
    form.title, form.submit_label = "Отозвать замещение", "Отозвать замещение"
    with access().db.read() as session:
        row = queries.substitution(session, actor, substitution_id)
        policy.require(actor, "substitution.manage", row.position)
        words = f"{row.substitute.listed_name} за {row.position.person.replaced_name}. Прекратится сразу, прошлое останется."

    def revoke() -> None:
        reason = form.reason.data or ""
        with access().db.write() as session:
            substitution.revoke_substitution(session, substitution_id, reason=reason, actor=actor, now=utcnow())

    if request.method == "POST" and form.sent(revoke):
        flash("Замещение отозвано.", "success")
        return redirect(url_for("substitutions.index"), 303)
    return _form_page(form, words)


def substitution_line(row: Substitution, actor: Actor, on: date) -> dict[str, Any]:
    """A row of a table of substitutions; the way to end it only for who may."""
    over = row.revoked_at is not None or (row.valid_to is not None and row.valid_to < on)
    may_end = not over and policy.may(actor, "substitution.manage", row.position)
    return {
        "who": row.substitute.listed_name + (", и. о." if row.acting else ""),
        "for_whom": f"{row.position.person.listed_name}, {row.position.title}, {row.position.organisation.short_name}",
        "since": row.valid_from,
        "until": row.valid_to,
        "revoked": row.revoked_at,
        "basis": row.basis,
        "current": queries.is_in_force(row, on),
        "end_url": url_for("substitutions.end", substitution_id=row.id) if may_end else "",
    }


def _positions(session: Session, actor: Actor, on: date) -> list[dict[str, Any]]:
    """Positions of the actor's own organisation, to appoint somebody for; administrators start from a person's page."""
    if not policy.may(actor, "substitution.manage") or not actor.head:
        return []
    return [
        {
            "title": f"{row.person.listed_name}, {row.title}",
            "url": url_for("substitutions.new", position_id=row.id),
        }
        for row in queries.staff(session, actor.organisation_id, on)
    ]


def _offer(session: Session, actor: Actor, position_id: int, form: SubstitutionForm) -> str:
    """Fill the list of candidates, find whom the login names; returns the sentence above the form."""
    holder = queries.position(session, actor, position_id)
    policy.require(actor, "substitution.manage", holder)
    people = queries.candidates(session, holder, access().day_of(utcnow(), actor.region))
    form.substitute.choices = [SelectChoice("", "выберите"), *(SelectChoice(str(p.id), p.full_name) for p in people)]
    form.named = _named(session, actor.region, form.login.data) if form.login.data else None
    return f"За {holder.person.replaced_name}: {holder.title}, {holder.organisation.short_name}."


def _appoint(session: Session, actor: Actor, position_id: int, form: SubstitutionForm) -> Substitution:
    return substitution.create_substitution(
        session,
        position_id,
        form.chosen,
        valid_from=form.valid_from.data or date.min,
        valid_to=form.valid_to.data,
        basis=form.basis.data or "",
        acting=bool(form.acting.data),
        actor=actor,
        now=utcnow(),
    )


def _named(session: Session, region: str, login: str) -> int | None:
    """The person of the region who signs in so."""
    same_region = sa.select(Position.person_id).join(Position.organisation).where(Organisation.region == region)
    return session.scalar(sa.select(Person.id).where(Person.login == normal_login(login), Person.id.in_(same_region)))


def _form_page(form: Any, words: str) -> Any:
    crumbs = [("Замещения", url_for("substitutions.index"))]
    page = render_template("people/form.html", form=form, text=words, crumbs=crumbs)
    return page, 422 if form.errors else 200
