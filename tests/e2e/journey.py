"""A whole campaign through the browser, stage by stage; what was seen on the way is kept for the tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.cases.models import Case, Task
from app.db import utcnow
from app.documents.models import Document
from app.identification.models import Verdict
from app.people.models import Person, Position
from app.schools.models import School
from tests.e2e.audit import Audit
from tests.e2e.desk import Desk
from tests.e2e.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCAN = b"%PDF-1.4 scan of a signed paper"


@dataclass
class Seen:
    """What the pages said."""

    evidence: str = ""
    basis: str = ""
    trial: str = ""
    wrong_password: str = ""
    school_id: int = 0
    order_id: int = 0
    order_state: str = ""
    visas_after_answer: list[str] = field(default_factory=list)
    verified: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)


class Journey:
    def __init__(self, site: Site, browser: Browser, audit: Audit, folder: Path) -> None:
        self.site, self.browser, self.audit, self.folder = site, browser, audit, folder
        self.seen = Seen()
        self._desks: dict[str, Desk] = {}

    # people -----------------------------------------------------------------------------------------------------------

    def desk(self, login: str) -> Desk:
        if login not in self._desks:
            self._desks[login] = Desk(self.site, self.browser, self.audit).sign_in(login)
        return self._desks[login]

    def desk_of(self, task: Task) -> Desk:
        """Where somebody sits before whom the task is put."""
        return self.desk(self.site.login(self.site.walker.holder(task).person_id))

    def task(self, form: str, **where: Any) -> Task:
        return self.site.walker.task(form, **where)

    def do(self, form: str, answers: dict[str, str] | None = None, *, sign: bool = False) -> Desk:
        task = self.task(form)
        desk = self.desk_of(task)
        desk.do(task, answers, sign=sign)
        return desk

    def leave(self) -> None:
        for desk in self._desks.values():
            self.seen.complaints += desk.complaints
            desk.close()
        self._desks.clear()

    # stages -----------------------------------------------------------------------------------------------------------

    def walk(self) -> Seen:
        try:
            self.data()
            self.run()
            self.preliminary()
            self.objection_filed()
            self.municipalities()
            self.objection_decided()
            self.order()
            self.agreed()
            self.signed()
            self.issued()
            self.tour()
        finally:
            self.leave()
        return self.seen

    def data(self) -> None:
        """Plan, intake, quality: the files are loaded already."""
        self.do("campaign_plan")
        self.do("campaign_import")
        self.do("campaign_quality", {"Вывод": "данные пригодны"})

    def run(self) -> None:
        """From the run down to the row of a file; a trial calculation; the check is written down."""
        task = self.task("campaign_run")
        desk = self.desk_of(task)
        desk.open(task)
        desk.follow("Все выводы с объяснениями")
        page = desk.page
        page.get_by_label("Порог, %").fill("45")
        desk.press("Пересчитать")
        self.seen.trial = page.locator("#trial [role=status]").inner_text()
        desk.follow(page.locator("#list ~ * table tbody a, section table tbody a").first)
        self.seen.evidence = page.locator("table").first.inner_text()
        self.seen.basis = page.locator(".op-verdict").inner_text()
        desk.open(task)
        desk.choose("Итог", "расчёт верен")
        desk.fill("Примечание к малой выборке", "Выборки малы: выводы подтверждены вторым годом.")
        desk.send()
        self.site.settle()

    def preliminary(self) -> None:
        """The head of the operator signs; a wrong password signs nothing and loses nothing."""
        task = self.task("campaign_preliminary")
        desk = self.desk_of(task)
        desk.open(task)
        desk.choose("Решение", "подписать")
        desk.password("не тот пароль")
        desk.submit()
        self.seen.wrong_password = desk.page.locator("main").inner_text()
        desk.complaints.clear()  # the browser reports the answer 422
        assert desk.group("Решение").get_by_label("подписать", exact=True).is_checked()
        desk.password()
        desk.send()
        self.site.settle()

    def objection_filed(self) -> None:
        """The head of a listed school reads why and objects, with a file and a signature."""
        school_id, login = self._listed_school()
        self.seen.school_id = school_id
        desk = self.desk(login)
        desk.go("/schools")
        desk.follow(desk.page.locator("table tbody a").first)
        desk.follow("Перечень 2026/27")
        desk.follow("Подать возражение")
        desk.press("Открыть возражение")
        self.site.settle()
        task = self.task("objection_submit")
        desk.open(task)
        desk.choose("Предмет", "отметки или баллы")
        desk.fill_rows("positions", {"Из них не справились": "0", "Источник": "ведомость"})
        desk.fill("Обоснование", "Учтены не те работы.")
        desk.choose("Просим", "исключить из перечня")
        desk.upload("files", "ведомость.pdf", SCAN, self.folder)
        assert "ведомость.pdf" in desk.page.locator(".op-chosen").inner_text()
        desk.page.locator('input[name="no_pupil_data"]').check()
        desk.password()
        desk.send()
        self.site.settle()

    def _listed_school(self) -> tuple[int, str]:
        found = (
            sa.select(Verdict.school_id, Person.login)
            .join(School, School.id == Verdict.school_id)
            .join(Position, Position.organisation_id == School.id)
            .join(Person, Person.id == Position.person_id)
            .where(Verdict.status == "listed", School.founder == "municipal", Position.role == "school_head")
            .order_by(Verdict.school_id)
        )
        with self.site.system.db.read() as session:
            school_id, login = session.execute(found).first()
        return school_id, login

    def municipalities(self) -> None:
        """Every municipality answers, the first with remarks."""
        for number, task in enumerate(self.site.walker.tasks(form="pack_answer")):
            desk = self.desk_of(task)
            if number:
                desk.do(task, {"Ответ": "подтверждаем"})
                continue
            desk.open(task)
            desk.choose("Ответ", "есть замечания")
            row = desk.page.locator('table[data-rows="remarks"] tbody tr').first
            row.locator("select").first.select_option(index=1)
            desk.fill_cell(row, "Замечание", "Уточните наименование школы.")
            desk.send()
            self.site.settle()

    def objection_decided(self) -> None:
        task = self.task("objection_opinion")
        desk = self.desk_of(task)
        desk.open(task)
        desk.choose("Мнение", "поддерживаем")
        desk.fill("Заключение", "Подтверждаем доводы школы.")
        desk.send()
        self.site.settle()
        task = self.task("objection_review")
        desk = self.desk_of(task)
        desk.open(task)
        desk.fill_rows("checks", {"Подтверждено": "да", "Чем": "ведомость школы"})
        desk.choose("Решение", "удовлетворить")
        desk.fill("Мотивировка", "Ведомость подтверждает, что работы этих участников проверены повторно.")
        desk.choose("Новый вывод", "не включать в перечень")
        desk.send()
        self.site.settle()
        self.do("objection_sign", {"Решение": "подписать"}, sign=True)
        self.acquainted()

    def acquainted(self) -> None:
        """The head of the school marks the decision as read."""
        with self.site.system.db.read() as session:
            decision = session.scalars(sa.select(Document.id).where(Document.kind == "objection_decision")).one()
        desk = next(d for login, d in self._desks.items() if login.startswith("school-"))
        desk.go("/documents")
        desk.follow(desk.page.locator(f'a[href="/documents/{decision}"]').first)
        desk.press("Ознакомлен")
        assert "вы ознакомлены" in desk.page.locator("main").inner_text()
        self.site.settle()

    def order(self) -> None:
        """The final list, then the draft of the order and its route."""
        self.do("campaign_final", {"Решение": "подписать"}, sign=True)
        self.do("act_draft", {"Что с проектом": "отправить на согласование"})
        self.do("sign_off_route")

    def agreed(self) -> None:
        """The first approver has a remark, which is answered; visas over the unchanged text stand."""
        first = self.task("sign_off_visa")
        desk = self.desk_of(first)
        desk.open(first)
        desk.choose("Заключение", "согласовано с замечаниями")
        row = desk.page.locator('table[data-rows="remarks"] tbody tr').first
        for column, text in {"Место": "пункт 1", "Замечание": "Уточнить наименование", "Обязательное": "нет"}.items():
            desk.fill_cell(row, column, text)
        desk.password()
        desk.send()
        self.site.settle()
        while self.site.walker.tasks(form="sign_off_visa"):
            self.do("sign_off_visa", {"Заключение": "согласовано"}, sign=True)
        task = self.task("sign_off_answer")
        desk = self.desk_of(task)
        desk.open(task)
        desk.fill_rows("remarks", {"Решение": "отклонено", "Ответ": "Наименование дано по уставу."})
        desk.send()
        self.site.settle()
        while self.site.walker.tasks(form="sign_off_visa"):
            self.do("sign_off_visa", {"Заключение": "согласовано"}, sign=True)
        with self.site.system.db.read() as session:
            self.seen.order_id = session.scalars(sa.select(Document.id).where(Document.kind == "list_act")).one()
        desk.go(f"/documents/{self.seen.order_id}/sheet")
        self.seen.visas_after_answer = desk.page.locator(".op-sheet small").all_inner_texts()

    def signed(self) -> None:
        """The head of the ministry signs on paper; the clerk registers and publishes."""
        task = self.task("act_sign")
        desk = self.desk_of(task)
        desk.open(task)
        desk.choose("Решение", "подписать")
        desk.choose("Способ подписи", "бумага, приложен скан")
        desk.upload("files", "приказ.pdf", SCAN, self.folder)
        desk.password()
        desk.send()
        self.site.settle()
        self.do("act_register")
        self.publish()

    def publish(self) -> None:
        task = self.task("act_publish")
        desk = self.desk_of(task)
        desk.open(task)
        rows = desk.page.locator('table[data-rows="placements"] tbody tr')
        with self.site.system.db.read() as session:
            region = session.get_one(Case, task.case_id).region
        places = self.site.system.profile(region).publication.places
        today = self.site.system.calendar(region).local(utcnow())
        for number, place in enumerate(places):
            if number >= rows.count():
                desk.press_do("add:placements")
            row = rows.nth(number)
            row.locator("select").first.select_option(value=place.code)
            desk.fill_cell(row, "Ссылка", f"https://{place.code}.example.ru/akt/1")
            desk.fill_cell(row, "Дата размещения", f"{today:%d.%m.%Y}")
        desk.send()
        self.site.settle()

    def issued(self) -> None:
        """The PDF as downloaded, checked by anybody: the file, its code, the file with one byte changed."""
        desk = next(iter(self._desks.values()))
        desk.go(f"/documents/{self.seen.order_id}")
        self.seen.order_state = desk.page.locator("main").inner_text()
        code = desk.page.locator('dd a[href^="/v/"]').inner_text()
        href = desk.page.get_by_role("link", name="Скачать PDF").get_attribute("href")
        data = desk.context.request.get(href or "").body()
        assert data.startswith(b"%PDF-")
        stranger = Desk(self.site, self.browser, self.audit)
        try:
            self._verify(stranger, "file", "/verify", data)
            stranger.go("/verify")
            stranger.page.get_by_label("Или код").fill(code)
            stranger.press("Проверить")
            self.seen.verified["code"] = stranger.page.locator("#res").inner_text()
            self._verify(stranger, "changed", f"/v/{code}", data.replace(b"/Author", b"/author", 1) + b" ")
        finally:
            stranger.close()

    def tour(self) -> None:
        """Registries and pages that no task leads to, as the operator sees them."""
        with self.site.system.db.read() as session:
            newest = session.scalars(sa.select(Case.id).where(Case.kind == "support_cycle").order_by(Case.id)).first()
        desk = next(d for login, d in self._desks.items() if login.startswith("analyst"))
        for path in ("/cases", "/documents", "/schools?q=СОШ", "/people/", "/substitutions/", "/account", "/journal"):
            desk.go(path)
        for path in (f"/cases/{newest}", f"/cases/{newest}/feed", f"/documents/{self.seen.order_id}/sheet"):
            desk.go(path, "case of a school" if path == f"/cases/{newest}" else "")
        desk.go("/people/")
        desk.follow(desk.page.locator("table tbody a").first)
        desk.go("/people/")
        desk.follow("Организации")
        desk.follow(desk.page.locator("table tbody a").first)
        desk.go("/journal")
        desk.press("Проверить весь журнал")
        desk.look("journal verified")
        assert "Журнал цел" in desk.heading() + desk.page.locator("main").inner_text()
        desk.page.goto("/cases/999999")
        desk.look("404")
        desk.complaints.clear()  # the browser reports the answer 404
        desk.sign_out()
        desk.look()

    def _verify(self, desk: Desk, name: str, path: str, data: bytes) -> None:
        file = self.folder / f"{name}.pdf"
        file.write_bytes(data)
        desk.go(path)
        desk.page.get_by_label("Файл PDF").set_input_files(file)
        desk.press("Проверить")
        self.seen.verified[name] = desk.page.locator("#res").inner_text()
        desk.look(f"verified {name}")
