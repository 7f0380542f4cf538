"""Pages of the year that no task leads to, reached as people reach them: by sections, registries and links of cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.e2e.desk import Desk

if TYPE_CHECKING:
    from tests.e2e.year import Year


def tours() -> tuple[Callable[[Year], None], ...]:
    return head, curator, teacher, centre, operator, minister


def to_case(desk: Desk, *way: int) -> None:
    """From the registry down the tree of cases."""
    desk.section("Дела")
    first = desk.page.locator(f'table a[href="/cases/{way[0]}"]')
    while not first.count():
        desk.follow("Показать ещё")
    for one in way:
        desk.unfold()
        desk.follow(desk.page.locator(f'main a[href="/cases/{one}"]').first, "case of the year")


def action(desk: Desk, words: str, name: str = "") -> None:
    """What the page of a case offers to do with it."""
    desk.follow(desk.page.locator('section[aria-labelledby="acts"]').get_by_role("link", name=words), name)


def head(year: Year) -> None:
    desk = year.desk_of("school_head")
    to_case(desk, year.case_id, year.diagnosis)
    desk.look("case diagnostics")
    action(desk, "Рисковый профиль")
    desk.follow(desk.page.locator("main table a").first)
    to_case(desk, year.case_id, year.roadmap)
    desk.look("case roadmap")
    action(desk, "Строки и исполнение")
    desk.follow(desk.page.locator("main").get_by_role("link", name="Поручение").first, "case assignment")
    desk.section("Анкеты")
    desk.follow(desk.page.locator("main table a").first)
    desk.section("Документы")
    desk.follow("Реестр актов")
    desk.follow("Обязательные акты")
    desk.section("Документы")
    desk.follow("Реестр актов")
    desk.follow("Начать акт")
    desk.section("Дела")
    desk.follow("Новое дело")
    desk.follow("Поручение", "new assignment")
    desk.section("Педагоги")


def curator(year: Year) -> None:
    """All at the phone's width."""
    desk = year.desk_of("curator")
    to_case(desk, year.mentoring)
    desk.look("case mentoring")
    action(desk, "Журнал контактов")
    to_case(desk, year.mentoring, year.visits[0])
    desk.look("case visit")
    desk.section("Дела")
    desk.follow("Новое дело")
    desk.follow("Посещение")


def teacher(year: Year) -> None:
    """All by keyboard."""
    desk = year.desk_of("teacher")
    desk.section("Педагоги")
    desk.follow(desk.page.locator(f'main a[href="/cases/{year.route}"]').first, "case of the year")
    desk.look("case route")


def centre(year: Year) -> None:
    desk = year.desk_of("pd_center")
    desk.section("Педагоги")
    desk.follow(desk.page.locator(f'main a[href="/teachers/schools/{year.school}"]').first)


def operator(year: Year) -> None:
    desk = year.desk_of("regional_operator")
    to_case(desk, year.case_id, year.evaluation)
    desk.look("case evaluation")


def minister(year: Year) -> None:
    desk = year.desk_of("minister")
    to_case(desk, year.case_id)
    desk.look("case of support")
