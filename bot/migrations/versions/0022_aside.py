"""which replies about a case were between Ngozi and a clinician, so that no change of anybody's role makes them a part of what
the patient was told

Of earlier ones it is as their chat is now.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_replies = sa.table("replies", sa.column("chat_id"), sa.column("case_id"), sa.column("aside", sa.Boolean))
_chats = sa.table("chats", sa.column("id"), sa.column("person_id"))
_people = sa.table("people", sa.column("id"), sa.column("role"))
_cases = sa.table("cases", sa.column("id"), sa.column("chat_id"), sa.column("patient_chat_id"))


def upgrade() -> None:
    op.add_column("replies", sa.Column("aside", sa.Boolean(), nullable=False, server_default=sa.false()))
    clinicians = (
        sa.select(_chats.c.id)
        .join(_people, _people.c.id == _chats.c.person_id)
        .where(_people.c.role == "clinician")
    )
    heard = sa.exists().where(
        _cases.c.id == _replies.c.case_id,
        sa.or_(_cases.c.chat_id == _replies.c.chat_id, _cases.c.patient_chat_id == _replies.c.chat_id),
    )
    op.execute(
        sa.update(_replies)
        .where(_replies.c.case_id.is_not(None), _replies.c.chat_id.in_(clinicians), ~heard)
        .values(aside=sa.true())
    )


def downgrade() -> None:
    op.drop_column("replies", "aside")
