"""Who may do what: the whole table of roles and actions, and the territory of each role over real rows."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import pytest
import sqlalchemy as sa

from app.cases.models import Answer, Case, Definition, Task
from app.documents.models import Document
from app.errors import NotAllowed, NotFound
from app.identification.models import IdentificationRun
from app.models import metadata
from app.people import operations, policy, territory
from app.people.models import Organisation, Person, Position
from app.people.roles import CASE_ROLES, ROLES
from app.schools.models import School
from tests.people import world
from tests.people.world import NOW, SINCE

pytestmark = pytest.mark.req("OR-05")

# What each role may do at all. Written out by hand: a change of the policy must be made twice, with open eyes.
COMMON = "account.use help.read workflow.read"
READS = f"{COMMON} task.read case.read case.export search.use file.read list.export document.read school.read"
WORKS = f"{READS} task.complete task.claim task.assign draft.write case.open case.comment case.cancel file.write document.sign"
SEES = "result.read identification.read"
OVERSEES = f"{SEES} monitoring.read people.read"
PAPERS = "document.register document.publish"
MINISTRY = f"{WORKS} {OVERSEES} import.read journal.read journal.verify substitution.manage"
OPERATOR = (
    f"{MINISTRY} {PAPERS} case.pause case.migrate import.write identification.run school.write monitoring.write"
    " settings.read workflow.publish calendar.manage incident.read incident.retry"
)
MUNICIPAL = f"{WORKS} {OVERSEES} {PAPERS} case.pause substitution.manage"
SCHOOL = f"{WORKS} {SEES} {PAPERS} people.read substitution.manage"
GRANTED = {
    "ministry": f"{MINISTRY} {PAPERS} case.pause",
    "minister": MINISTRY,
    "controller": f"{MINISTRY} case.pause",
    "regional_operator": OPERATOR,
    "operator_head": OPERATOR,
    "pd_center": f"{WORKS} {OVERSEES} substitution.manage",
    "tutor": f"{WORKS} {SEES}",
    "expert": f"{WORKS} {SEES}",
    "municipal_authority": MUNICIPAL,
    "municipal_method_service": MUNICIPAL,
    "subject_union": WORKS,
    "curator": f"{WORKS} {SEES}",
    "school_head": SCHOOL,
    "school_deputy": SCHOOL,
    "teacher": WORKS,
    "mentor": WORKS,
    "partner": WORKS,
    "auditor": f"{READS} {OVERSEES} import.read journal.read journal.verify settings.read",
    "legal": f"{WORKS} {OVERSEES}".replace(" case.open", ""),
    "clerk": f"{WORKS} {OVERSEES} {PAPERS}".replace(" case.open", ""),
    "administrator": f"{COMMON} people.read people.manage substitution.manage journal.verify settings.read settings.manage"
    " incident.read incident.retry",
}


def an_actor(role: str) -> SimpleNamespace:
    return SimpleNamespace(role=role, head=False)


@pytest.mark.parametrize("role", ROLES)
def test_the_table(role):
    assert {action for action in policy.ACTIONS if policy.may(an_actor(role), action)} == set(GRANTED[role].split())


def test_nobody_may_do_anything_unknown_or_unsigned():
    with pytest.raises(LookupError, match=r"case\.burn"):
        policy.may(an_actor("ministry"), "case.burn")
    assert not any(policy.may(None, action) for action in policy.ACTIONS)


def test_codes_of_roles_are_those_of_the_diagrams():
    assert set(GRANTED) == set(ROLES) and not set(ROLES) & set(CASE_ROLES)


@pytest.fixture
def rows(session, place):
    """A case, a document, a task about each school and the region; a run of identification; a foreign region's case."""
    session.add(Definition(hash="d", process="visit", files={}, published_at=NOW))
    session.flush()
    south = world.tree(session, world.OTHER)
    where = {n: getattr(place, n) for n in ("school_a", "school_b", "school_c", "near", "far", "region")}
    made = {name: _case(session, organisation) for name, organisation in where.items()}
    made["south"] = _case(session, south.school_a)
    run = {"school_year": 2025, "rule": "r", "parameters": {}, "inputs_sha256": "0", "files": [], "counts": {}}
    session.add(IdentificationRun(region=world.REGION, made_at=NOW, **run))
    session.flush()
    return made


def _case(session, about, **more) -> Case:
    row = Case(
        region=about.region,
        profile="p",
        kind="visit",
        definition="d",
        subject_id=about.id,
        school_year=2026,
        title="т",
        state=b"",
        data={},
        opened_at=NOW,
        changed_at=NOW,
        **more,
    )
    session.add(row)
    session.flush()
    session.add(
        Document(
            region=about.region,
            kind="act",
            code=f"c{row.id}",
            case_id=row.id,
            organisation_id=about.id,
            title="д",
            created_at=NOW,
        )
    )
    session.flush()
    return row


def a_task(session, case, about, role, **more) -> Task:
    common = {"key": "k", "form": "f", "name": "н", "version": 1, "opened_at": NOW}
    row = Task(id=uuid4().hex, case_id=case.id, role=role, organisation_id=about.id, **common, **more)
    session.add(row)
    session.flush()
    return row


ALL = {"school_a", "school_b", "school_c", "near", "far", "region"}
NEAR = {"school_a", "school_b", "near"}
TERRITORY = {
    "ministry": ALL, "minister": ALL, "controller": ALL, "regional_operator": ALL, "operator_head": ALL,
    "pd_center": ALL, "legal": ALL, "auditor": ALL, "clerk": ALL,
    "municipal_authority": NEAR, "municipal_method_service": NEAR, "subject_union": NEAR,
    "school_head": {"school_a"}, "school_deputy": {"school_a"},
    "teacher": set(), "mentor": set(), "partner": set(), "curator": set(), "tutor": set(), "expert": set(),
    "administrator": set(),
}  # fmt: skip


@pytest.mark.req("OR-05", "OM-45")
def test_territory_of_each_role_over_cases_documents_and_single_objects(session, place, rows):
    """Lists and single objects agree, cell by cell; nobody sees the other region."""
    everybody = world.everybody(session, place)
    for role, expected in TERRITORY.items():
        who = everybody[role]
        listed = set(session.scalars(sa.select(Case.id).where(policy.scope(who, Case))))
        assert listed == {rows[name].id for name in expected}, role
        papers = set(session.scalars(sa.select(Document.case_id).where(policy.scope(who, Document))))
        assert papers == listed, role
        readable = {name for name, case in rows.items() if policy.may(who, "case.read", case)}
        assert readable == (expected if role != "administrator" else set()), role


def test_what_is_not_known_is_not_found_and_what_is_known_but_forbidden_is_refused(session, place, rows):
    who = world.everybody(session, place)
    with pytest.raises(NotFound):
        policy.require(who["school_head"], "case.read", rows["school_b"])
    with pytest.raises(NotAllowed):
        policy.require(who["auditor"], "case.cancel", rows["school_b"])
    with pytest.raises(NotFound):
        policy.require(None, "case.read", rows["school_b"])
    policy.require(who["auditor"], "case.read", rows["school_b"])


def test_a_case_is_opened_only_within_the_territory(session, place, rows):
    who = world.everybody(session, place)
    assert policy.may(who["municipal_authority"], "case.open", place.school_b)
    assert not policy.may(who["municipal_authority"], "case.open", place.school_c)
    assert policy.may(who["teacher"], "case.open", place.school_a)
    assert not policy.may(who["school_head"], "case.open", place.school_b)


def test_taking_part_opens_the_case_to_who_takes_part(session, place, rows):
    who = world.everybody(session, place)
    case = rows["school_c"]
    for role, home in (("expert", place.centre), ("partner", place.partner)):
        task = a_task(session, case, home, f"{role}|author")
        assert policy.may(who[role], "case.read", case) and policy.may(who[role], "task.complete", task)
        assert not policy.may(who[role], "case.read", rows["school_a"])
    session.add(Answer(case_id=case.id, version=1, form="f", position_id=who["mentor"].position_id, at=NOW, data={}))
    session.flush()
    assert policy.may(who["mentor"], "case.read", case)
    assert not policy.may(who["school_head"], "case.read", case)


@pytest.mark.req("OR-41")
def test_an_assigned_school_is_seen_from_its_first_day_to_its_last(session, place, rows):
    who = world.everybody(session, place)["curator"]
    row = operations.assign(session, who.position_id, place.school_a.id, valid_from=SINCE, actor=None, now=NOW)
    assert policy.may(who, "case.read", rows["school_a"])
    row.valid_to = SINCE
    session.flush()
    assert not policy.may(who, "case.read", rows["school_a"])


HOLDERS = [  # task's role, organisation, head, who besides may complete it: role → yes
    ("school_head", "school_a", False, {"school_head"}),
    ("school_head|school_deputy", "school_a", False, {"school_head", "school_deputy"}),
    ("municipal_authority", "near", False, {"municipal_authority"}),
    ("municipal_authority", "near", True, set()),
    ("municipal_authority", "far", False, set()),
    ("ministry|legal", "ministry", False, {"ministry", "legal"}),
    ("auditor", "region", False, set()),
]


def test_who_may_complete_a_task(session, place, rows):
    everybody = world.everybody(session, place)
    for number, (role, home, head, expected) in enumerate(HOLDERS):
        task = a_task(session, rows["school_a"], getattr(place, home), role, head=head, item=str(number))
        assert {r for r, who in everybody.items() if policy.may(who, "task.complete", task)} == expected, (role, home)


def test_a_taken_task_is_its_takers_and_the_head_hands_it_over(session, place, rows):
    who = world.everybody(session, place)
    task = a_task(session, rows["school_a"], place.school_a, "school_deputy", claimed_by=who["teacher"].position_id)
    assert not policy.may(who["school_deputy"], "task.complete", task)
    assert policy.could_hold_task(who["school_deputy"], task)
    assert not policy.may(who["school_deputy"], "task.assign", task), "it is the colleague's"
    assert policy.may(who["school_head"], "task.assign", task)
    assert policy.may(who["regional_operator"], "task.assign", task)
    assert not policy.may(who["curator"], "task.assign", task)
    task.claimed_by = who["school_deputy"].position_id
    assert policy.may(who["school_deputy"], "task.assign", task)
    task.claimed_by = None
    assert policy.may(who["school_deputy"], "task.assign", task)


def test_a_task_of_one_position_is_nobody_elses(session, place, rows):
    who = world.everybody(session, place)
    task = a_task(session, rows["school_a"], place.ministry, "ministry", position_id=who["legal"].position_id)
    assert policy.may(who["legal"], "task.complete", task) and not policy.may(who["ministry"], "task.complete", task)


def test_a_case_is_cancelled_by_its_opener_or_the_operator(session, place, rows):
    who = world.everybody(session, place)
    rows["school_a"].opened_by = who["school_head"].position_id
    assert policy.may(who["school_head"], "case.cancel", rows["school_a"])
    assert policy.may(who["operator_head"], "case.cancel", rows["school_a"])
    assert not policy.may(who["municipal_authority"], "case.cancel", rows["school_a"])
    assert not policy.may(who["regional_operator"], "case.cancel", rows["south"])


def test_an_administrator_manages_people_of_his_region_and_reads_no_work(session, place, rows):
    admin = world.everybody(session, place)["administrator"]
    teacher = session.scalar(sa.select(Person).where(Person.login == "teacher"))
    stranger = world.person(session, "stranger")
    other = session.scalar(
        sa.select(Organisation).where(Organisation.region == world.OTHER, Organisation.kind == "school")
    )
    world.position(session, stranger, other, "teacher")
    assert policy.may(admin, "people.manage", teacher)
    assert not policy.may(admin, "people.manage", stranger)
    assert policy.may(admin, "people.manage", world.person(session, "new-one"))
    for model in (Case, Task, Document, School, IdentificationRun):
        assert session.scalar(sa.select(sa.func.count()).select_from(model).where(policy.scope(admin, model))) == 0


def test_every_table_says_whose_its_rows_are(session, place):
    """A scope for each mapped class, or a word here why it never stands in a list of its own."""
    never_listed = {
        "chain_head", "message", "definition", "preference", "sign_in", "sign_in_attempt", "api_token",
        "assignment", "draft_version", "edition", "rendition", "register", "approval_row", "signature", "publication",
        "support_list_row", "school_link", "import_draft_file", "idempotency_key", "act",
        # read through their diagnosis, survey or expertise, which are cases
        "survey_response", "survey_participant", "factor_score", "factor_opinion", "checklist_mark",
        "expert_card", "expert_score", "instrument_version",
        "acquaintance",  # read through its document
    }  # fmt: skip
    from app.db import Base

    who = world.everybody(session, place)["municipal_authority"]
    for mapper in Base.registry.mappers:
        name = mapper.class_.__tablename__
        if name in never_listed:
            continue
        query = sa.select(sa.func.count()).select_from(mapper.class_).where(policy.scope(who, mapper.class_))
        assert session.scalar(query) >= 0, name
    assert never_listed <= set(metadata.tables)


def test_extent_is_decided_for_every_role_and_kind_where_it_may_be_held():
    for role in ROLES.values():
        for kind in role.kinds:
            who = SimpleNamespace(role=role.code, organisation_kind=kind)
            assert territory.extent(who) in ("region", "municipality", "organisation", "involved", "none")


def test_positions_are_seen_where_their_people_are(session, place, rows):
    who = world.everybody(session, place)
    seen = session.scalars(sa.select(Position).where(policy.scope(who["school_head"], Position))).all()
    assert {p.organisation_id for p in seen} == {place.school_a.id}
