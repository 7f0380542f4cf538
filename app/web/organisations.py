"""Organisations of the region: the tree, the people of each, adding one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import access, current_actor, requires
from app.db import utcnow
from app.people import operations, policy, queries
from app.people.actor import Actor
from app.people.models import Organisation
from app.people.roles import KIND_TITLES
from app.web.people import find_organisation, today
from app.web.people_forms import OrganisationForm

bp = Blueprint("organisations", __name__, url_prefix="/organisations")
CODED = ("school", "municipality")
"""Kinds whose codes are those of registers that people know; codes of the others tell rows of the database apart."""


@bp.get("/")
@requires("people.read")
def index() -> Any:
    actor, q, kind = current_actor(), request.args.get("q", ""), request.args.get("kind", "")
    with access().db.read() as session:
        page = queries.organisations(session, actor, q=q, kind=kind, cursor=request.args.get("cursor", ""))
        rows = [_line(row) for row in page.rows]
    return render_template(
        "people/organisations.html",
        rows=rows,
        total=page.total,
        query=q,
        chips=[_chip(code, title, kind, q) for code, title in [("", "все"), *KIND_TITLES.items()]],
        next_url=url_for("organisations.index", q=q, kind=kind, cursor=page.cursor) if page.cursor else "",
        new_url=url_for("organisations.new") if policy.may(actor, "people.manage") else "",
    )


@bp.get("/<int:organisation_id>")
@requires("people.read")
def show(organisation_id: int) -> Any:
    actor = current_actor()
    with access().db.read() as session:
        row = queries.organisation(session, actor, organisation_id)
        parent = row.parent.short_name if row.parent else ""
        staff = [
            {
                "name": p.person.full_name,
                "url": url_for("people.show", person_id=p.person_id),
                "title": p.title,
                "since": p.valid_from,
                "until": p.valid_to,
            }
            for p in queries.staff(session, row.id, today(actor))
        ]
    return render_template(
        "people/organisation.html",
        organisation=row,
        kind=KIND_TITLES[row.kind],
        parent=parent,
        coded=row.kind in CODED,
        staff=staff,
        crumbs=_crumbs(),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires("people.manage")
def new() -> Any:
    form, actor, made = OrganisationForm(request.form if request.method == "POST" else None), current_actor(), {}

    def add() -> None:
        with access().db.write() as session:
            made["id"] = _add(session, actor, form).id

    if request.method == "POST" and form.sent(add):
        flash("Организация добавлена.", "success")
        return redirect(url_for("organisations.show", organisation_id=made["id"]), 303)
    words = "Школы приходят из реестра: загрузка реестра добавит их сама."
    return render_template("people/form.html", form=form, text=words, crumbs=_crumbs()), 422 if form.errors else 200


def _add(session: Session, actor: Actor, form: OrganisationForm) -> Organisation:
    parent = find_organisation(session, actor, form.parent.data, tuple(KIND_TITLES)) if form.parent.data else None
    return operations.add_organisation(
        session,
        form.kind.data or "",
        form.code.data or "",
        form.name.data or "",
        short_name=form.short_name.data or "",
        region=actor.region,
        parent_id=parent.id if parent else None,
        actor=actor,
        now=utcnow(),
    )


def _line(row: Organisation) -> dict[str, Any]:
    return {
        "url": url_for("organisations.show", organisation_id=row.id),
        "name": row.short_name,
        "kind": KIND_TITLES[row.kind],
        "code": row.code,
        "parent": row.parent.short_name if row.parent else "",
    }


def _chip(code: str, title: str, kind: str, q: str) -> dict[str, Any]:
    return {"title": title.capitalize(), "url": url_for("organisations.index", kind=code, q=q), "current": code == kind}


def _crumbs() -> list[tuple[str, str]]:
    return [("Организации", url_for("organisations.index"))]
