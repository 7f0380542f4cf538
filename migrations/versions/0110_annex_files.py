"""Files that are annexes of a document: who may read the document may read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0110"
down_revision = "0100"


def upgrade() -> None:
    with op.batch_alter_table("stored_file") as table:
        table.add_column(sa.Column("document_id", sa.BigInteger(), comment="the document that it is an annex of"))
        table.create_foreign_key("fk_stored_file_document_id_document", "document", ["document_id"], ["id"])
    op.create_index("ix_stored_file_document_id", "stored_file", ["document_id"])
