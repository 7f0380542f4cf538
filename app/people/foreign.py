"""Light names of tables of other rooms: territory must know them, but may not import their code."""

from __future__ import annotations

import sqlalchemy as sa

CASE = sa.table(
    "case",
    sa.column("id"),
    sa.column("region"),
    sa.column("kind", sa.String),
    sa.column("subject_id"),
    sa.column("opened_by"),
)
TASK = sa.table(
    "task",
    sa.column("case_id"),
    sa.column("organisation_id"),
    sa.column("role", sa.String),
    sa.column("position_id"),
)
ANSWER = sa.table("answer", sa.column("case_id"), sa.column("position_id"))
LINK = sa.table("school_link", sa.column("school_id"), sa.column("predecessor_id"))
APPROVAL = sa.table("approval_row", sa.column("document_id"), sa.column("position_id"))
ROUTE = sa.table("teacher_route", sa.column("case_id"), sa.column("person_id"), sa.column("tutor_id"))
ONES_OWN = sa.table("personal_document", sa.column("document_id"), sa.column("person_id"))

TEACHER = sa.table("teacher", sa.column("id"), sa.column("person_id"), sa.column("school_id"))
TRAINEE = sa.table("trainee", sa.column("id"), sa.column("person_id"), sa.column("school_id"))
