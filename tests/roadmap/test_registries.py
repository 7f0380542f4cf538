"""Registries: the list of cases of a kind with its own columns and filters, page by page, as a page and as a sheet."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.cases import awaited, registry
from app.cases.models import Case, Deadline, Task
from app.cases.registry import Asked, Registry, Wanted
from app.db import utcnow
from app.people import policy
from app.people.models import Organisation
from app.programmes.mentoring.models import Mentorship
from app.programmes.registries import SUPPORT
from app.web.parts import KINDS
from tests.roadmap.conftest import School
from tests.security.visitor import Visitor, site

pytestmark = pytest.mark.req("OR-63", "OR-06", "OR-34")


def asked(school: School, session: sa.orm.Session, role: str = "regional_operator") -> Asked:
    actor = school.region.actors[role]
    return Asked(session, school.system.profile(actor.region), actor, utcnow(), utcnow().date())


def put(school: School, count: int, kind: str = "support_cycle", **more: object) -> None:
    """Cases of a kind about the schools in turn, every third of them late."""
    places = [school.region.ids[name] for name in ("school_a", "school_c")]
    with school.system.db.write() as session:
        definition = school.system.newest(session, kind)
        for number in range(count):
            case = Case(
                region=school.region.actors["school_head"].region, profile="", kind=kind, definition=definition.hash,
                subject_id=places[number % 2], school_year=2026, title=f"Дело {number}", state=b"", data={},
                opened_at=school.now, changed_at=school.now, **more,
            )  # fmt: skip
            session.add(case)
            session.flush()
            due = utcnow() + timedelta(days=-9 if number % 3 == 0 else 1 + number % 5)
            session.add(
                Deadline(
                    case_id=case.id, kind="wait", ref=f"r{number}", name="Ответ", term="5wd", basis="п. 1",
                    calendar="2026", started_at=school.now, due_at=due,
                )
            )  # fmt: skip


@contextmanager
def counted(school: School) -> Iterator[list[str]]:
    said: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        said.append(statement)

    sa.event.listen(school.system.db.engine, "before_cursor_execute", note)
    yield said
    sa.event.remove(school.system.db.engine, "before_cursor_execute", note)


def test_every_declared_column_and_filter_is_asked_by_both_databases(school: School) -> None:
    declared = school.system.handlers.registries
    assert declared.keys() <= KINDS.keys()
    with school.system.db.read() as session:
        ask = asked(school, session)
        for kind, one in declared.items():
            keys = [column.key for column in one.columns] + [part.key for part in registry.filters_of(one)]
            assert len({column.key for column in one.columns}) == len(one.columns), kind
            reserved = {"kind", "status", "sort", "late", "q", "cursor"}
            assert not {part.key for part in registry.filters_of(one)} & reserved, f"{kind}: {keys}"
            for sort in registry.SORTS:
                assert registry.page(ask, one, Wanted(kind=kind, sort=sort, late=True, q="дел")).rows == []
            for part in registry.filters_of(one):
                for value in list(part.options(ask))[:4]:
                    wanted = Wanted(kind=kind, status="all", chosen={part.key: value})
                    assert registry.page(ask, one, wanted).rows == [], f"{kind}: {part.key}={value}"


def test_pages_reach_every_case_once_in_every_order_and_cost_the_same(school: School) -> None:
    put(school, 7)
    costs: list[int] = []
    for total in (7, 61):
        put(school, total - 7)
        for sort in registry.SORTS:
            met: list[int] = []
            wanted = Wanted(kind="support_cycle", sort=sort)
            with school.system.db.read() as session:
                ask = asked(school, session)
                while True:
                    with counted(school) as said:
                        page = registry.page(ask, SUPPORT, wanted, size=6)
                    costs.append(len(said))
                    met += [row.Case.id for row in page.rows]
                    if page.after is None:
                        break
                    wanted = Wanted(kind="support_cycle", sort=sort, after=page.after)
                assert page.total == total and len(met) == len(set(met)) == total, sort
                assert met == [row.Case.id for row in registry.every(ask, SUPPORT, wanted, most=100)]
    assert max(costs) <= 4, "the count, where the last page ended, the rows with a term, those without one"


def test_every_reader_finds_the_cases_of_his_territory_and_no_others(school: School) -> None:
    put(school, 23)
    with school.system.db.write() as session:
        opened = {role: actor.position_id for role, actor in school.region.actors.items()}
        some = list(session.scalars(sa.select(Case).order_by(Case.id)))
        for number, (case, position) in enumerate(zip(some, [*opened.values()] * 3, strict=False)):
            case.opened_by = position if number % 2 else None  # seen by who opened it, wherever it is
    for role in school.region.actors:
        with school.system.db.read() as session:
            ask = asked(school, session, role)
            mine = [policy.scope(ask.actor, Case), Case.status == "open"]
            wanted = set(session.scalars(sa.select(Case.id).where(*mine, Case.kind == "support_cycle")))
            kinds = sa.select(Case.kind, sa.func.count()).where(*mine).group_by(Case.kind)
            assert registry.kinds(ask) == {kind: n for kind, n in session.execute(kinds)}, role
            for sort in registry.SORTS:
                assert _walked(ask, sort) == wanted, f"{role} by {sort}"


def _walked(ask: registry.Asked, sort: str) -> set[int]:
    met: list[int] = []
    after: int | None = None
    while True:
        page = registry.page(ask, SUPPORT, Wanted(kind="support_cycle", sort=sort, after=after), size=4)
        met, after = [*met, *(row.Case.id for row in page.rows)], page.after
        if after is None:
            break
    assert len(met) == len(set(met)) == page.total
    return set(met)


def test_filters_narrow_by_what_stands_in_the_tables(school: School) -> None:
    put(school, 6)
    curator = school.region.actors["curator"]
    with school.system.db.write() as session:
        first = session.scalars(sa.select(Case.id).where(Case.kind == "support_cycle").order_by(Case.id)).first()
        put_child = {"status": "open", "parent_id": first}
        session.add(
            Mentorship(
                case_id=first, number=1, kind="curator", school_id=school.school_id, person_id=curator.person_id,
                proposed_position_id=curator.position_id, position_id=curator.position_id,
                home_id=curator.organisation_id, starts_on=school.now.date(), ends_on=school.now.date(), checks=[],
                state="appointed", created_at=school.now,
            )
        )  # fmt: skip
    put(school, 1, "diagnostics", **put_child)

    def found(**chosen: str) -> list[int]:
        with school.system.db.read() as session:
            wanted = Wanted(kind="support_cycle", chosen=chosen)
            return [row.Case.id for row in registry.page(asked(school, session), SUPPORT, wanted).rows]

    with school.system.db.read() as session:
        ask = asked(school, session)
        options = {part.key: part.options(ask) for part in registry.filters_of(SUPPORT)}
        own = registry.page(asked(school, session, "school_head"), SUPPORT, Wanted(kind="support_cycle"))
        place = session.get_one(Organisation, school.school_id).parent_id
        row = registry.page(ask, SUPPORT, Wanted(kind="support_cycle", chosen={"stage": "diagnostics"})).rows[0]
    assert {row.Case.subject_id for row in own.rows} == {school.school_id} and len(own.rows) == 3
    assert list(options["curator"]) == [str(curator.position_id)]
    assert len(found(curator=str(curator.position_id))) == 3, "cases of the school that he leads"
    assert found(stage="diagnostics") == [first] and found(stage="roadmap") == []
    assert SUPPORT.columns[0].show(ask, row.c_stages) == "диагностика" and row.c_curator.startswith(curator.name[:5])
    assert len(found(municipality=str(place))) == 3 and found(track="watch") == [] and len(found(track="listed")) == 6


def test_the_address_keeps_the_selection_and_the_sheet_has_the_same_rows(school: School) -> None:
    put(school, 30)
    reader = Visitor(site(school.system), school.region.actors["regional_operator"])
    page = reader.get("/cases?kind=support_cycle&late=1&sort=due&track=listed&stage=nothing&q=%25").text
    assert "Таких дел нет" in page and "Снять отбор" in page, "a percent sign is a letter like others"
    page = reader.get("/cases?kind=support_cycle&late=1&sort=due&track=listed&stage=nothing").text
    assert page.count('role="rowheader"') == 10 and "10\u00a0дел" in page
    links = " ".join(re.findall(r'href="(/cases[^"]*)"', page))
    assert "track=listed" in links and "stage=nothing" not in links and 'value="listed" selected' in page
    following = reader.get("/cases?kind=support_cycle").text
    assert following.count('role="rowheader"') == 25 and "cursor=" in following
    book = reader.get("/cases.xlsx?kind=support_cycle&late=1&sort=due&track=listed")
    with zipfile.ZipFile(io.BytesIO(book.data)) as parts:
        told = parts.read("xl/sharedStrings.xml").decode()
    assert told.count("<t>Дело ") == 10 and "Лет в перечне" in told and "<t>Муниципалитет" in told
    assert "filename*=UTF-8" in book.headers["Content-Disposition"]
    empty = reader.get("/cases?kind=resource_request").text
    assert "Дел пока нет" in empty and "Заявку на ресурсы подаёт школа" in empty
    assert reader.get("/cases?kind=%3Cb%3E&sort=x&status=y&cursor=z&late=2").status_code == 200
    assert Visitor(site(school.system), school.region.actors["administrator"]).get("/cases.xlsx").status_code == 403


def test_a_kind_without_a_declaration_is_a_plain_list(school: School) -> None:
    put(school, 2, "data_pack")
    with school.system.db.read() as session:
        rows = registry.page(asked(school, session), Registry(), Wanted(kind="data_pack")).rows
    assert [row.subject for row in rows] and {row.Case.kind for row in rows} == {"data_pack"}


def test_a_row_says_whom_its_case_waits_for(school: School) -> None:
    put(school, 1)
    put(school, 1, awaits="утверждения диагноза; следующего перечня")
    put(school, 1, "mentoring", awaits="конца этапа сопровождения")
    ids, opened = school.region.ids, {"version": 1, "key": "k", "form": "f", "name": "Шаг", "opened_at": school.now}
    with school.system.db.write() as session:
        own, above, alone = session.scalars(sa.select(Case.id).order_by(Case.id))
    put(school, 1, "diagnostics", parent_id=above)
    put(school, 1, "social_passport", parent_id=above)
    with school.system.db.write() as session:
        child, beside = session.scalars(sa.select(Case.id).where(Case.parent_id == above).order_by(Case.id))
        for number, (case, role, place) in enumerate((
            (own, "school_head", ids["school_a"]), (own, "school_head", ids["school_a"]), (own, "curator", ids["service"]),
            (beside, "school_head", ids["school_a"]), (child, "curator", ids["service"]),
        )):  # fmt: skip
            due = school.now + timedelta(days=number)
            session.add(Task(id=f"t{number}", case_id=case, role=role, organisation_id=place, due_at=due, **opened))
    with school.system.db.read() as session:
        ask = asked(school, session)
        with counted(school) as said:
            rows = registry.page(ask, Registry(), Wanted()).rows
            found = awaited.whom(session, ask.profile, rows)
        place = session.get_one(Organisation, ids["service"]).short_name
        head, curator = (ask.profile.roles[role].title for role in ("school_head", "curator"))
    assert found[own] == awaited.Whom(head, "и ещё 1"), "the school stands in the row already"
    assert found[above] == awaited.Whom(f"{curator}, {place}", "ждём утверждения диагноза; следующего перечня")
    assert found[alone] == awaited.Whom("Ждём конца этапа сопровождения")
    assert found[child].who == f"{curator}, {place}"
    assert sum(text.startswith("SELECT") for text in said) == 3, "the count, the rows, the tasks of the sub-cases"
