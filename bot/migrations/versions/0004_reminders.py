"""questions that are asked later; replies that are not good for ever

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", _ID, nullable=False),
        sa.Column("chat_id", _ID, nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_reminders_chat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    op.create_index(op.f("ix_reminders_chat_id"), "reminders", ["chat_id"])
    op.create_index("ix_reminders_due", "reminders", ["state", "due_at"])
    op.add_column("replies", sa.Column("expires_at", sa.Double(), nullable=True))
    op.create_index(op.f("ix_replies_expires_at"), "replies", ["expires_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_replies_expires_at"), "replies")
    op.drop_column("replies", "expires_at")
    op.drop_table("reminders")
