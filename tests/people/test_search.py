"""What is typed into a field of search is found however it is cased and in whatever order its words stand."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app import search
from app.people.models import Organisation
from tests.people import world

NAMES = (
    "МБОУ «Лицей № 5 имени Королёва»",
    "МАОУ «СОШ № 15 г. Бузулука»",
    "муниципальный ЦЕНТР «Ёлочка», 100% охват_1",
    "Kвант \\ ЦНППМ",
)
WORDS = st.text(alphabet="лЛёЁеЕкК№5 %_\\«15г.", max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=WORDS)
@example(text="лицей королева")
@example(text="5 ЛИЦЕЙ")
@example(text="100%")
@example(text="_")
@example(text="\\")
def test_the_database_finds_what_has_every_word(session: Session, text: str) -> None:
    rows = sa.union_all(*(sa.select(sa.literal(name).label("name")) for name in NAMES)).subquery()
    asked = sa.select(rows.c.name).where(search.found(text, rows.c.name))
    by_rule = [name for name in NAMES if all(word in search.fold(name) for word in search.fold(text).split())]
    assert sorted(session.scalars(asked)) == sorted(by_rule)


def test_words_may_stand_in_different_columns(session: Session) -> None:
    school = world.tree(session).school_a
    school.name, school.short_name = "Средняя школа имени Лётчиков", "СОШ № 7"
    session.flush()
    for text, there in (("сош летчиков", True), ("№ 7 СРЕДНЯЯ", True), ("", True), ("сош лётчицы", False)):
        asked = sa.select(Organisation.id).where(search.found(text, Organisation.name, Organisation.short_name))
        assert (school.id in session.scalars(asked).all()) is there
