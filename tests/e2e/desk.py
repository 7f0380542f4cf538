"""A person at a browser: signs in, opens a task, fills the form in by its labels, sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.cases.models import Task
from tests.e2e.site import Site
from tests.small import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, ViewportSize

    from tests.e2e.audit import Audit


class Desk:
    """One browser context: the cookies and the drafts of one person. Anything the console complains of is kept."""

    def __init__(self, site: Site, browser: Browser, audit: Audit | None = None, *, script: bool = True) -> None:
        self.site, self.audit, self.script = site, audit, script
        self.context = browser.new_context(
            base_url=site.base, viewport={"width": 1280, "height": 900}, locale="ru-RU", java_script_enabled=script
        )
        self.context.set_default_timeout(60_000)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.width: ViewportSize = {"width": 1280, "height": 900}
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))

    # where to ---------------------------------------------------------------------------------------------------------

    def look(self, name: str = "") -> None:
        """Examine the page that is open, once for every kind of page."""
        if self.audit is not None:
            self.audit.examine(self.page, name)
            self.page.set_viewport_size(self.width)

    def go(self, path: str, name: str = "") -> None:
        answer = self.page.goto(path)
        assert answer is None or answer.status < 400, f"{path}: {answer.status}, {self.heading()}"
        self.look(name)

    def follow(self, link: str | Locator, name: str = "") -> None:
        """Click a link, by its words or as found."""
        self._click(self.page.get_by_role("link", name=link).first if isinstance(link, str) else link)
        self.look(name)

    def press(self, button: str) -> None:
        """Click a button that sends a form."""
        self._click(self.page.get_by_role("button", name=button, exact=True).first)

    def press_do(self, value: str) -> None:
        """A button of a table or of files: «drop:remarks:2»."""
        self._click(self.page.locator(f'button[name=do][value="{value}"]'))

    def _click(self, what: Locator) -> None:
        with self.page.expect_navigation() as moved:
            what.click()
        answer = moved.value
        assert answer is None or answer.status < 400 or answer.status in (409, 422), (
            f"{self.page.url}: {answer.status}, {self.heading()}"
        )

    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text()

    def sign_in(self, login: str) -> Desk:
        self.page.goto("/sign-in")
        self.page.get_by_label("Логин", exact=True).fill(login)
        self.page.get_by_label("Пароль", exact=True).fill(PASSWORD)
        self.press("Войти")
        assert "/sign-in" not in self.page.url, self.page.locator("main").inner_text()[:300]
        return self

    def sign_out(self) -> None:
        self.page.locator(".op-menu--pos summary").click()
        self.press("Выйти")

    def home(self) -> None:
        """The work list, by the mark of the product that stands on every page."""
        self._click(self.page.locator("a.op-brand"))
        self.look()

    def section(self, title: str) -> None:
        """A section of the site: on a phone it is in the menu."""
        phone = self.page.locator(".op-navphone > summary")
        if phone.is_visible():
            self.press_on(phone)
            self.follow(self.page.locator(".op-navphone nav").get_by_role("link", name=title))
        else:
            self.follow(self.page.locator(".op-nav").get_by_role("link", name=title))

    def unfold(self) -> None:
        """Show what the page keeps folded."""
        folded = self.page.locator("main details:not([open]) > summary")
        while folded.count():
            self.press_on(folded.first)

    def press_on(self, what: Locator) -> None:
        """Press what only changes the page."""
        what.click()

    def stand(self, position_id: int) -> None:
        """Act in this position, chosen in the menu."""
        place = self.page.locator(f'.op-menu--pos button[name=position][value="{position_id}"]')
        if place.get_attribute("aria-current") is None:
            self.press_on(self.page.locator(".op-menu--pos summary"))
            self._click(place)

    def open(self, task: Task) -> None:
        """From the work list to the form of a task."""
        self.home()
        while not (link := self.page.locator(f'h3 a[href="/tasks/{task.id}"]')).count():
            self._click(self.page.get_by_role("link", name=re.compile("Показать ещё")))
        self.follow(link, f"task {task.form}")

    # what is filled in ------------------------------------------------------------------------------------------------

    def group(self, legend: str) -> Locator:
        return self.page.locator(
            "form#task fieldset", has=self.page.locator("legend", has_text=re.compile(f"^{legend}"))
        )

    def choose(self, legend: str, option: str) -> None:
        """A radio button, or an option where there are too many for buttons."""
        if self.group(legend).count():
            self.group(legend).get_by_label(option, exact=True).check()
        else:
            self.page.locator("form#task").get_by_label(legend, exact=True).select_option(label=option)

    def put(self, field: Locator, kind: str, name: str, text: str) -> None:
        """Answer one field: `kind` is «radio», «checkbox» or the tag in small letters; `name` is for those who read why."""
        if kind in ("radio", "checkbox"):
            field.set_checked(True, force=True)
        elif kind == "select":
            field.select_option(value=text)
        else:
            field.fill(text)

    def fill(self, label: str, text: str) -> None:
        self.page.locator("form#task").get_by_label(re.compile(f"^{label}")).first.fill(text)

    def fill_rows(self, table: str, cells: Mapping[str, str]) -> int:
        """Write the same into every row of a table: column name → text, or the words of a select's option."""
        rows = self.page.locator(f'table[data-rows="{table}"] tbody tr')
        for number in range(rows.count()):
            for column, text in cells.items():
                self.fill_cell(rows.nth(number), column, text)
        return rows.count()

    def fill_cell(self, row: Locator, column: str, text: str) -> None:
        cell = row.locator(f'td[data-label="{column}"] :is(input, select, textarea)').first
        if cell.evaluate("e => e.tagName") == "SELECT":
            cell.select_option(label=text)
        else:
            cell.fill(text)

    def paste(self, table: str, lines: Sequence[Sequence[str]]) -> None:
        """Lay rows copied from a spreadsheet over a table from its first cell on; every value must be recognised."""
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        block = "\n".join("\t".join(line) for line in lines)
        self.page.evaluate("text => navigator.clipboard.writeText(text)", block)
        cell = self.page.locator(f'table[data-rows="{table}"] tbody tr :is(input:not([type=hidden]), textarea, select)')
        cell.first.focus()
        self.page.keyboard.press("Control+V")
        said = self.page.locator(f"#{table}-pasted").inner_text()
        assert said == f"Вставлено строк: {len(lines)}.", said

    def upload(self, field: str, name: str, content: bytes, folder: Path) -> None:
        path = folder / name
        path.write_bytes(content)
        self.page.locator(f'input[type=file][name="{field}-new"]').set_input_files(path)
        if self.script:  # it sends the file at once; without it the file goes with the form
            self.page.locator(".op-chosen li", has_text=name).locator(f'button[value^="unlink:{field}:"]').wait_for()

    def password(self, text: str = PASSWORD) -> None:
        self.page.locator("#password").fill(text)

    def send(self) -> None:
        """Send the form; what is wrong with it fails the walk in the words people would read."""
        address = urlsplit(self.page.url).path
        self.submit()
        self.page.wait_for_load_state()
        errors = self.page.locator(".govuk-error-summary")
        assert not errors.count(), f"{self.heading()}: {errors.inner_text()}"
        assert not self.page.locator(f'form#task[action="{address}"]').count(), f"{self.heading()}: not sent"
        self.look()

    def submit(self) -> None:
        self._click(self.page.locator(".op-savebar button[value=send]"))

    def do(self, task: Task, answers: Mapping[str, Any] | None = None, *, sign: bool = False) -> None:
        """Open a task, choose what `answers` says (legend → option), sign by password when asked, send."""
        self.open(task)
        for legend, option in (answers or {}).items():
            self.choose(legend, option)
        if sign:
            self.password()
        self.send()
        self.site.settle()

    def close(self) -> None:
        self.context.close()
