"""Lists of cases as pages and as sheets: what the address asks for, rows and filters in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from app.cases import awaited, registry
from app.cases.awaited import Whom
from app.cases.registry import Asked, Registry, Wanted
from app.db import utcnow
from app.people import policy
from app.people.actor import Actor
from app.tables.sheets import sheet
from app.web import ru
from app.web.parts import KINDS, PLURALS, STATUSES, due_of, system
from app.web.typed import line, number

MOST = 10_000
BESIDE = {
    "diagnostics": ("factors.index", "Карта факторов риска", "monitoring.read"),
    "act": ("acts.index", "Реестр изданных актов", "document.read"),
    "survey": ("surveys.index", "Анкеты", "task.read"),
    "training": ("teachers.index", "Педагоги и охват", "school.read"),
}
"""Kind → endpoint, words and action of a page beside its list."""
SHOWN = {"open": "В работе", "done": "Завершённые", "cancelled": "Закрытые", "all": "Все"}
SORTS = {"new": "сначала новые", "place": "по муниципалитету и школе", "due": "по сроку"}


def asked_by(session: Session, actor: Actor) -> Asked:
    now = utcnow()
    profile = system().profile(actor.region)
    return Asked(session, profile, actor, now, system().calendar(actor.region).local(now))


def registry_of(kind: str) -> Registry:
    return system().handlers.registries.get(kind, Registry())


def options_of(asked: Asked, of: Registry) -> dict[str, Mapping[str, str]]:
    """Key of a filter → its options, of those that have any to choose from."""
    found = {one.key: one.options(asked) for one in registry.filters_of(of)}
    return {key: options for key, options in found.items() if options}


def wanted_of(options: Mapping[str, Mapping[str, str]]) -> Wanted:
    """The selection of the address; a value that is no option narrows nothing."""
    args = request.args
    status, sort = args.get("status", "open"), args.get("sort", "new")
    chosen = {key: args[key] for key, values in options.items() if args.get(key) in values}
    return Wanted(
        kind=line(args.get("kind")),
        status=status if status in SHOWN else "open",
        sort=sort if sort in registry.SORTS else "new",
        late=args.get("late") == "1",
        q=line(args.get("q")),
        chosen=chosen,
        after=number(args.get("cursor")),
    )


def address(endpoint: str, wanted: Wanted, **changed: Any) -> str:
    """The address of the selection; what is usual is left out of it."""
    kept: dict[str, Any] = {
        "kind": wanted.kind,
        "status": wanted.status if wanted.status != "open" else "",
        "sort": wanted.sort if wanted.sort != "new" else "",
        "late": "1" if wanted.late else "",
        "q": wanted.q,
        **wanted.chosen,
        **changed,
    }
    return url_for(endpoint, **{key: value for key, value in kept.items() if value not in ("", None)})


def narrowed(wanted: Wanted) -> bool:
    return bool(wanted.chosen or wanted.q or wanted.late)


# the page -------------------------------------------------------------------------------------------------------------


def listed(session: Session, actor: Actor) -> dict[str, Any]:
    """Everything that the page of a registry shows."""
    asked = asked_by(session, actor)
    of = registry_of(line(request.args.get("kind")))
    options = options_of(asked, of)
    wanted = wanted_of(options)
    page = registry.page(asked, of, wanted)
    whom = awaited.whom(session, asked.profile, page.rows)
    return {
        "page_title": PLURALS.get(wanted.kind, KINDS.get(wanted.kind, "Дела")),
        "summary": ru.counted(page.total, "дело", "дела", "дел")
        + ("." if page.total < registry.COUNT_LIMIT else " и больше."),
        "chips": _chips(asked, wanted),
        "columns": _heads(of, wanted),
        "titles": [(column.key, column.title, column.numeric) for column in of.columns],
        "rows": [_row(asked, of, row, whom[row.Case.id]) for row in page.rows],
        "filters": [
            {"key": one.key, "title": one.title, "options": options[one.key], "chosen": wanted.chosen.get(one.key, "")}
            for one in registry.filters_of(of)
            if one.key in options
        ],
        "wanted": wanted,
        "states": SHOWN,
        "sorts": SORTS,
        "narrowed": narrowed(wanted),
        "clear_url": address("cases.index", Wanted(kind=wanted.kind, status=wanted.status)),
        "words": f"Показано дел: {len(page.rows)}",
        "first_url": address("cases.index", wanted) if wanted.after is not None else "",
        "next_url": address("cases.index", wanted, cursor=page.after) if page.after else "",
        "export_url": address("cases.export", wanted) if page.rows else "",
        "beside": _beside(actor, wanted.kind),
        "empty": _empty(of, wanted),
    }


def _beside(actor: Actor, kind: str) -> list[dict[str, str]]:
    """Pages that look at the same cases in another way."""
    endpoint, text, action = BESIDE.get(kind, ("", "", ""))
    return [{"url": url_for(endpoint), "text": text}] if endpoint and policy.may(actor, action) else []


def _chips(asked: Asked, wanted: Wanted) -> list[dict[str, Any]]:
    """Kinds that the reader has; the state chosen goes with him."""
    keep = Wanted(status=wanted.status)
    counts: dict[str, int | None] = dict(registry.kinds(asked))
    if wanted.kind in KINDS:
        counts.setdefault(wanted.kind, None)
    found = [{"title": "Все", "url": address("cases.index", keep), "current": not wanted.kind}]
    return found + [
        {
            "title": KINDS.get(kind, kind),
            "count": f"{count}+" if count == registry.COUNT_LIMIT else count,
            "url": address("cases.index", keep, kind=kind),
            "current": kind == wanted.kind,
        }
        for kind, count in counts.items()
    ]


def _heads(of: Registry, wanted: Wanted) -> list[dict[str, Any]]:
    """Columns of the table; those that the list can be sorted by lead to the other order."""
    own = [{"title": column.title, "numeric": column.numeric} for column in of.columns]
    return [
        {"title": "Дело", "width": "op-w-20" if own else "", "sort": _sort("place", wanted)},
        *own,
        {"title": "Кого ждём"},
        {"title": "Срок", "sort": _sort("due", wanted)},
        *([{"title": "Состояние"}] if wanted.status == "all" else []),
    ]


def _sort(key: str, wanted: Wanted) -> dict[str, str]:
    chosen = wanted.sort == key
    return {
        "url": address("cases.index", wanted, sort="" if chosen else key),
        "direction": "ascending" if chosen else "",
    }


def _row(asked: Asked, of: Registry, row: Any, whom: Whom) -> dict[str, Any]:
    case = row.Case
    cells = {column.key: column.show(asked, getattr(row, f"c_{column.key}")) for column in of.columns}
    return {
        "url": url_for("cases.show", case_id=case.id),
        "title": case.title,
        "where": ", ".join(part for part in (row.subject, row.place) if part and part not in case.title),
        "cells": cells,
        "stage": case.stage,
        "status": STATUSES[case.status],
        "due": due_of(case.region, row.due, asked.now) if row.due else None,
        "waits": whom,
    }


def _empty(of: Registry, wanted: Wanted) -> dict[str, str]:
    if narrowed(wanted):
        return {"heading": "Таких дел нет", "why": "Измените или снимите отбор.", "next": ""}
    if wanted.status != "open":
        return {"heading": "Таких дел нет", "why": "Дела с этим состоянием ещё не появлялись.", "next": ""}
    why = of.empty or "Дела открываются по изданному акту или решению кампании."
    return {"heading": "Дел пока нет", "why": why, "next": ""}


# the sheet ------------------------------------------------------------------------------------------------------------

HEADS = ("№ дела", "Дело", "Школа, организация", "Муниципалитет")
ENDS = ("Этап", "Кого ждём", "Срок", "Состояние")


def exported(session: Session, actor: Actor) -> tuple[bytes, str]:
    """The selection as an XLSX sheet and the name of the file."""
    asked = asked_by(session, actor)
    of = registry_of(line(request.args.get("kind")))
    wanted = wanted_of(options_of(asked, of))
    title = PLURALS.get(wanted.kind, KINDS.get(wanted.kind, "Дела"))
    heads = (*HEADS, *(column.title for column in of.columns), *ENDS)
    rows = registry.every(asked, of, wanted, most=MOST)
    whom = awaited.whom(session, asked.profile, rows)
    lines = (_line(asked, of, row, whom[row.Case.id]) for row in rows)
    return sheet(title, heads, lines), f"{title} {asked.today:%d.%m.%Y}.xlsx"


def _line(asked: Asked, of: Registry, row: Any, whom: Whom) -> list[Any]:
    case, local = row.Case, system().calendar(asked.actor.region).local
    cells = [column.show(asked, getattr(row, f"c_{column.key}")) for column in of.columns]
    waits = f"{whom.who}; {whom.more}" if whom.more else whom.who
    ends = [case.stage, waits, local(row.due) if row.due else None, STATUSES[case.status][1]]
    return [case.id, case.title, row.subject, row.place, *cells, *ends]
