"""A person who works by keyboard alone: no pointer anywhere, from signing in to the sent form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.desk import Desk
from tests.small import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Locator

MOST_TABS = 400
MOST_OPTIONS = 200


class Keys(Desk):
    """A desk without a mouse. What the keyboard does not reach fails the walk."""

    def sign_in(self, login: str) -> Desk:
        self.page.goto("/sign-in")
        for name, text in (("login", login), ("password", PASSWORD)):
            self.tab(f"() => document.activeElement.id === {name!r}")
            self.page.keyboard.insert_text(text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        assert "/sign-in" not in self.page.url, self.page.locator("main").inner_text()[:300]
        return self

    def press_on(self, what: Locator) -> None:
        self._reach(what)
        self.page.keyboard.press("Enter")

    def _click(self, what: Locator) -> None:
        """Tab to it and press Enter."""
        self._reach(what)
        with self.page.expect_navigation() as moved:
            self.page.keyboard.press("Enter")
        answer = moved.value
        assert answer is None or answer.status < 400 or answer.status in (409, 422), f"{self.page.url}: {answer.status}"

    def put(self, field: Locator, kind: str, name: str, text: str) -> None:
        if kind == "radio":
            self._choose(field, name)
            return
        self._reach(field)
        if kind == "checkbox":
            if not field.is_checked():
                self.page.keyboard.press("Space")
        elif kind == "select":
            self._select(field, name, text)
        else:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(text)

    def _choose(self, field: Locator, name: str) -> None:
        """Radio buttons are one stop of the Tab key; arrows go through them."""
        self.tab(f"() => document.activeElement.name === {name!r}")
        self.page.keyboard.press("Space")
        for _ in range(MOST_OPTIONS):
            if field.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name} cannot be chosen by keyboard")

    def _select(self, field: Locator, name: str, text: str) -> None:
        self.page.keyboard.press("Home")
        for _ in range(MOST_OPTIONS):
            if field.input_value() == text:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name} cannot be chosen by keyboard")

    def password(self, text: str = PASSWORD) -> None:
        self.tab("() => document.activeElement.id === 'password'")
        self.page.keyboard.insert_text(text)

    def _reach(self, what: Locator) -> None:
        what.first.evaluate("e => { window.sought = e }")
        self.tab("() => document.activeElement === window.sought")

    def tab(self, there: str) -> None:
        """Press Tab until the focus is there, from where it is, round the page at most once."""
        for _ in range(MOST_TABS):
            if self.page.evaluate(there):
                assert self.page.evaluate("document.activeElement.matches(':focus-visible')"), "the focus is not seen"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach it: {self.page.url}: {there}")
