"""Columns that stand in a record's text are seen without parsing it: never where parsing would say otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.journal.chain import Record, body_of
from app.journal.verify import parsed, reads

NUMBERS = st.one_of(st.none(), st.integers(1, 30))
MOMENTS = st.sampled_from([datetime(2026, 9, 1, tzinfo=UTC) + timedelta(microseconds=n) for n in (0, 1, 500_000)])
KINDS = st.sampled_from(["task.completed", "task", 'a","seq":2', "вид"])
NASTY = st.sampled_from(['","kind":"task","seq":3}', ',"at":"2026', "{", "слово"])
DATA = st.dictionaries(st.sampled_from(["kind", "seq", "at", "z"]), st.one_of(NASTY, st.integers(1, 5)), max_size=3)


@dataclass(frozen=True)
class Clerk:
    person_id: int
    position_id: int = 8
    behalf_of: int | None = None


@given(st.integers(1, 5), MOMENTS, KINDS, NUMBERS, NUMBERS, DATA)
def test_a_record_as_it_was_written_is_never_refused(seq, at, kind, case_id, person_id, data) -> None:
    actor = Clerk(person_id) if person_id else None
    columns = (seq, at, kind, case_id, person_id)
    body = body_of(seq, at, Record(kind, data, case_id, actor))
    assert parsed(body) == columns
    assert reads(body, *columns) or '"' in kind, "only what JSON writes otherwise has to be parsed"


COLUMNS = st.tuples(st.integers(1, 5), MOMENTS, KINDS, NUMBERS, NUMBERS)


@given(COLUMNS, COLUMNS, st.integers(0, 4), DATA)
def test_one_column_that_was_changed_is_never_overlooked(written, others, changed, data) -> None:
    seq, at, kind, case_id, person_id = written
    body = body_of(seq, at, Record(kind, data, case_id, Clerk(person_id) if person_id else None))
    columns = tuple(others[n] if n == changed else value for n, value in enumerate(written))
    assert not reads(body, *columns) or columns == written
