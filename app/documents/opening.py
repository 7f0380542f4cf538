"""What is asked before an act is begun by hand: which one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.cases.handlers import Handlers, Question
from app.cases.openings import OWN
from app.documents.acts import kinds_by_hand

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.cases.system import System
    from app.people.actor import Actor
    from app.people.models import Organisation


def which_act(session: Session, system: System, actor: Actor, about: Organisation) -> Sequence[Question]:
    """The kinds of acts that the actor's organisation issues without another case."""
    return [Question("document_kind", "Вид акта", kinds_by_hand(system, actor))]


HANDLERS = Handlers(asked={"act": which_act}, about={"act": OWN})
