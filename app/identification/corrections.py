"""Results that were corrected after a decision was taken on them: shown beside it and told of; the decision stands.

A signed list and a verdict are never recomputed by themselves: the next run sees the corrected figures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app import journal, outbox
from app.cases.models import Case
from app.identification import lists
from app.identification.models import SupportListRow
from app.people.actor import Actor
from app.people.models import Organisation
from app.results.models import ImportFile, Result
from app.years import school_year_name

Figures = tuple[int, int]
KEY = ("school_id", "procedure", "part", "school_year", "wave")


@dataclass(frozen=True)
class Correction:
    """Figures of one procedure before and after: (participants, low results); None where there are none."""

    school_id: int
    procedure: str
    school_year: int
    before: Figures | None
    after: Figures | None
    file: str
    at: datetime

    def words(self, titles: Mapping[str, str]) -> str:
        """«ВПР, математика, 5 класс, 2025/26: было 6 из 21, стало 7 из 21 (файл …)»."""
        year = school_year_name(self.school_year)
        what = titles.get(self.procedure, self.procedure)
        return f"{what}, {year}: было {_shown(self.before)}, стало {_shown(self.after)} (файл «{self.file}»)"


def _shown(figures: Figures | None) -> str:
    return f"{figures[1]} из {figures[0]}" if figures else "не учтено"


def since(
    session: Session, schools: Collection[int], moment: datetime, years: Collection[int] = ()
) -> list[Correction]:
    """What files loaded after the moment changed in the results of schools, by school, year and procedure."""
    rows = [Result.school_id.in_(schools), *([Result.school_year.in_(years)] if years else [])]
    late = sa.select(Result, ImportFile).join(ImportFile, ImportFile.id == Result.file_id)
    now = session.execute(late.where(*rows, Result.current, ImportFile.loaded_at > moment)).all()
    earlier = _earlier(session, [row for row, _ in now], moment)
    found = [_correction(row, file, earlier.get(_key(row))) for row, file in now]
    found += _dropped(session, rows, moment)
    changed = [one for one in found if one.before is not None and one.before != one.after]
    return sorted(changed, key=lambda one: (one.school_id, one.school_year, one.procedure))


def _key(row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in KEY)


def _earlier(session: Session, rows: Sequence[Result], moment: datetime) -> dict[tuple[Any, ...], Any]:
    """What stood at the moment for the same procedures: the last row of each, by the key."""
    if not rows:
        return {}
    found = (
        sa.select(*(getattr(Result, name) for name in KEY), Result.n, Result.low)
        .join(ImportFile, ImportFile.id == Result.file_id)
        .where(Result.school_id.in_({row.school_id for row in rows}))
        .where(Result.school_year.in_({row.school_year for row in rows}))
        .where(Result.current.is_(False), ImportFile.loaded_at <= moment)
        .order_by(Result.id)
    )
    return {_key(row): row for row in session.execute(found)}


def _correction(row: Result, file: ImportFile, earlier: Any) -> Correction:
    before = (earlier.n, earlier.low) if earlier else None
    after = (row.n, row.low) if row.current else None
    return Correction(row.school_id, row.procedure, row.school_year, before, after, file.name, file.loaded_at)


def _dropped(session: Session, rows: Sequence[Any], moment: datetime) -> list[Correction]:
    """Results that a corrected file leaves out."""
    newer, again = sa.orm.aliased(ImportFile), sa.orm.aliased(Result)
    same = [getattr(again, name) == getattr(Result, name) for name in KEY]
    gone = (
        sa.select(Result, newer)
        .join(ImportFile, ImportFile.id == Result.file_id)
        .join(newer, newer.id == ImportFile.superseded_by)
        .where(*rows, Result.current.is_(False), ImportFile.loaded_at <= moment, newer.loaded_at > moment)
        .where(~sa.exists().where(*same, again.current))
    )
    return [_correction(row, file, row) for row, file in session.execute(gone)]


def tell(
    session: Session, region: str, titles: Mapping[str, str], moment: datetime, *, actor: Actor | None, now: datetime
) -> int:
    """After an import: schools of the newest signed list whose figures it changed. Returns how many schools.

    `moment`: just before the import. The case of support gets a record, the school and the operator a letter.
    """
    newest = _newest(session, region, now)
    if newest is None:
        return 0
    listed = session.scalars(sa.select(SupportListRow.school_id).where(SupportListRow.list_id == newest.id)).all()
    found: dict[int, list[Correction]] = {}
    for one in since(session, listed, max(moment, newest.frozen_at)):
        found.setdefault(one.school_id, []).append(one)
    letters, records = [], []
    for school, changes in found.items():
        cases = sa.select(Case).where(Case.subject_id == school, Case.kind == "support_cycle", Case.status == "open")
        case = session.scalars(cases.order_by(Case.id).limit(1)).first()
        text = "; ".join(change.words(titles) for change in changes)[:2000]
        records.append(
            journal.Record("result.corrected", {"school": school, "text": text}, case.id if case else None, actor)
        )
        if case is not None:
            letters += _letters(session, case, school, changes, text)
    if found:
        outbox.post_all(session, letters, now)
        session.flush()
        journal.append_all(session, records, at=now)
    return len(found)


def _letters(
    session: Session, case: Case, school: int, changes: Sequence[Correction], text: str
) -> list[outbox.Letter]:
    name = session.get_one(Organisation, school).short_name
    words = f"{text}. Принятое решение не меняется само: исправленные данные учтёт следующий расчёт."
    stamp = int(max(change.at for change in changes).timestamp())
    payload = {"template": "task", "subject": f"Исправлены результаты: {name}", "text": words}
    return [
        outbox.Letter("mail", f"corrected:{case.id}:{stamp}:{role}", {**payload, "role": role}, case.id)
        for role in ("regional_operator", "school_head")
    ]


def _newest(session: Session, region: str, now: datetime) -> Any:
    return next(
        (found for year in (now.year, now.year - 1) if (found := lists.signed(session, region, year)) is not None), None
    )
