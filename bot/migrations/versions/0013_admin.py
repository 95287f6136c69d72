"""directions to a place; what the plots count; what the console orders of a worker

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("places", sa.Column("directions", sa.String(length=200), server_default="", nullable=False))
    op.create_table(
        "figures",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("who", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=True),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        _refers("figures", "chat_id", "chats"),
        _refers("figures", "case_id", "cases"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figures")),
    )
    for column in ("chat_id", "case_id"):
        op.create_index(op.f(f"ix_figures_{column}"), "figures", [column])
    op.create_index("ix_figures_plot", "figures", ["kind", "day", "urgency", "code", "place_id", "who"])
    op.create_table(
        "orders",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("by_person", _ID, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=True),
        sa.Column("done_at", sa.Double(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        _refers("orders", "by_person", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_state"), "orders", ["state"])
    op.create_index("ix_replies_state", "replies", ["state", "created_at", "chat_id", "first_tried_at"])
    op.create_index("ix_inbound_state", "inbound", ["state", "received_at"])
    op.create_index("ix_chats_heard", "chats", ["channel", "account", "last_inbound_at"])
    op.create_index(
        "ix_cases_plot",
        "cases",
        [
            "escalated_at",
            "answered_at",
            "closed_at",
            "outcome",
            "chat_id",
            "patient_chat_id",
            "origin",
            "id",
        ],
    )
    op.create_index(
        "ix_cases_ended", "cases", ["closed_at", "outcome", "chat_id", "patient_chat_id", "origin", "id"]
    )


def downgrade() -> None:
    op.drop_index("ix_cases_ended", "cases")
    op.drop_index("ix_cases_plot", "cases")
    op.drop_index("ix_chats_heard", "chats")
    op.drop_index("ix_inbound_state", "inbound")
    op.drop_index("ix_replies_state", "replies")
    op.drop_table("orders")
    op.drop_table("figures")
    op.drop_column("places", "directions")
