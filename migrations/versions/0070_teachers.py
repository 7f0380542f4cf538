"""Teachers, skill gaps, routes, groups with seats, applications, certificates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import Json, Moment

revision = "0070"
down_revision = "0050"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _teacher()
    _teacher_subject()
    _retraining()
    _skill_gap()
    _gap_review()
    _training_need()
    _training()
    _teacher_route()
    _route_step()
    _personal_document()
    _training_application()
    _application_row()
    _trainee()
    _training_lesson()
    _certificate()


def _teacher() -> None:
    op.create_table(
        "teacher",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("position_id", sa.BigInteger(), sa.ForeignKey("position.id"), nullable=False),
        sa.Column("post", sa.String(255), nullable=False),
        sa.Column("leader", sa.Boolean(), nullable=False),
        sa.Column("hours", sa.Float()),
        sa.Column("takes_part", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(20)),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date()),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.CheckConstraint("takes_part or reason is not null", name="reason"),
        sa.CheckConstraint("hours is null or hours between 0 and 60", name="hours"),
        sa.UniqueConstraint("person_id", "school_id"),
        sa.CheckConstraint("left_on is null or left_on >= listed_on", name="days"),
    )
    op.create_index("ix_teacher_school", "teacher", ["school_id"])


def _teacher_subject() -> None:
    op.create_table(
        "teacher_subject",
        sa.Column("teacher_id", sa.BigInteger(), sa.ForeignKey("teacher.id"), primary_key=True),
        sa.Column("subject", sa.String(40), primary_key=True),
    )


def _retraining() -> None:
    op.create_table(
        "retraining",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(255), nullable=False),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("place", sa.String(255), nullable=False),
        sa.Column("session_on", sa.Date()),
        sa.Column("responsible_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.Column("conclusion", sa.Text(), nullable=False),
    )


def _skill_gap() -> None:
    op.create_table(
        "skill_gap",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(5), nullable=False),
        sa.Column("subject", sa.String(40)),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("percent", sa.Float(), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("note", sa.String(255), nullable=False),
        sa.CheckConstraint("level in ('high','medium','low','none')", name="level"),
        sa.CheckConstraint("percent between 0 and 100", name="percent"),
        sa.CheckConstraint("kind in ('subject','cross_subject','psych_ped','ict','management')", name="kind"),
        sa.CheckConstraint("phase in ('entry','exit')", name="phase"),
    )
    op.create_index("ix_skill_gap_case_id", "skill_gap", ["case_id"])
    op.create_index("ix_skill_gap_person", "skill_gap", ["person_id", "phase", "kind"])


def _gap_review() -> None:
    op.create_table(
        "gap_review",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("proposal", sa.String(10), nullable=False),
        sa.Column("topics", sa.String(255), nullable=False),
        sa.Column("tutor_id", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.UniqueConstraint("case_id", "person_id"),
        sa.CheckConstraint("proposal in ('route','pair','courses','nothing')", name="proposal"),
    )
    op.create_index("ix_gap_review_person_id", "gap_review", ["person_id"])


def _training_need() -> None:
    op.create_table(
        "training_need",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("gap_kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(40)),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(20)),
        sa.Column("common", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("case_id", "number"),
        sa.CheckConstraint("people > 0", name="people"),
        sa.CheckConstraint("kind in ('course','internship')", name="kind"),
    )
    op.create_index("ix_training_need_school_id", "training_need", ["school_id"])


def _training() -> None:
    op.create_table(
        "training",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("region", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("audience", sa.String(40), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("gap_kinds", Json(), nullable=False),
        sa.Column("subject", sa.String(40)),
        sa.Column("themes", Json(), nullable=False),
        sa.Column("infrastructure", sa.String(40)),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("teachers", Json(), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("site_id", sa.BigInteger(), sa.ForeignKey("organisation.id")),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("postponed", sa.Integer(), nullable=False),
        sa.Column("feedback", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('course','internship')", name="kind"),
        sa.CheckConstraint("kind = 'course' or site_id is not null", name="site"),
        sa.CheckConstraint("starts_on <= ends_on", name="days"),
        sa.CheckConstraint("seats between 1 and 200", name="seats"),
        sa.CheckConstraint("taken between 0 and seats", name="taken"),
        sa.CheckConstraint("state in ('draft','open','running','done','cancelled')", name="state"),
    )
    op.create_index("ix_training_region", "training", ["region"])


def _teacher_route() -> None:
    op.create_table(
        "teacher_route",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("tutor_id", sa.BigInteger(), sa.ForeignKey("position.id"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("uncovered", sa.Text(), nullable=False),
        sa.Column("agreed_at", Moment()),
        sa.Column("ends_on", sa.Date()),
        sa.Column("reflection", sa.Text(), nullable=False),
        sa.Column("shares", sa.Boolean()),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(10)),
        sa.CheckConstraint("outcome is null or outcome in ('closed','refused')", name="outcome"),
    )
    op.create_index("ix_teacher_route_person_id", "teacher_route", ["person_id"])
    op.create_index("ix_teacher_route_tutor_id", "teacher_route", ["tutor_id"])


def _route_step() -> None:
    op.create_table(
        "route_step",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("dropped_in", sa.Integer()),
        sa.Column("gap_id", sa.BigInteger(), sa.ForeignKey("skill_gap.id")),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer()),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("training_id", sa.BigInteger(), sa.ForeignKey("training.case_id")),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(20), nullable=False),
        sa.Column("mentor", sa.Boolean(), nullable=False),
        sa.Column("result", sa.String(10)),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("link", sa.String(2000), nullable=False),
        sa.Column("files", Json(), nullable=False),
        sa.Column("reported_at", Moment()),
        sa.Column("mark", sa.String(10)),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("marked_at", Moment()),
        sa.Column("lost", sa.String(255), nullable=False),
        sa.CheckConstraint("mark is null or mark in ('accepted','returned')", name="mark"),
        sa.CheckConstraint("hours is null or hours > 0", name="hours"),
        sa.CheckConstraint("result is null or result in ('done','partly','not_done')", name="result"),
        sa.UniqueConstraint("case_id", "edition", "number"),
    )
    op.create_index("ix_route_step_training_id", "route_step", ["training_id"])


def _personal_document() -> None:
    op.create_table(
        "personal_document",
        sa.Column("document_id", sa.BigInteger(), sa.ForeignKey("document.id"), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
    )
    op.create_index("ix_personal_document_person_id", "personal_document", ["person_id"])


def _training_application() -> None:
    op.create_table(
        "training_application",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("municipality_id", sa.BigInteger(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("half", sa.Integer(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.CheckConstraint("half in (1,2)", name="half"),
    )
    op.create_index("ix_training_application_municipality_id", "training_application", ["municipality_id"])


def _application_row() -> None:
    op.create_table(
        "application_row",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("training_application.case_id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("topic", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("audience", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(40)),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("gap_kind", sa.String(20)),
        sa.Column("month", sa.String(20)),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("quota", sa.Integer()),
        sa.Column("training_id", sa.BigInteger(), sa.ForeignKey("training.case_id")),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.CheckConstraint("people > 0", name="people"),
        sa.CheckConstraint("quota is null or (quota >= 0 and quota <= people)", name="quota"),
        sa.CheckConstraint("priority between 1 and 3", name="priority"),
        sa.CheckConstraint("kind in ('course','internship')", name="kind"),
        sa.UniqueConstraint("case_id", "number"),
    )
    op.create_index("ix_application_row_school_id", "application_row", ["school_id"])
    op.create_index("ix_application_row_training_id", "application_row", ["training_id"])


def _trainee() -> None:
    op.create_table(
        "trainee",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("training.case_id"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("position_id", sa.BigInteger(), sa.ForeignKey("position.id"), nullable=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id")),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("row_id", sa.BigInteger(), sa.ForeignKey("application_row.id")),
        sa.Column("why", sa.String(255), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(10)),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.Column("learned", sa.Text(), nullable=False),
        sa.Column("plans", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(10)),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('enrolled','reserve','declined','expelled')", name="state"),
        sa.UniqueConstraint("case_id", "person_id"),
        sa.CheckConstraint("result is null or result in ('passed','failed','expelled')", name="result"),
        sa.CheckConstraint("mark is null or mark in ('done','partly','returned')", name="mark"),
    )
    op.create_index("ix_trainee_person_id", "trainee", ["person_id"])
    op.create_index("ix_trainee_row_id", "trainee", ["row_id"])


def _training_lesson() -> None:
    op.create_table(
        "training_lesson",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("training.case_id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("topic", sa.String(255), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("absent", Json(), nullable=False),
        sa.CheckConstraint("hours > 0", name="hours"),
        sa.UniqueConstraint("case_id", "number"),
    )


def _certificate() -> None:
    op.create_table(
        "certificate",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("trainee_id", sa.BigInteger(), sa.ForeignKey("trainee.id"), nullable=False),
        sa.Column("document_id", sa.BigInteger(), sa.ForeignKey("document.id"), nullable=False, unique=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("spoilt_at", Moment()),
        sa.Column("spoilt_reason", sa.String(255), nullable=False),
        sa.CheckConstraint("state in ('issued','spoilt')", name="state"),
        sa.CheckConstraint("(state = 'spoilt') = (spoilt_at is not null)", name="spoilt"),
    )
    op.create_index(
        "uq_certificate_issued",
        "certificate",
        ["trainee_id"],
        unique=True,
        sqlite_where=sa.text("state = 'issued'"),
        postgresql_where=sa.text("state = 'issued'"),
    )
