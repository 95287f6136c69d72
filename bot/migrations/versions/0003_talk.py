"""what the language model is asked and says; what an engine says of itself

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "talk_jobs",
        sa.Column("id", _ID, nullable=False),
        sa.Column("chat_id", _ID, nullable=False),
        sa.Column("findings_job_id", _ID, nullable=True),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=True),
        sa.Column("until", sa.Double(), nullable=True),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_talk_jobs_chat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_jobs")),
    )
    op.create_index(op.f("ix_talk_jobs_chat_id"), "talk_jobs", ["chat_id"])
    op.create_index(op.f("ix_talk_jobs_state"), "talk_jobs", ["state"])
    op.add_column("findings_jobs", sa.Column("soft", sa.LargeBinary(), nullable=True))
    op.add_column("heartbeats", sa.Column("details", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("heartbeats", "details")
    op.drop_column("findings_jobs", "soft")
    op.drop_table("talk_jobs")
