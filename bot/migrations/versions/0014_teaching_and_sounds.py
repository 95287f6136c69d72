"""whether a case may teach the model; sentences of a pack that somebody wants to hear

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "teaching_consents",
        sa.Column("id", _ID, nullable=False),
        sa.Column("chat_id", _ID, nullable=True),
        sa.Column("case_id", _ID, nullable=True),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("text_version", sa.String(length=64), nullable=False),
        sa.Column("withdrawn_at", sa.Double(), nullable=True),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("by_person", _ID, nullable=True),
        _refers("teaching_consents", "chat_id", "chats"),
        _refers("teaching_consents", "case_id", "cases"),
        _refers("teaching_consents", "by_person", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teaching_consents")),
    )
    for column in ("chat_id", "case_id"):
        op.create_index(op.f(f"ix_teaching_consents_{column}"), "teaching_consents", [column])
    op.create_table(
        "pack_sounds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("by_person", _ID, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=True),
        sa.Column("audio", sa.LargeBinary(), nullable=True),
        _refers("pack_sounds", "version_id", "pack_versions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_sounds")),
    )
    for column in ("version_id", "state"):
        op.create_index(op.f(f"ix_pack_sounds_{column}"), "pack_sounds", [column])


def downgrade() -> None:
    op.drop_table("pack_sounds")
    op.drop_table("teaching_consents")
