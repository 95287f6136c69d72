"""what an answer of a review round was when it was drawn, so that all its raters see the same; and the inbox's index holds a
clinician's word, which orders the list

Of answers drawn before this nothing is known: they are shown as they are now.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_BEFORE, _WORD, _AFTER = (
    ["closed_at", "escalated_at", "answered_at", "urgency"],
    ["opinion", "opinion_over"],
    ["opened_at", "claimed_by", "claimed_until", "language", "place_id", "id"],
)


def upgrade() -> None:
    op.add_column("review_items", sa.Column("soon", sa.String(8), nullable=False, server_default=""))
    op.add_column("review_items", sa.Column("thought", sa.String(40), nullable=False, server_default=""))
    op.add_column("review_items", sa.Column("looks", sa.String(64), nullable=False, server_default=""))
    op.drop_index("ix_cases_inbox", "cases")
    op.create_index("ix_cases_inbox", "cases", _BEFORE + _WORD + _AFTER)


def downgrade() -> None:
    op.drop_index("ix_cases_inbox", "cases")
    op.create_index("ix_cases_inbox", "cases", _BEFORE + _AFTER)
    for column in ("looks", "thought", "soon"):
        op.drop_column("review_items", column)
