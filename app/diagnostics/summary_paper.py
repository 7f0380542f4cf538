"""The summary of a survey: counts that show nobody, as a paper of the school."""

from __future__ import annotations

from typing import Any

from app.cases.move import Move
from app.diagnostics import counting, sheets
from app.diagnostics.instruments import Instrument
from app.diagnostics.models import Survey
from app.diagnostics.requisites import requisites
from app.documents import renditions, texts
from app.schools.models import School
from app.years import school_year_name
from reports import ru

SUMMARY = "survey_summary"


def write_summary(move: Move, row: Survey, instrument: Instrument) -> None:
    """Counts that show nobody, as a paper of the school without a number."""
    document = texts.of_case(move.session, move.case.id, SUMMARY)
    if document is None:
        document = texts.create(move, SUMMARY, f"{instrument.title}, {move.subject.short_name}", move.case.subject_id)
    document.day, document.state = move.today, "registered"
    issuer = {"lines": [move.subject.short_name]}
    texts.write(move, document, {**requisites(move, document, issuer, draft=False), **_summary(move, row, instrument)})
    renditions.request(move, document)


def _summary(move: Move, row: Survey, instrument: Instrument) -> dict[str, Any]:
    given = sheets.sheets_of(move.session, row.case_id)
    found = counting.summary(instrument, given)
    school, zone = move.session.get_one(School, row.school_id), move.profile.zone
    return {
        "school_code": school.code,
        "school_name": move.subject.name,
        "school_year": school_year_name(row.school_year),
        "questionnaire": instrument.title,
        "version": instrument.version,
        "audience": instrument.audience_title,
        "opened": row.opens_at.astimezone(zone).date().isoformat() if row.opens_at else None,
        "closed": row.closes_at.astimezone(zone).date().isoformat() if row.closes_at else None,
        "invited": row.expected,
        "answered": found.sheets,
        "named": row.mode == "named",
        "note": row.note,
        "remarks": remarks_of(row, found),
        "questions": [
            {
                "text": q.text,
                "answered": q.answered,
                "cells": [{"label": cell.label, "count": cell.count} for cell in q.cells],
                "mean": q.mean,
                "points": q.points,
                "texts": list(q.texts),
            }
            for q in found.questions
        ],
    }


def remarks_of(row: Survey, found: counting.Summary) -> list[str]:
    """What the reader is warned of: hidden names, equal sheets, repeated sending."""
    said = []
    if row.masked:
        said.append(f"Имена, телефоны или адреса скрыты в {ru.count(row.masked, 'листе', 'листах', 'листах')}.")
    if found.doubles:
        said.append(f"Полностью одинаковых листов – {found.doubles}: возможно, отвечали не думая.")
    if row.repeats and "class_room" not in row.ways and row.repeats * 5 > (found.sheets or 0):
        said.append(f"С одного подключения отправлено несколько листов, повторов – {row.repeats}.")
    return said
