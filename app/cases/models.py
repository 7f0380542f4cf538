"""Cases, open tasks, drafts, deadlines, remarks: what the one place that moves a case reads and writes."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import search
from app.db import Base, BigId, Json, Moment


class Definition(Base):
    """A published version of a process: the exact files it was published from. Cases are pinned to its hash."""

    __tablename__ = "definition"

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    process: Mapped[str] = mapped_column(sa.String(60), index=True)
    files: Mapped[dict] = mapped_column(Json, comment="file name → text")
    published_at: Mapped[datetime] = mapped_column(Moment)


IDLE = sa.text("status = 'open' AND awaits = ''")
"""Of an open case that says it waits for nothing: it has a task or a date, or it stands still for ever."""


class Case(Base):
    """One course of a process. `kind` is the process; `subject_id` the organisation it is about.

    `state` is the engine's compact state and opaque to everybody else. `stage` is the last milestone for lists.
    `awaits` says in one phrase what an open case waits for; it is written by the move itself.
    """

    __tablename__ = "case"
    __table_args__ = (
        sa.CheckConstraint("status in ('open','done','cancelled')", name="status"),
        sa.CheckConstraint("(status = 'open') = (closed_at is null)", name="closed"),
        sa.Index("ix_case_kind_region", "region", "kind", "status", "id"),
        sa.Index("ix_case_opener", "opened_by", "id"),
        sa.Index("ix_case_parent", "parent_id", "kind"),
        sa.Index("ix_case_subject", "subject_id", "kind", "status", "id"),
        sa.Index("ix_case_newest", "subject_id", "status", "id"),
        sa.Index("uq_case_once", "once_key", unique=True),
        search.trigrams("ix_case_title", "title"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    profile: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(60))
    definition: Mapped[str] = mapped_column(sa.ForeignKey("definition.hash"))
    subject_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))
    school_year: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(500))
    number: Mapped[str | None] = mapped_column(sa.String(40))
    stage: Mapped[str] = mapped_column(sa.String(60), default="")
    awaits: Mapped[str] = mapped_column(sa.String(500), default="")
    status: Mapped[str] = mapped_column(sa.String(10), default="open")
    outcome: Mapped[str | None] = mapped_column(sa.String(60))
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[bytes] = mapped_column(sa.LargeBinary)
    data: Mapped[dict] = mapped_column(Json, default=dict, comment="facts of the opening: mode, run, target ids")
    once_key: Mapped[str | None] = mapped_column(sa.String(120), comment="unique while the case is open")
    opened_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


BY_NAME = sa.text("position_id IS NOT NULL")
TAKEN = sa.text("claimed_by IS NOT NULL")


class Task(Base):
    """A task that waits for a person; the row goes when the task is done (the journal keeps it).

    Who may do it: holders of `role` (or one of several, by `|`) in `organisation_id`, or `position_id` alone when set.
    `claimed_by` narrows it to one person.
    """

    __tablename__ = "task"
    __table_args__ = (
        sa.Index("ix_task_worklist", "organisation_id", "role", sa.text("coalesce(due_at, opened_at)"), "id"),
        sa.Index("ix_task_place", "organisation_id", "case_id"),
        sa.Index("ix_task_position", "position_id", sqlite_where=BY_NAME, postgresql_where=BY_NAME),
        sa.Index("ix_task_claimed", "claimed_by", sqlite_where=TAKEN, postgresql_where=TAKEN),
        sa.Index("ix_task_case", "case_id"),
        sa.Index("ix_task_due", "due_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    version: Mapped[int] = mapped_column(comment="the case's version when what the form shows was last laid out")
    key: Mapped[str] = mapped_column(sa.String(80))
    form: Mapped[str] = mapped_column(sa.String(80))
    name: Mapped[str] = mapped_column(sa.String(255))
    item: Mapped[str | None] = mapped_column(sa.String(40))
    role: Mapped[str] = mapped_column(sa.String(40))
    head: Mapped[bool] = mapped_column(default=False)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    position_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    claimed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)


class CaseMigration(Base):
    """A case that was moved to a newer version of its diagram: from which one, and what its open tasks were before."""

    __tablename__ = "case_migration"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run: Mapped[str] = mapped_column(sa.String(12), index=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    from_hash: Mapped[str] = mapped_column(sa.String(64))
    to_hash: Mapped[str] = mapped_column(sa.String(64))
    verdict: Mapped[str] = mapped_column(sa.String(7))
    before: Mapped[dict] = mapped_column(Json)
    version: Mapped[int] = mapped_column(comment="of the case when it had been moved")
    at: Mapped[datetime] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)


class Answer(Base):
    """What a form wrote when its task was done: the record of the answers, version by version."""

    __tablename__ = "answer"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "version"),
        sa.Index("ix_answer_position", "position_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    version: Mapped[int]
    form: Mapped[str] = mapped_column(sa.String(80))
    item: Mapped[str | None] = mapped_column(sa.String(40))
    position_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    data: Mapped[dict] = mapped_column(Json)


class Draft(Base):
    """The newest draft of a task's form; earlier versions stand in `DraftVersion`."""

    __tablename__ = "draft"

    task_id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    version: Mapped[int]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(Moment)
    data: Mapped[dict] = mapped_column(Json)


class DraftVersion(Base):
    __tablename__ = "draft_version"
    __table_args__ = (sa.UniqueConstraint("task_id", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    task_id: Mapped[str] = mapped_column(sa.String(32))
    version: Mapped[int]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(Moment)
    data: Mapped[dict] = mapped_column(Json)


class Deadline(Base):
    """A term with its legal basis. `wake_at` is the next moment somebody must look: the reminder, the term, the escalation.

    `kind`: task, wait, timer. `ref` is the engine's id of what is waited for. Null `wake_at`: nothing more will happen.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        sa.CheckConstraint("kind in ('task','wait','timer')", name="kind"),
        sa.UniqueConstraint("case_id", "ref"),
        sa.Index("ix_deadline_wake", "wake_at"),
        sa.Index("ix_deadline_due", "due_at", "case_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(sa.String(6))
    ref: Mapped[str] = mapped_column(sa.String(40))
    name: Mapped[str] = mapped_column(sa.String(255))
    term: Mapped[str] = mapped_column(sa.String(40))
    basis: Mapped[str] = mapped_column(sa.String(120))
    calendar: Mapped[str] = mapped_column(sa.String(40))
    started_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    step: Mapped[int] = mapped_column(default=0, comment="how many rungs of the ladder were climbed")
    wake_at: Mapped[datetime | None] = mapped_column(Moment)


class Pause(Base):
    """Days that do not count for the deadlines of a case, with the reason."""

    __tablename__ = "pause"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(40))
    basis: Mapped[str] = mapped_column(sa.String(500))
    since: Mapped[date] = mapped_column(sa.Date)
    until: Mapped[date | None] = mapped_column(sa.Date)
    position_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)


class Remark(Base):
    """A remark of a check or an approval, answered by the author; all rounds stay."""

    __tablename__ = "remark"
    __table_args__ = (sa.CheckConstraint("answer is null or length(answer_text) > 0", name="answer"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    form: Mapped[str] = mapped_column(sa.String(80))
    round: Mapped[int]
    place: Mapped[str] = mapped_column(sa.String(255), default="")
    text: Mapped[str] = mapped_column(sa.Text)
    compulsory: Mapped[bool] = mapped_column(default=True)
    position_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    behalf_of: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    answer: Mapped[str | None] = mapped_column(sa.String(20), comment="accepted, partly, declined")
    answer_text: Mapped[str | None] = mapped_column(sa.Text)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    edition: Mapped[int | None]
