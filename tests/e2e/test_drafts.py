"""What is typed is never lost: sign-out, a killed server, a colleague, a lost connection."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from app import regions
from tests.e2e.desk import Desk
from tests.e2e.site import Site

if TYPE_CHECKING:
    from app.cases.models import Task

FIELD = "Окно проверки, рабочих дней"
SECONDS = 3_000
pytestmark = pytest.mark.req("OR-86")


@pytest.fixture(scope="module")
def own_site(site_of: Callable[[str], Site]) -> Site:
    """A site that may be killed."""
    return site_of(regions.codes()[0])


@pytest.fixture
def task(own_site: Site) -> Task:
    return own_site.walker.task("campaign_plan")


def analysts(site: Site, task: Task) -> list[str]:
    """Logins of two people before whom the task is put."""
    head = site.walker.holder(task)
    number = site.system.profile(head.region).number
    return [site.login(head.person_id), f"operator-{number}"]


def typed(desk: Desk) -> str:
    return desk.page.get_by_label(FIELD).input_value()


def saved(desk: Desk) -> str:
    """Wait until the page itself says that the draft is kept."""
    desk.page.wait_for_selector("[data-draft-state][data-state=saved]")
    return desk.page.locator("[data-words]").inner_text()


def type_and_save(desk: Desk, text: str) -> str:
    with desk.page.expect_response("**/draft", timeout=SECONDS):
        desk.fill(FIELD, text)
    return saved(desk)


def test_a_draft_outlives_signing_out_and_a_killed_server(own_site, task, desk_at) -> None:
    login, _ = analysts(own_site, task)
    desk = desk_at(own_site, login)
    desk.open(task)
    assert re.fullmatch(r"Черновик сохранён \d\d:\d\d", type_and_save(desk, "7"))
    desk.sign_out()
    own_site.kill()
    own_site.start()
    desk.sign_in(login)
    desk.open(task)
    assert typed(desk) == "7"


def test_the_newer_draft_of_a_colleague_is_not_overwritten(own_site, task, desk_at) -> None:
    first, second = (desk_at(own_site, login) for login in analysts(own_site, task))
    first.open(task)
    second.open(task)
    type_and_save(first, "8")
    second.fill(FIELD, "9")
    second.page.wait_for_selector("[data-draft-state][data-state=conflict]")
    second.press("Сохранить и выйти")
    said = second.page.locator("main").inner_text()
    assert "Коллега изменил черновик, пока вы писали" in said
    compared = second.page.locator(".op-compare").inner_text().split()
    assert "8" in compared and "9" in compared
    second.look("draft conflict")
    first.open(task)
    assert typed(first) == "8", "the colleague's draft stands until somebody chooses"
    second.press("Оставить мой")
    first.open(task)
    assert typed(first) == "9"


def test_what_is_typed_without_a_connection_is_sent_later(own_site, task, desk_at) -> None:
    desk = desk_at(own_site, analysts(own_site, task)[0])
    desk.open(task)
    desk.context.set_offline(True)
    desk.fill(FIELD, "11")
    desk.page.wait_for_selector("[data-draft-state][data-state=offline]")
    assert "Нет связи" in desk.page.locator("[data-words]").inner_text()
    with desk.page.expect_response("**/draft"):
        desk.context.set_offline(False)
    saved(desk)
    desk.open(task)
    assert typed(desk) == "11"


def test_what_is_typed_while_the_server_is_down_is_sent_when_it_is_back(own_site, task, desk_at) -> None:
    desk = desk_at(own_site, analysts(own_site, task)[0])
    desk.open(task)
    own_site.kill()
    desk.fill(FIELD, "12")
    desk.page.wait_for_selector("[data-draft-state][data-state=offline]")
    own_site.start()
    desk.open(task)
    saved(desk)
    assert typed(desk) == "12"
