"""The same work without a mouse, without script, and the live diagram with its mark."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from app import regions
from tests.campaign import test_campaign as headless
from tests.e2e.desk import Desk
from tests.e2e.site import Site
from tests.small import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

FURTHEST = 400


@pytest.fixture
def own_site(site_of: Callable[[str], Site]) -> Site:
    return site_of(regions.codes()[0])


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, and see that it is on the screen and uncovered."""
    for _ in range(FURTHEST):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            box = page.evaluate("(({top, bottom}) => [top, bottom])(document.activeElement.getBoundingClientRect())")
            assert box[1] > 0 and box[0] < page.viewport_size["height"], f"{selector} has the focus out of sight"
            return
    raise AssertionError(f"Tab does not come to {selector}")


def test_signing_in_and_a_task_by_keyboard_alone(own_site, desk_at) -> None:
    walker = own_site.walker
    walker.do("campaign_plan")
    walker.do("campaign_import")
    task = walker.task("campaign_quality")
    page = desk_at(own_site).page
    page.goto("/sign-in")
    tab_to(page, "#login")
    page.keyboard.type(own_site.login(walker.holder(task).person_id))
    tab_to(page, "#password")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, f'a[href="/tasks/{task.id}"]')
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, 'input[name="data_state"][value="ok"]')
    page.keyboard.press("Space")
    tab_to(page, 'button[value="send"]')
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Отправлено: проверить качество данных" in page.locator("main").inner_text()
    assert not own_site.walker.tasks(form="campaign_quality")


def test_the_diagram_is_marked_and_the_mark_of_its_makers_is_uncovered(own_site, desk_at) -> None:
    task = own_site.walker.task("campaign_plan")
    desk = desk_at(own_site, own_site.login(own_site.walker.holder(task).person_id))
    for width in (1280, 390):
        desk.width = {"width": width, "height": 900}  # after each look the page is as wide again
        desk.page.set_viewport_size(desk.width)
        desk.go(f"/cases/{task.case_id}")
        desk.page.wait_for_selector("#case-map[data-ready]")
        assert desk.page.locator(".st-now").count() == 1
        mark = desk.page.locator(".bjs-powered-by")
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        assert box["width"] >= 53 and box["height"] >= 21
        assert box["x"] >= 0 and box["x"] + box["width"] <= width and 0 <= box["y"] <= 900 - box["height"]
        assert desk.page.evaluate(
            "([x, y]) => Boolean(document.elementFromPoint(x, y).closest('.bjs-powered-by'))",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
        )


def without_script(site: Site, form: str, desk_at: Callable[..., Desk]) -> Desk:
    task = site.walker.task(form)
    desk = desk_at(site, site.login(site.walker.holder(task).person_id), script=False)
    desk.open(task)
    return desk


def test_a_municipality_answers_and_an_order_is_drafted_without_script(own_site, desk_at, tmp_path) -> None:
    headless.to_the_packs(own_site.walker)
    desk = without_script(own_site, "pack_answer", desk_at)
    desk.choose("Ответ", "есть замечания")
    rows = desk.page.locator('table[data-rows="remarks"] tbody tr')
    for number in range(2):
        if number >= rows.count():
            desk.press_do("add:remarks")
        rows.nth(number).locator("select").first.select_option(index=number + 1)
        desk.fill_cell(rows.nth(number), "Замечание", f"Замечание {number + 1}")
    desk.press_do("add:remarks")
    assert desk.group("Ответ").get_by_label("есть замечания").is_checked()
    assert rows.count() == 3
    desk.press_do("drop:remarks:2")
    assert rows.count() == 2
    desk.send()
    headless.to_the_order_from_packs(own_site.walker)
    drafted(without_script(own_site, "act_draft", desk_at), tmp_path)
    assert own_site.walker.tasks(form="sign_off_route")


def drafted(desk: Desk, folder) -> None:
    """The draft with one more point and an annex."""
    desk.choose("Что с проектом", "отправить на согласование")
    rows = desk.page.locator('table[data-rows="points"] tbody tr')
    before = rows.count()
    desk.press_do("add:points")
    assert rows.count() == before + 1
    desk.fill_cell(rows.nth(before), "Текст пункта", "Опубликовать приказ.")
    desk.upload("annexes", "приложение.pdf", b"%PDF-1.4 annex", folder)
    if not desk.script:
        desk.press_do("attach:annexes")
    assert "приложение.pdf" in desk.page.locator(".op-chosen").inner_text()
    desk.page.locator('input[name="no_pupil_data"]').check()
    address = desk.page.url
    desk.press("Сохранить и выйти")
    desk.go(address)
    assert rows.count() == before + 1
    assert "приложение.pdf" in desk.page.locator(".op-chosen").inner_text()
    desk.send()
