"""A walker whose people answer at the browser: one at the phone's width, one by keyboard alone, the rest at a desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.cases.models import Case, Task
from app.cases.operations import Moved
from app.db import utcnow
from app.people import actor as actors
from app.people.actor import Actor
from app.people.models import Position
from forms.values import as_formdata
from tests.campaign.walk import Walker
from tests.e2e.audit import Audit
from tests.e2e.desk import Desk
from tests.e2e.site import Site
from tests.small import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

PHONE = {"width": 390, "height": 844}
MOST_TABS = 400
KIND = "e => e.type === 'radio' || e.type === 'checkbox' ? e.type : e.tagName.toLowerCase()"


class Hand(Walker):
    """`browse`: forms answered at the browser, all others go headless. `phones`, `keyboards`: roles and how they work."""

    site: Site
    browser: Browser
    audit: Audit
    browse: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    keyboards: frozenset[str] = frozenset()

    def sit(self, site: Site, browser: Browser, audit: Audit) -> None:
        self.site, self.browser, self.audit = site, browser, audit
        self.desks: dict[int, Desk] = {}
        self.worked: dict[str, set[str]] = {}
        self.complaints: list[str] = []

    def send(self, task: Task, answers: Mapping[str, Any] | None = None, *, actor: Actor | None = None) -> Moved:
        if task.form not in self.browse:
            return super().send(task, answers, actor=actor)
        self.now = utcnow()
        actor = actor or self.holder(task)
        form = self.form(task, actor, answers or {})
        assert form.validate(), [issue.text for issue in form.issues()]
        data = as_formdata(form.answers())
        self.form(task, actor, answers or {})
        desk, pairs = self.desk_of(actor), [(n, t) for n in data for t in data.getlist(n)]
        way = self._keys if actor.role in self.keyboards else self._hands
        way(desk, task, actor, pairs)
        self.worked.setdefault(actor.role, set()).add(task.form)
        self.settle()
        with self.system.db.read() as session:
            case = session.get_one(Case, task.case_id)
            return Moved(case.id, case.version, case.status)

    def desk_of(self, actor: Actor) -> Desk:
        """The browser of a person, in this position of his."""
        if actor.person_id not in self.desks:
            login = self.site.login(actor.person_id)
            self.desks[actor.person_id] = Desk(self.site, self.browser, self.audit).sign_in(login)
        desk = self.desks[actor.person_id]
        desk.page.goto("/tasks")
        place = desk.page.locator(f'.op-menu--pos button[name=position][value="{actor.position_id}"]')
        if place.get_attribute("aria-current") is None:
            desk.page.locator(".op-menu--pos summary").click()
            desk._click(place)
        return desk

    def look(self, actor: Actor, path: str, name: str = "") -> None:
        """A page that a person of the year opens."""
        self.desk_of(actor).go(path, name)

    def actor_of_position(self, position: Position) -> Actor:
        """Who acts in a position."""
        with self.system.db.read() as session:
            found = actors.actors_of(session, position.person_id, self.now.date())
        return next(a for a in found if a.position_id == position.id)

    def leave(self) -> None:
        for desk in self.desks.values():
            self.complaints += desk.complaints
            desk.close()
        self.desks.clear()

    # by hand ------------------------------------------------------------------------------------------------------------

    def _hands(self, desk: Desk, task: Task, actor: Actor, pairs: list[tuple[str, str]]) -> None:
        desk.go(f"/tasks/{task.id}", f"task {task.form}")
        if actor.role in self.phones:
            desk.page.set_viewport_size(PHONE)
        for name, text in pairs:
            field = _field(desk.page, name, text)
            if field is not None:
                _put(field, text)
        if self.shown:
            desk.password()
        desk.send()

    # by keyboard --------------------------------------------------------------------------------------------------------

    def _keys(self, desk: Desk, task: Task, actor: Actor, pairs: list[tuple[str, str]]) -> None:
        """From the work list to the sent form without a pointer."""
        page = desk.page
        desk.look()
        page.goto("/tasks")
        _tab(page, f"() => document.activeElement.getAttribute('href') === '/tasks/{task.id}'")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        desk.look(f"task {task.form}")
        for name, text in pairs:
            field = _field(page, name, text, keys=True)
            if field is not None and field.is_visible() and field.is_enabled():
                _type(page, field, name, text)
        if self.shown:
            _tab(page, "() => document.activeElement.id === 'password'")
            page.keyboard.type(PASSWORD)
        _tab(page, "() => document.activeElement.matches('.op-savebar button[value=send]')")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        errors = page.locator(".govuk-error-summary")
        assert not errors.count(), f"{desk.heading()}: {errors.inner_text()}"


def _field(page: Page, name: str, text: str, *, keys: bool = False) -> Locator | None:
    """Where a value is put; None where the page carries it itself or does not ask for it with these answers."""
    found = page.locator(f'form#task [name="{name}"]:not([type=hidden])')
    if not found.count():
        value = f"add:{name.partition('-')[0]}"
        add = page.locator(f'form#task button[value="{value}"]')
        if "-" not in name or not add.count() or page.locator(f'form#task [name="{name}"]').count():
            return None
        if keys:
            _tab(page, f"() => document.activeElement.value === {value!r}")
        with page.expect_navigation():
            add.press("Enter") if keys else add.click()
        return _field(page, name, text, keys=keys)
    if found.first.evaluate(KIND) in ("radio", "checkbox"):
        found = page.locator(f'form#task [name="{name}"][value="{text}"]')
    return found.first if found.count() else None


def _put(field: Locator, text: str) -> None:
    kind = field.evaluate(KIND)
    if not field.is_visible() or field.is_disabled():
        return
    if kind in ("radio", "checkbox"):
        field.set_checked(True, force=True)
    elif kind == "select":
        field.select_option(value=text)
    else:
        field.fill(text)


def _type(page: Page, field: Locator, name: str, text: str) -> None:
    kind = field.evaluate(KIND)
    if kind == "radio":
        _tab(page, f"() => document.activeElement.name === {name!r}")
        for _ in range(10):
            if field.is_checked():
                return
            page.keyboard.press("ArrowDown")
            if not field.is_checked() and page.evaluate("document.activeElement.checked") is False:
                page.keyboard.press("Space")
        assert field.is_checked(), f"{name} cannot be chosen by keyboard"
        return
    value = repr(text) if kind == "checkbox" else "''"
    _tab(
        page,
        f"() => {{ const e = document.activeElement; return e.name === {name!r} && (!{value} || e.value === {value}) }}",
    )
    if kind == "checkbox":
        if not field.is_checked():
            page.keyboard.press("Space")
    elif kind == "select":
        page.keyboard.press("Home")
        for _ in range(200):
            if field.input_value() == text:
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name} cannot be chosen by keyboard")
    else:
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(text)


def _tab(page: Page, there: str) -> None:
    """Press Tab until the focus is there, from where it is, round the page at most once."""
    for _ in range(MOST_TABS):
        if page.evaluate(there):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach it: {there}")
