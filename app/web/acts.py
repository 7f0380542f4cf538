"""Acts: the register with its filters, compulsory acts of municipalities."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.access import current_actor, requires
from app.db import utcnow
from app.documents import acts, issuing, register
from app.documents.act_life import requisites
from app.documents.models import Act, Document
from app.people.actor import Actor
from app.people.models import Organisation
from app.web import ru
from app.web.parts import system
from app.web.typed import line, number

bp = Blueprint("acts", __name__)
LEVELS = {"region": "Регион", "municipality": "Муниципалитет", "school": "Школа"}


@bp.get("/acts")
@requires("document.read")
def index() -> Any:
    """The register; the address keeps the filter, so a selection can be sent to a colleague."""
    actor, offset = current_actor(), number(request.args.get("cursor")) or 0
    wanted, wrong = _filter()
    profile, today = system().profile(actor.region), _today(actor)
    with system().db.browse() as session:
        found, total = register.acts(session, actor, wanted, offset)
        issuers = register.issuers(session, actor)
        rows = [_line(document, act, place, by, today) for document, act, place, by in found]
    shown = offset + len(rows)
    return render_template(
        "acts/list.html",
        summary=ru.counted(total, "акт", "акта", "актов") + (f" на {wanted.on:%d.%m.%Y}." if wanted.on else "."),
        wanted=wanted,
        typed={name: request.args.get(name, "") for name in ("on", "q")},
        wrong=wrong,
        kinds=register.kinds(profile),
        levels=LEVELS,
        issuers=issuers if len(issuers) > 1 else {},
        today=today.isoformat(),
        parts=_parts("index"),
        rows=rows,
        words=f"Показано актов: {shown} из {total}",
        next_url=_address(cursor=shown) if shown < total else "",
        left=total - shown if shown < total else None,
        new_url=url_for("openings.choose", kind="act") if acts.kinds_by_hand(system(), actor) else "",
        narrowed=bool(wanted != register.Filter()),
    )


def _filter() -> tuple[register.Filter, str]:
    """What the address asks for; a date that is none is told, not guessed."""
    args, day, wrong = request.args, None, ""
    if text := args.get("on", "").strip():
        try:
            day = date.fromisoformat(text)
        except ValueError:
            wrong = "Впишите дату: день, месяц и год."
    level = args.get("level", "")
    wanted = register.Filter(
        day, args.get("kind", ""), level if level in LEVELS else "", number(args.get("issuer")), line(args.get("q"))
    )
    return wanted, wrong


def _address(**changed: Any) -> str:
    kept = {name: value for name, value in request.args.items() if value and name != "cursor"}
    return url_for("acts.index", **{**kept, **changed})


def _parts(current: str) -> list[dict[str, Any]]:
    pages = (("index", "Реестр актов"), ("required", "Обязательные акты"))
    return [{"title": title, "url": url_for(f"acts.{page}"), "current": page == current} for page, title in pages]


def _today(actor: Actor) -> date:
    return system().calendar(actor.region).local(utcnow())


def _line(
    document: Document, act: Act, issuer: Organisation, repealing: Document | None, today: date
) -> dict[str, Any]:
    profile = system().profile(document.region)
    known = document.kind in profile.document_kinds  # a profile may have dropped a kind since
    return {
        "url": url_for("documents.show", document_id=document.id),
        "title": document.title,
        "kind": issuing.as_issued(profile, document.kind, issuer.kind).printed if known else "",
        "number": document.number,
        "date": document.day,
        "issuer": issuer.short_name,
        "since": document.effective_from,
        "until": act.valid_to,
        "status": state(document, act, today),
        "repealed_by": requisites(repealing) if repealing else "",
        "repealed_url": url_for("documents.show", document_id=repealing.id) if repealing else "",
    }


def state(document: Document, act: Act | None, today: date) -> tuple[str, str]:
    """Colour and word of an act on a day."""
    if document.state != "in_force" or document.effective_from is None:
        return ("now", "Ещё не в силе")
    if act is not None and act.repealed_on is not None and act.repealed_on <= today:
        return ("no", "Отменён")
    if act is not None and act.valid_to is not None and act.valid_to < today:
        return ("new", "Срок истёк")
    if document.effective_from > today:
        return ("now", f"Вступит в силу {document.effective_from:%d.%m.%Y}")
    return ("ok", "Действует")


@bp.get("/acts/required")
@requires("document.read")
def required() -> Any:
    """«Обязательные: нет у муниципалитета»: which compulsory acts each municipality has and lacks (OR 4.3.1)."""
    actor = current_actor()
    profile, today = system().profile(actor.region), _today(actor)
    only_missing = request.args.get("missing") == "1"
    with system().db.browse() as session:
        lacking = register.required(session, actor, profile, today)
        rows = [_cells(row) for row in lacking if row.missing or not only_missing]
    short = sum(bool(row.missing) for row in lacking)
    return render_template(
        "acts/required.html",
        parts=_parts("required"),
        kinds=register.binding_kinds(profile),
        rows=rows,
        summary=_summary(short, len(lacking)),
        chips=[
            {"title": "Все", "url": url_for("acts.required"), "count": len(lacking), "current": not only_missing},
            {
                "title": "Чего-то нет",
                "url": url_for("acts.required", missing=1),
                "count": short,
                "current": only_missing,
            },
        ],
    )


def _summary(short: int, total: int) -> str:
    if not total:
        return ""
    if not short:
        return f"Все обязательные акты есть у каждого из муниципалитетов, всего {total}."
    return f"Не хватает актов у {ru.counted(short, 'муниципалитета', 'муниципалитетов', 'муниципалитетов')} из {total}."


def _cells(row: register.Lacking) -> dict[str, Any]:
    cells = [
        {"text": requisites(act), "url": url_for("documents.show", document_id=act.id)} if act else None
        for act in row.acts.values()
    ]
    return {"name": row.municipality.short_name, "cells": cells}
