"""Who sees what diagnosis found: the teacher, the tutor, the centre; the head only with consent, others only numbers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.cases import queries
from app.cases.models import Case
from app.cases.move import Unit
from app.documents.models import Document
from app.errors import DomainError, NotAllowed, NotFound
from app.outbox.models import Message
from app.people import policy
from app.people.actor import Actor
from app.teachers import privacy
from app.teachers.models import PersonalDocument, RouteStep, SkillGap
from tests.security.visitor import Visitor, site
from tests.teachers.team import Team

COLLEAGUES = ("school_head", "school_deputy", "mentor")


@pytest.fixture
def led(team: Team) -> tuple[Team, int, int]:
    """A teacher with a route that is agreed; the head was not let in."""
    case = team.diagnosed()
    person = team.at(team.school, "teacher").person_id
    team.reviewed(case, {person: "route"})
    route = team.route_of(person)
    team.drafted(route)
    team.agreed(route)
    return team, person, route


def _sees(team: Team, actor: Actor, person: int) -> bool:
    with team.system.db.read() as session:
        return privacy.may_see_results(session, actor, person, team.now.date())


def _refusal(team: Team, actor: Actor, person: int) -> DomainError:
    with team.system.db.read() as session, pytest.raises(DomainError) as refused:
        privacy.require_results(session, actor, person, team.now.date())
    return refused.value


def _whole_region(team: Team) -> dict[str, Actor]:
    with team.system.db.read() as session:
        places = session.execute(
            sa.text("select o.id, p.role from position p join organisation o on o.id = p.organisation_id")
        ).all()
    found = {}
    for place, role in places:
        found.setdefault(f"{role}@{place}", team.actor_of(place, role))
    return found


@pytest.mark.req("OR-11", "OR-13", "OM-28")
def test_results_are_open_to_the_person_the_tutor_and_the_centre_alone(led: tuple[Team, int, int]) -> None:
    team, person, _ = led
    seen = {who.split("@")[0] for who, actor in _whole_region(team).items() if _sees(team, actor, person)}
    assert seen == {"teacher", "tutor", "pd_center", "auditor"}
    assert not _sees(team, team.at(team.other, "teacher"), person), "a colleague of another school"


@pytest.mark.req("OR-11")
def test_refusals_say_why_and_what_to_do(led: tuple[Team, int, int]) -> None:
    team, person, _ = led
    head = _refusal(team, team.at(team.school, "school_head"), person)
    assert isinstance(head, NotAllowed) and "не разрешил" in head.message and "числа по школе" in head.advice
    deputy = _refusal(team, team.at(team.school, "school_deputy"), person)
    assert isinstance(deputy, NotAllowed)
    assert isinstance(_refusal(team, team.at(team.other, "school_head"), person), NotFound)
    assert isinstance(_refusal(team, team.at(team.municipality, "municipal_authority"), person), NotFound)


@pytest.mark.req("OR-13", "OR-84")
def test_the_route_and_its_papers_are_hidden_from_those_who_only_share_the_place(led: tuple[Team, int, int]) -> None:
    team, person, route = led
    readers = {"teacher", "tutor", "pd_center", "auditor"}
    for who, actor in _whole_region(team).items():
        role, _, place = who.partition("@")
        mine = role in readers and (role != "teacher" or int(place) == team.school)
        with team.system.db.read() as session:
            case = session.get_one(Case, route)
            assert policy.may(actor, "case.read", case) is mine, who
            theirs = sa.select(PersonalDocument.document_id).where(PersonalDocument.person_id == person)
            papers = session.scalars(
                sa.select(Document.kind).where(policy.scope(actor, Document), Document.id.in_(theirs))
            ).all()
            assert sorted(papers) == (["gap_card", "teacher_route"] if mine else []), who
            gaps = session.scalars(sa.select(SkillGap.person_id).where(policy.scope(actor, SkillGap))).all()
            assert (person in gaps) is mine, who
            steps = session.scalars(sa.select(RouteStep).where(policy.scope(actor, RouteStep))).all()
            assert bool(steps) is mine, who
            if not mine and role != "administrator":
                with pytest.raises(NotFound):
                    queries.visible_case(session, actor, route)


@pytest.mark.req("OR-13")
def test_consent_opens_results_to_the_head_alone_and_can_be_taken_back(team: Team) -> None:
    case = team.diagnosed()
    teacher = team.at(team.school, "teacher")
    team.reviewed(case, {teacher.person_id: "route"})
    route = team.route_of(teacher.person_id)
    team.drafted(route)
    team.agreed(route, show_head=True)
    head, deputy = team.at(team.school, "school_head"), team.at(team.school, "school_deputy")
    assert _sees(team, head, teacher.person_id)
    assert not _sees(team, deputy, teacher.person_id)
    assert not _sees(team, team.at(team.other, "school_head"), teacher.person_id)
    with team.system.db.write() as session:
        unit = Unit(team.system, session, team.now, teacher)
        privacy.withdraw(unit)
        unit.close()
    assert not _sees(team, head, teacher.person_id)


@pytest.mark.req("OR-13")
def test_the_head_is_told_the_fact_and_the_dates_only(led: tuple[Team, int, int]) -> None:
    team, _, route = led
    with team.system.db.read() as session:
        letters = session.scalars(sa.select(Message.payload).where(Message.case_id == route, Message.topic == "mail"))
        told = [str(letter) for letter in letters if "school_head" in str(letter)]
    assert len(told) == 1 and "срок до" in told[0]
    for secret in ("Лопухова", "дефицит", "Закрыть", "предметн"):
        assert secret not in told[0]


@pytest.mark.req("OR-13")
def test_a_substitute_does_not_inherit_a_teachers_own_view(led: tuple[Team, int, int]) -> None:
    team, person, _ = led
    mentor, teacher = team.at(team.school, "mentor"), team.at(team.school, "teacher")
    acting = team.acting_for(mentor, teacher)
    assert not _sees(team, acting, person)


@pytest.mark.req("OR-11", "OR-13")
def test_no_page_and_no_interface_opens_a_paper_about_another(led: tuple[Team, int, int]) -> None:
    """The deputy reads the case in which the cards of gaps were written: the cards themselves, and whose, he does not."""
    team, person, _ = led
    with team.system.db.read() as session:
        theirs = sa.select(Document).join(PersonalDocument, PersonalDocument.document_id == Document.id)
        papers = session.scalars(theirs.where(PersonalDocument.person_id == person)).all()
    assert {paper.kind for paper in papers} == {"gap_card", "teacher_route"}
    app = site(team.system)
    owner, deputy = (Visitor(app, team.at(team.school, role)) for role in ("teacher", "school_deputy"))
    for paper in papers:
        for url in (f"/documents/{paper.id}", f"/api/v1/documents/{paper.id}", f"/api/v1/documents/{paper.id}.pdf"):
            assert owner.get(url).status_code == 200, url
            assert deputy.get(url).status_code == 404, url
        lists = ("/documents", f"/cases/{paper.case_id}")
        assert all(f"/documents/{paper.id}" not in deputy.get(url).text for url in lists)
        told = deputy.get(f"/api/v1/cases/{paper.case_id}").json
        assert paper.id not in {row["id"] for row in told.get("documents", [])}
