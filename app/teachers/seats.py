"""Seats of a group: taken and freed only here, under the lock of the group's row.

The count and the people change in one statement each of one transaction; the constraint on `taken` is the last word.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import for_update
from app.errors import NotFound, Refused
from app.teachers.models import Trainee, Training

OPEN = ("open", "running")


def locked(session: Session, training_id: int) -> Training:
    """The group's row, locked until the end of the transaction."""
    row = session.scalar(for_update(sa.select(Training).where(Training.case_id == training_id)))
    if row is None:
        raise NotFound("Такой группы нет.")
    return row


def put(
    session: Session,
    training_id: int,
    person_id: int,
    position_id: int,
    *,
    school_id: int | None,
    state: str = "enrolled",
    row_id: int | None = None,
    why: str = "",
) -> Trainee:
    """Put a person into a group in a state, whichever he was in before.

    An enrolled one takes a seat: when there is none he is put into the reserve, and the caller sees it in `state`.
    Refused for a group that is over.
    """
    training = locked(session, training_id)
    if training.state not in OPEN:
        raise Refused("Запись в эту группу закрыта.", advice="Выберите другую группу.")
    trainee = session.scalar(sa.select(Trainee).where(Trainee.case_id == training_id, Trainee.person_id == person_id))
    if trainee is None:
        trainee = Trainee(
            case_id=training_id,
            person_id=person_id,
            position_id=position_id,
            school_id=school_id,
            state="reserve",
            row_id=row_id,
            why=why,
        )
        session.add(trainee)
        session.flush()
    move(session, trainee, state)
    return trainee


def move(session: Session, trainee: Trainee, state: str) -> str:
    """Change a trainee's state and the count of seats together; returns the state he is in now."""
    if state == trainee.state:
        return state
    if state == "enrolled" and not _take(session, trainee.case_id):
        state = trainee.state if trainee.state != "declined" else "reserve"
    elif trainee.state == "enrolled":
        _free(session, trainee.case_id)
    trainee.state = state
    session.flush()
    return state


def left(training: Training) -> int:
    return training.seats - training.taken


def _take(session: Session, training_id: int) -> bool:
    """One more seat, if there is one: the condition is asked of the locked row itself."""
    taken = (
        sa.update(Training)
        .where(Training.case_id == training_id, Training.taken < Training.seats)
        .values(taken=Training.taken + 1)
        .returning(Training.taken)
        .execution_options(synchronize_session=False)
    )
    found = session.scalar(taken)
    _fresh(session, training_id)
    return found is not None


def _free(session: Session, training_id: int) -> None:
    freed = sa.update(Training).where(Training.case_id == training_id).values(taken=Training.taken - 1)
    session.execute(freed.execution_options(synchronize_session=False))
    _fresh(session, training_id)


def _fresh(session: Session, training_id: int) -> None:
    """What the session holds of the group was read before the statement."""
    row = session.identity_map.get(session.identity_key(Training, training_id))
    if row is not None:
        session.expire(row, ["taken"])
