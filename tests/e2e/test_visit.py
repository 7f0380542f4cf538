"""A report of a visit written on a phone where there is no line: nothing is lost, nothing replaces anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from app import regions
from app.db import utcnow
from tests.campaign.walk import Walker
from tests.e2e.desk import Desk
from tests.e2e.site import Site
from tests.mentoring.scene import Scene

if TYPE_CHECKING:
    from app.cases.models import Task

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.req("OR-43", "OR-86")


@pytest.fixture(scope="module")
def visit(site_of: Callable[[str], Site]) -> tuple[Site, Task, str]:
    """A site where the report of a curator's visit is to be written: site, task, login of the curator."""
    site = site_of(regions.codes()[0])
    walker = Walker(site.system, datetime(2026, 10, 5, 9, tzinfo=UTC))
    scene = Scene(site.system, walker, site.code)
    _, (case, _) = scene.accompanied()
    scene.wait(40)
    scene.arrive(case)
    walker.now = utcnow()
    task = walker.task("visit_report", case_id=case)
    return site, task, site.login(walker.holder(task).person_id)


@pytest.fixture
def sit(visit: Any, desk_at: Callable[..., Desk]) -> Callable[..., Desk]:
    """The curator at a device of his, in his position of a curator."""
    site, _, login = visit

    def at(*, script: bool = True, phone: bool = True) -> Desk:
        desk = desk_at(site, login, script=script)
        if phone:
            desk.page.set_viewport_size(PHONE)
        desk.page.locator(".op-menu--pos summary").click()
        with desk.page.expect_navigation():
            desk.page.locator(".op-menu--pos button", has_text="уратор").first.click()
        return desk

    return at


def again(desk: Desk) -> None:
    """The tab was closed; a new one is opened."""
    desk.page.close()
    desk.page = desk.context.new_page()
    desk.page.set_viewport_size(PHONE)


def value(desk: Desk, field: str) -> str:
    return desk.page.locator(f"#{field}").input_value()


def offline(desk: Desk, **fields: str) -> None:
    """Type without a line, and see that the page says so."""
    desk.context.set_offline(True)
    for name, text in fields.items():
        desk.page.locator(f"#{name}").fill(text)
    desk.page.wait_for_selector("[data-draft-state][data-state=offline]")


def test_the_form_fits_a_phone(visit, sit) -> None:
    _, task, _ = visit
    desk = sit()
    desk.open(task)
    desk.page.set_viewport_size(PHONE)
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = desk.page.evaluate(
        "[...document.querySelectorAll('form#task button, form#task select')].filter("
        "e => e.offsetParent && e.getBoundingClientRect().height < 40 && !e.classList.contains('govuk-visually-hidden')"
        ").map(e => e.textContent.trim())"
    )
    assert small == [], "everything can be hit with a finger"


def test_what_is_typed_without_a_line_outlives_a_closed_tab_and_is_sent_from_any_page(visit, sit) -> None:
    site, task, _ = visit
    desk = sit()
    desk.open(task)
    offline(desk, talks="Записано без связи", found="Выявлено без связи")
    again(desk)
    desk.context.set_offline(False)
    desk.page.goto(f"{site.base}/tasks")
    note = desk.page.locator("main > [role=status]")
    note.wait_for()
    assert "отправлено на сервер" in note.inner_text()
    desk.open(task)
    assert (value(desk, "talks"), value(desk, "found")) == ("Записано без связи", "Выявлено без связи")
    assert desk.page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('opora:draft')).length") == 0


def test_rows_added_without_a_line_come_back(visit, sit) -> None:
    _, task, _ = visit
    desk = sit()
    desk.open(task)
    desk.press_do("add:documents")
    desk.context.set_offline(True)
    desk.page.locator('[name="documents-0-name"]').fill("План работы")
    desk.page.wait_for_selector("[data-draft-state][data-state=offline]")
    again(desk)
    desk.context.set_offline(False)
    desk.page.goto(f"{desk.site.base}/tasks/{task.id}")
    desk.page.wait_for_function("document.querySelector('[name=\"documents-0-name\"]')?.value === 'План работы'")


def test_without_script_it_is_a_plain_form(visit, sit) -> None:
    _, task, _ = visit
    desk = sit(script=False)
    desk.open(task)
    desk.page.locator("#talks").fill("Без сценариев")
    desk.press_do("add:participants")
    desk.page.locator('[name="participants-1-role"]').fill("Методист")
    desk.press("Сохранить и выйти")
    desk.open(task)
    assert value(desk, "talks") == "Без сценариев"
    assert desk.page.locator('[name="participants-1-role"]').input_value() == "Методист"


def test_two_offline_drafts_of_one_visit_are_compared_and_joined(visit, sit) -> None:
    site, task, _ = visit
    phone, desk = sit(), sit(phone=False)
    for one in (phone, desk):
        one.open(task)
    offline(phone, talks="С телефона")
    offline(desk, talks="С компьютера", hours="с 9 до 12")
    again(phone)
    desk.context.set_offline(False)
    desk.page.wait_for_selector("[data-draft-state][data-state=saved]")
    phone.context.set_offline(False)
    phone.page.goto(f"{site.base}/tasks/{task.id}")
    phone.page.wait_for_selector("#conflict")
    said = phone.page.locator("main").inner_text()
    assert "и на другом устройстве" in said and "С телефона" in said and "С компьютера" in said
    phone.page.set_viewport_size(PHONE)
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.look("merge of two drafts")
    desk.open(task)
    assert value(desk, "talks") == "С компьютера", "nothing is replaced until somebody chooses"
    phone.page.locator("fieldset.op-merge", has_text="Время").locator("input[value=theirs]").check()
    phone.press("Объединить")
    assert (value(phone, "talks"), value(phone, "hours")) == ("С телефона", "с 9 до 12")
    phone.open(task)
    assert not phone.page.locator("#conflict").count(), "it is not asked twice"


def test_a_report_sent_without_a_line_goes_when_the_line_is_back(visit, sit) -> None:
    _, task, _ = visit
    desk = sit()
    desk.open(task)
    desk.page.get_by_label("состоялось", exact=True).check()
    desk.page.locator("#found").fill("Разборы ведутся не всеми")
    for name in ("goal", "activity", "feedback", "discipline", "difference"):
        desk.page.locator(f'[name="lessons-0-{name}"]').select_option("2")
    desk.context.set_offline(True)
    desk.page.locator(".op-savebar button[value=send]").click()
    desk.page.wait_for_selector("[data-draft-state][data-state=offline]")
    assert "отправится" in desk.page.locator("[data-words]").inner_text()
    with desk.page.expect_navigation():
        desk.context.set_offline(False)
    assert desk.heading() == "Подписать отчёт о посещении"
