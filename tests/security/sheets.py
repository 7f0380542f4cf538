"""The order of the campaign on its way through an approval sheet of three people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.cases import operations
from app.cases.models import Task
from app.cases.move import Proof
from tests.campaign.walk import Walker
from tests.security import town


def approvers(walker: Walker) -> list[Task]:
    return walker.tasks(form="sign_off_visa")


def visa(walker: Walker, task: Task, answers: dict[str, Any]) -> Callable[[], Any]:
    """What is sent, laid out beforehand, so that only the sending runs at once."""
    actor = walker.holder(task)
    form = walker.form(task, actor, answers)
    assert form.validate(), [issue.text for issue in form.issues()]
    proof, values, routing = Proof(walker.shown), form.answers(), form.routing()
    sent = {"actor": actor, "now": walker.now, "proof": proof}
    return lambda: operations.complete_task(walker.system, task.id, dict(values), routing, **sent)


def to_the_route(walker: Walker) -> None:
    """From the middle of the campaign to an order that waits for its sheet."""
    for task in walker.tasks(form="pack_answer"):
        walker.send(task, {"outcome": "confirm"})
    walker.do("objection_opinion", {"opinion": "support", "text": "Подтверждаем доводы школы."})
    town.decide(walker)
    walker.do("campaign_final", {"outcome": "sign"})
    walker.do("act_draft", {"outcome": "send"})


def send_round(walker: Walker, parts: Sequence[str]) -> None:
    """A sheet of as many rows as there are parts: `whole` or a part of the text. The profile's rows keep their stages,
    what is added signs in the first one.
    """
    task = walker.task("sign_off_route")
    blank = walker.form(task, walker.holder(task))
    rows = blank.answers()["stages"]
    taken = {str(row["position"]) for row in rows}
    free = [code for code, _ in blank.stages.columns[1].choices if str(code) not in taken]
    while len(rows) < len(parts):
        rows.append({"stage": 1, "position": free.pop(), "days": 3})
    asked = [
        {**row, **({"scope": "whole"} if part == "whole" else {"scope": "sections", "sections": part})}
        for row, part in zip(rows, parts, strict=False)
    ]
    walker.send(task, {"stages": asked})


def finish(walker: Walker) -> None:
    while tasks := approvers(walker):
        walker.send(tasks[0], {"conclusion": "agreed"})
