"""The map of risk factors: the territory by factor and by municipality; every count opens the schools it counts."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, render_template, request, send_file, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.diagnostics import map as atlas
from app.diagnostics.map import FactorMap, Place
from app.people.actor import Actor
from app.tables.sheets import sheet
from app.web import ru
from app.web.cases import XLSX
from app.web.parts import system
from app.web.typed import number

bp = Blueprint("factors", __name__)


@bp.get("/factors")
@requires("monitoring.read")
def index() -> Any:
    """Counts of schools with approved diagnoses of a year."""
    actor = current_actor()
    with system().db.browse() as session:
        years, year, found = _found(session, actor)
    titles = _titles(actor)
    return render_template(
        "diagnoses/map.html",
        years=[{"title": ru.school_year(one), "url": url_for("factors.index", year=one), "current": one == year} for one in years],
        summary=f"{ru.counted(found.whole.schools, 'школа', 'школы', 'школ')} с утверждённой диагностикой"
        + (f", {ru.school_year(year)} учебный год." if year else "."),
        factors=[_factor(n, code, title, found.whole, year) for n, (code, title) in enumerate(titles.items(), 1)],
        places=[_place(place, titles, year) for place in found.places],
        export_url=url_for("factors.export", year=year) if found.places else "",
    )  # fmt: skip


def _found(session: Session, actor: Actor) -> tuple[list[int], int | None, FactorMap]:
    """Years to choose from, the chosen one, its counts."""
    years, asked = atlas.years(session, actor), number(request.args.get("year"))
    year = asked if asked in years else years[0] if years else None
    empty = FactorMap(Place(None, "Всего"), [])
    return years, year, atlas.factors_by_place(session, actor, year) if year is not None else empty


def _titles(actor: Actor) -> dict[str, str]:
    """Factors of the region in their order."""
    profile = system().profile(actor.region)
    words = profile.dictionaries["risk_factor"]
    return {factor.code: words[factor.code] for factor in profile.diagnostics.factors}


def _schools(factor: str, year: int | None, place: int | None = None) -> str:
    """The list of the diagnoses that a count is made of."""
    chosen: dict[str, Any] = {"kind": "diagnostics", "status": "all", "approved": "yes", "sort": "place"}
    return url_for("cases.index", **chosen, factor=factor, year=year, municipality=place)


def _factor(n: int, code: str, title: str, whole: Place, year: int | None) -> dict[str, Any]:
    return {
        "n": n,
        "title": title,
        "url": _schools(code, year) if whole.significant(code) else "",
        "high": whole.counts[code, "high"],
        "medium": whole.counts[code, "medium"],
        "share": whole.significant(code) * 100 // whole.schools if whole.schools else 0,
    }


def _place(place: Place, titles: dict[str, str], year: int | None) -> dict[str, Any]:
    cells = [
        {
            "title": title,
            "count": place.significant(code),
            "high": place.counts[code, "high"],
            "url": _schools(code, year, place.id) if place.id is not None else "",
        }
        for code, title in titles.items()
    ]
    return {"name": place.name, "schools": place.schools, "cells": cells}


@bp.get("/factors.xlsx")
@requires("list.export")
def export() -> Response:
    """The same counts as a sheet: a row for a municipality and factor."""
    actor = current_actor()
    with system().db.browse() as session:
        _, year, found = _found(session, actor)
    rows = [
        (place.name, place.schools, title, place.counts[code, "high"], place.counts[code, "medium"])
        for place in (*found.places, found.whole)
        for code, title in _titles(actor).items()
    ]
    heads = ("Муниципалитет", "Школ с диагностикой", "Фактор риска", "Высокая значимость", "Средняя значимость")
    name = f"Карта факторов риска {ru.school_year(year).replace('/', '-') if year else ''}.xlsx"
    return send_file(BytesIO(sheet("Факторы", heads, rows)), mimetype=XLSX, as_attachment=True, download_name=name)
