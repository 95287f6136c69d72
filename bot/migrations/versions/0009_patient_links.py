"""invitations by which a patient's own chat is linked to a health worker's case

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NAME = "fk_invitations_case_id"
_INDEX = "ix_invitations_case_id"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # SQLite takes a reference with the column, not after it.
        op.execute(
            f"ALTER TABLE invitations ADD COLUMN case_id INTEGER CONSTRAINT {_NAME} REFERENCES cases (id)"
        )
    else:
        op.add_column("invitations", sa.Column("case_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(_NAME), "invitations", "cases", ["case_id"], ["id"])
    op.create_index(op.f(_INDEX), "invitations", ["case_id"])


def downgrade() -> None:
    op.execute("DELETE FROM invitations WHERE case_id IS NOT NULL")
    op.drop_index(op.f(_INDEX), "invitations")
    op.drop_column("invitations", "case_id")
