"""Who may do what: one table of actions, and one rule of territory shared by single objects and lists.

`may(actor, action)` asks the table; with an object it also asks whether the object lies in the actor's territory, by the
very clause that cuts the lists, so a page and a list cannot disagree. Whether a *task* is the actor's own is a rule of
the task's row (`holds_task`); which processes a role may open is said by the diagrams.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import object_session

from app.errors import NotAllowed, NotFound
from app.people.actor import Actor
from app.people.roles import ROLES
from app.people.territory import scope, within

EVERYBODY = frozenset(ROLES)
READERS = EVERYBODY - {"administrator"}
WORKERS = READERS - {"auditor"}
MINISTRY = frozenset({"ministry", "minister", "controller"})
OPERATOR = frozenset({"regional_operator", "operator_head"})
MUNICIPAL = frozenset({"municipal_authority", "municipal_method_service"})
SCHOOL = frozenset({"school_head", "school_deputy"})
OVERSIGHT = MINISTRY | OPERATOR | MUNICIPAL | {"pd_center", "auditor", "legal", "clerk"}

ACTIONS: dict[str, frozenset[str]] = {
    # one's own account and what everybody signed in may use
    "account.use": EVERYBODY,
    "help.read": EVERYBODY,
    # work
    "task.read": READERS,
    "task.complete": WORKERS,
    "task.claim": WORKERS,
    "task.assign": WORKERS,
    "draft.write": WORKERS,
    "case.read": READERS,
    "case.open": WORKERS - {"legal", "clerk"},
    "case.comment": WORKERS,
    "case.cancel": WORKERS,
    "case.pause": OPERATOR | MUNICIPAL | {"ministry", "controller"},
    "case.export": READERS,
    "case.migrate": OPERATOR,
    "search.use": READERS,
    "file.read": READERS,
    "file.write": WORKERS,
    "list.export": READERS,
    # documents
    "document.read": READERS,
    "document.sign": WORKERS,
    "document.register": OPERATOR | MUNICIPAL | SCHOOL | {"clerk", "ministry"},
    "document.publish": OPERATOR | MUNICIPAL | SCHOOL | {"clerk", "ministry"},
    # data
    "import.read": OPERATOR | MINISTRY | {"auditor"},
    "import.write": OPERATOR,
    "result.read": OVERSIGHT | SCHOOL | {"curator", "tutor", "expert"},
    "identification.read": OVERSIGHT | SCHOOL | {"curator", "tutor", "expert"},
    "identification.run": OPERATOR,
    "school.read": READERS,
    "school.write": OPERATOR,
    "monitoring.read": OVERSIGHT,
    "monitoring.write": OPERATOR,
    # keeping the installation
    "people.read": OVERSIGHT | SCHOOL | {"administrator"},
    "people.manage": frozenset({"administrator"}),
    "substitution.manage": MINISTRY | OPERATOR | MUNICIPAL | SCHOOL | {"pd_center", "administrator"},
    "incident.read": OPERATOR | {"administrator"},
    "incident.retry": OPERATOR | {"administrator"},
    "journal.read": OPERATOR | MINISTRY | {"auditor"},
    "journal.verify": OPERATOR | MINISTRY | {"auditor", "administrator"},
    "settings.read": OPERATOR | {"administrator", "auditor"},
    "settings.manage": frozenset({"administrator"}),
    "workflow.read": EVERYBODY,
    "workflow.publish": OPERATOR,
    "calendar.manage": OPERATOR,
}

LOGGED_READERS = frozenset({"auditor"})
"""Roles whose every look at an object is itself written to the journal."""


def roles_of(action: str) -> frozenset[str]:
    """Roles that may do the action at all; LookupError for an action that is not in the table."""
    if action not in ACTIONS:
        raise LookupError(f"no action {action!r} in app.people.policy.ACTIONS")
    return ACTIONS[action]


def may(actor: Actor | None, action: str, obj: Any = None) -> bool:
    """May the actor do the action, on this object when one is given (a row loaded in an open session).

    LookupError: unknown action. A task is judged by `holds_task`, a position by `manages`, everything else by territory;
    for `case.open` the object is the organisation that the case is to be about.
    """
    roles = roles_of(action)
    if actor is None or actor.role not in roles:
        return False
    if obj is None:
        return True
    return RULES.get(action, _in_territory)(actor, obj)


def require(actor: Actor | None, action: str, obj: Any = None) -> None:
    """Refuse unless `may`: NotFound when the object may not even be known to the actor, NotAllowed otherwise."""
    if may(actor, action, obj):
        return
    if obj is not None and (actor is None or not _in_territory(actor, obj)):
        raise NotFound("Такой страницы нет или она вам не открыта.")
    raise NotAllowed(
        "Это действие не входит в права вашей должности.",
        advice="Если у вас несколько должностей, переключитесь на другую в меню сверху.",
    )


def holds_task(actor: Actor, task: Any) -> bool:
    """Is the task put before this actor: by name of the position, or by role (one of `a|b`) in the organisation.

    A task for the head of an organisation asks for one; a task taken by a colleague is his until he gives it back.
    """
    if actor.role in ("auditor", "administrator"):
        return False
    if task.claimed_by is not None and task.claimed_by != actor.position_id:
        return False
    if task.position_id is not None:
        return task.position_id == actor.position_id
    if task.organisation_id != actor.organisation_id or (task.head and not actor.head):
        return False
    return actor.role in task.role.split("|")


def could_hold_task(actor: Actor, task: Any) -> bool:
    """As `holds_task`, whoever has taken it: who is shown as «кто ещё может»."""
    return holds_task(actor, _Unclaimed(task))


def manages(actor: Actor, obj: Any) -> bool:
    """An administrator manages his region; the head of an organisation the substitutions of its positions."""
    organisation_id = getattr(obj, "organisation_id", None) or getattr(obj, "id", None)
    if actor.role == "administrator":
        return _in_territory(actor, obj)
    return actor.head and organisation_id == actor.organisation_id


def reassigns(actor: Actor, task: Any) -> bool:
    """A task is handed over by its holder, by the head of its organisation, or by the operator in the region.

    While a colleague has taken it, he is its holder, whoever else could do it.
    """
    if actor.role in OPERATOR:
        return _in_territory(actor, task)
    return holds_task(actor, task) or (actor.head and task.organisation_id == actor.organisation_id)


def cancels(actor: Actor, case: Any) -> bool:
    """A case is cancelled by the position that opened it or by the operator."""
    if actor.role in OPERATOR:
        return _in_territory(actor, case)
    return case.opened_by == actor.position_id


def _in_territory(actor: Actor, obj: Any) -> bool:
    session = object_session(obj)
    if session is None:
        raise ValueError("the object must be loaded in an open session: its place in the region is asked there")
    return within(session, actor, obj)


class _Unclaimed:
    """The same task as if nobody had taken it."""

    claimed_by = None

    def __init__(self, task: Any) -> None:
        self.role, self.head = task.role, task.head
        self.organisation_id, self.position_id = task.organisation_id, task.position_id


RULES = {
    "task.complete": holds_task,
    "task.claim": holds_task,
    "draft.write": holds_task,
    "task.assign": reassigns,
    "case.open": _in_territory,
    "case.cancel": cancels,
    "people.manage": _in_territory,
    "substitution.manage": manages,
}

__all__ = ["ACTIONS", "could_hold_task", "holds_task", "manages", "may", "require", "scope", "within"]
