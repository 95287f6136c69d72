"""a health worker's weekly summary that comes by itself

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "weekly_summaries",
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_weekly_summaries_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_weekly_summaries")),
    )
    op.create_index(op.f("ix_weekly_summaries_due_at"), "weekly_summaries", ["due_at"])


def downgrade() -> None:
    op.drop_table("weekly_summaries")
