"""people, invitations, health workers' cases with their notes, places

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# What a case is linked to; its own rows go with it, so the link is only set there.
_OF_A_CASE = ("photos", "findings_jobs", "talk_jobs", "replies")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", _ID, nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("invited_by", _ID, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        _refers("people", "invited_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", _ID, nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("invited_by", _ID, nullable=True),
        sa.Column("used_at", sa.Double(), nullable=True),
        sa.Column("used_by", _ID, nullable=True),
        _refers("invitations", "invited_by", "people"),
        _refers("invitations", "used_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitations_code_hash")),
    )
    op.create_table(
        "join_tries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("chat_id", _ID, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        _refers("join_tries", "chat_id", "chats"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_tries")),
    )
    op.create_index(op.f("ix_join_tries_chat_id"), "join_tries", ["chat_id"])
    op.create_table(
        "cases",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("chat_id", _ID, nullable=False),
        sa.Column("patient_chat_id", _ID, nullable=True),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("origin_at", sa.Double(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("urgency", sa.String(length=8), nullable=False),
        sa.Column("opinion", sa.String(length=8), nullable=False),
        sa.Column("progress", sa.String(length=8), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("touched_at", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.Column("told_at", sa.Double(), nullable=True),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("handed_to", _ID, nullable=True),
        sa.Column("escalated_at", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("claimed_by", _ID, nullable=True),
        sa.Column("claimed_until", sa.Double(), nullable=True),
        sa.Column("answered_at", sa.Double(), nullable=True),
        sa.Column("answer_told_at", sa.Double(), nullable=True),
        _refers("cases", "chat_id", "chats"),
        _refers("cases", "patient_chat_id", "chats"),
        _refers("cases", "handed_to", "people"),
        _refers("cases", "claimed_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("code", name=op.f("uq_cases_code")),
    )
    for column in ("chat_id", "patient_chat_id", "due_at", "closed_at", "escalated_at"):
        op.create_index(op.f(f"ix_cases_{column}"), "cases", [column])
    op.create_table(
        "case_codes",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("left_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_case_codes")),
    )
    op.create_index(op.f("ix_case_codes_left_at"), "case_codes", ["left_at"])
    op.create_table(
        "case_notes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("author", _ID, nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        _refers("case_notes", "case_id", "cases"),
        _refers("case_notes", "author", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_notes")),
    )
    op.create_index(op.f("ix_case_notes_case_id"), "case_notes", ["case_id"])
    op.create_table(
        "places",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("phone", sa.String(length=24), nullable=False),
        sa.Column("hours", sa.String(length=120), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
    )
    op.create_index(op.f("ix_places_region"), "places", ["region"])
    _link("chats", "person_id", "people")
    for table in _OF_A_CASE:
        _link(table, "case_id", "cases")


def downgrade() -> None:
    for table in _OF_A_CASE:
        _unlink(table, "case_id")
    _unlink("chats", "person_id")
    for table in ("places", "case_notes", "case_codes", "cases", "join_tries", "invitations", "people"):
        op.drop_table(table)


def _link(table: str, column: str, to: str) -> None:
    """A new column that refers to another table. SQLite takes the reference with the column, not after it."""
    name = op.f(f"fk_{table}_{column}")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT {name} REFERENCES {to} (id)")
    else:
        op.add_column(table, sa.Column(column, _ID, nullable=True))
        op.create_foreign_key(name, table, to, [column], ["id"])
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _unlink(table: str, column: str) -> None:
    op.drop_index(op.f(f"ix_{table}_{column}"), table)
    op.drop_column(table, column)
