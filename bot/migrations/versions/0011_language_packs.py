"""language packs: versions, sentences, what is live, what was not understood

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("chats", sa.Column("pack_version", sa.String(40), nullable=False, server_default=""))
    op.create_table(
        "pack_versions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("plural", sa.String(300), nullable=False),
        sa.Column("translators", sa.JSON(), nullable=False),
        sa.Column("reviewers", sa.JSON(), nullable=False),
        sa.Column("voice", sa.String(40), nullable=False),
        sa.Column("parent", sa.String(16), nullable=False),
        sa.Column("negation", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("seed", sa.String(16), nullable=False),
        sa.Column("template", sa.String(16), nullable=False),
        sa.Column("based_on", _ID, nullable=True),
        sa.Column("replaced", _ID, nullable=True),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", _ID, nullable=True),
        sa.Column("edited_at", sa.Double(), nullable=True),
        sa.Column("edited_by", _ID, nullable=True),
        sa.Column("checked_at", sa.Double(), nullable=True),
        sa.Column("checked_by", _ID, nullable=True),
        sa.Column("reviewed_at", sa.Double(), nullable=True),
        sa.Column("reviewed_by", _ID, nullable=True),
        sa.Column("live_at", sa.Double(), nullable=True),
        sa.Column("live_by", _ID, nullable=True),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.Column("retired_by", _ID, nullable=True),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["based_on"], ["pack_versions.id"], name="fk_pack_versions_based_on"),
        sa.ForeignKeyConstraint(["replaced"], ["pack_versions.id"], name="fk_pack_versions_replaced"),
        sa.PrimaryKeyConstraint("id", name="pk_pack_versions"),
        sa.UniqueConstraint("language", "number", name="uq_pack_versions_language_number"),
    )
    op.create_index("ix_pack_versions_state", "pack_versions", ["language", "state"])
    op.create_table(
        "pack_sentences",
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("message_id", sa.String(80), nullable=False),
        sa.Column("forms", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("edited_at", sa.Double(), nullable=True),
        sa.Column("edited_by", _ID, nullable=True),
        sa.Column("reviewed_at", sa.Double(), nullable=True),
        sa.Column("reviewed_by", _ID, nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["pack_versions.id"], name="fk_pack_sentences_version_id"),
        sa.PrimaryKeyConstraint("version_id", "message_id", name="pk_pack_sentences"),
    )
    op.create_table(
        "pack_live",
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["pack_versions.id"], name="fk_pack_live_version_id"),
        sa.PrimaryKeyConstraint("language", name="pk_pack_live"),
    )
    op.create_table(
        "pack_revision",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pack_revision"),
    )
    op.create_table(
        "pack_untranslated",
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("message_id", sa.String(80), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("language", "message_id", name="pk_pack_untranslated"),
    )
    op.create_table(
        "pack_words",
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("word_hash", sa.String(32), nullable=False),
        sa.Column("word", sa.String(40), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("language", "word_hash", name="pk_pack_words"),
    )
    op.create_index("ix_pack_words_last_at", "pack_words", ["last_at"])


def downgrade() -> None:
    for table in ("pack_words", "pack_untranslated", "pack_revision", "pack_live", "pack_sentences"):
        op.drop_table(table)
    op.drop_table("pack_versions")
    op.drop_column("chats", "pack_version")
