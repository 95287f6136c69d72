"""the clinic's desk: what the inbox filters by, clinicians' opinions beside what was told, who saw a case on a day;
blinded review

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INBOX = (
    "closed_at",
    "escalated_at",
    "answered_at",
    "urgency",
    "opened_at",
    "claimed_by",
    "claimed_until",
    "language",
    "place_id",
    "id",
)


def upgrade() -> None:
    op.add_column("cases", sa.Column("language", sa.String(length=16), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("place_id", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("asked", sa.String(length=8), nullable=False, server_default=""))
    language = (
        "json_extract(state, '$.language')"
        if op.get_bind().dialect.name == "sqlite"
        else "state::json ->> 'language'"
    )
    op.execute(f"UPDATE cases SET language = coalesce({language}, '')")  # noqa: S608 - one of two constants
    op.create_index("ix_cases_inbox", "cases", list(_INBOX))
    op.create_table(
        "case_opinions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=True),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("condition", sa.String(length=40), nullable=False),
        sa.Column("urgency", sa.String(length=8), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("told_urgency", sa.String(length=8), nullable=False),
        sa.Column("floor", sa.String(length=8), nullable=False),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_opinions_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_case_opinions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_opinions")),
    )
    for column in ("case_id", "at"):
        op.create_index(op.f(f"ix_case_opinions_{column}"), "case_opinions", [column])
    op.create_table(
        "case_views",
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_views_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_case_views_person_id")),
        sa.PrimaryKeyConstraint("case_id", "person_id", "day", name=op.f("pk_case_views")),
    )
    op.create_table(
        "review_rounds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by_person", _ID, nullable=False),
        sa.ForeignKeyConstraint(["by_person"], ["people.id"], name=op.f("fk_review_rounds_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_rounds")),
    )
    op.create_table(
        "review_items",
        sa.Column("id", _ID, nullable=False),
        sa.Column("round_id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=True),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("note_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["review_rounds.id"], name=op.f("fk_review_items_round_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_review_items_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_items")),
    )
    for column in ("round_id", "case_id"):
        op.create_index(op.f(f"ix_review_items_{column}"), "review_items", [column])
    op.create_table(
        "review_scores",
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.id"], name=op.f("fk_review_scores_item_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_review_scores_person_id")),
        sa.PrimaryKeyConstraint("item_id", "person_id", name=op.f("pk_review_scores")),
    )


def downgrade() -> None:
    for table in ("review_scores", "review_items", "review_rounds"):
        op.drop_table(table)
    op.drop_table("case_views")
    op.drop_table("case_opinions")
    op.drop_index("ix_cases_inbox", "cases")
    for column in ("asked", "place_id", "language"):
        op.drop_column("cases", column)
