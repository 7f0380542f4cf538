"""The campaign of a school year through the browser by everybody who takes part, in every region there is a profile of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.cases.models import Case
from app.documents.models import ApprovalRow, Document, Signature
from app.identification.models import SupportList, SupportListRow
from tests.e2e.journey import Journey


@pytest.fixture(scope="session")
def journey(browser, site, audit, tmp_path_factory) -> Iterator[Journey]:
    """A campaign walked to its end."""
    made = Journey(site, browser, audit, tmp_path_factory.mktemp("papers"))
    made.walk()
    return made


@pytest.mark.req("OR-03", "OR-05", "OR-74", "OM-12", "OM-22")
def test_the_order_is_in_force_and_every_listed_school_has_its_case(journey) -> None:
    with journey.site.system.db.read() as session:
        order = session.get_one(Document, journey.seen.order_id)
        assert order.state == "in_force"
        rows = sa.select(SupportListRow.school_id).join(SupportList, SupportList.id == SupportListRow.list_id)
        listed = set(session.scalars(rows.where(SupportList.document_id == order.id)))
        opened = set(session.scalars(sa.select(Case.subject_id).where(Case.kind == "support_cycle")))
    assert listed
    assert listed <= opened
    assert journey.seen.school_id not in listed, "the objection was granted"
    assert "Действует" in journey.seen.order_state


@pytest.mark.req("OR-03")
def test_a_verdict_leads_to_the_row_of_a_file_and_to_the_clause(journey) -> None:
    assert ".xls" in journey.seen.evidence or ".ods" in journey.seen.evidence or ".csv" in journey.seen.evidence
    assert "строк" in journey.seen.evidence
    assert "лист «" in journey.seen.evidence
    assert "пункт" in journey.seen.basis.lower()


def test_a_trial_calculation_says_what_would_change(journey) -> None:
    assert "В перечне было бы" in journey.seen.trial
    assert "Ничего не записано" in journey.seen.trial


def test_a_wrong_password_signs_nothing(journey) -> None:
    assert "Пароль не подошёл" in journey.seen.wrong_password


@pytest.mark.req("OM-44")
def test_visas_over_an_unchanged_text_stand(journey) -> None:
    with journey.site.system.db.read() as session:
        rows = session.scalar(sa.select(sa.func.count()).select_from(ApprovalRow))
        fallen = session.scalar(sa.select(sa.func.count()).where(Signature.fallen_at.is_not(None)))
    said = journey.seen.visas_after_answer
    assert len(said) == rows
    assert all("согласовано" in words for words in said)
    assert fallen == 0


@pytest.mark.req("OR-75")
def test_anybody_can_check_the_issued_file(journey) -> None:
    assert "Документ подлинный" in journey.seen.verified["file"]
    assert "Документ выдан системой" in journey.seen.verified["code"]
    assert "изменён" in journey.seen.verified["changed"]


def test_the_console_is_silent_and_the_policy_unbroken(journey) -> None:
    assert journey.seen.complaints == []


def test_pages_of_the_walk_are_accessible_and_fit_a_phone(journey, audit) -> None:
    assert audit.found == {}
