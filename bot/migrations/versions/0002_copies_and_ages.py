"""ids of what providers hold, erased chats, age of what is to be forgotten

Revision ID: 0002
Revises: 0001

What the tables of 0001 still know of messages at Twilio is taken over; ids that were swept before cannot come back.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Message ids (SM or MM and 32 digits) of WhatsApp chats: theirs, ours, those of photographs, and of parts of ours whose
# id was written over by a later part's but told by a status callback.
_KNOWN = """
select i.chat_id as chat_id, i.external_id as provider_id, i.received_at as at
  from inbound i where i.channel = 'whatsapp' and i.chat_id is not null
union all
select r.chat_id, r.provider_id, r.created_at
  from replies r join chats c on c.id = r.chat_id where c.channel = 'whatsapp' and r.provider_id is not null
union all
select r.chat_id, t.provider_id, t.at
  from receipts t join replies r on r.uuid = substr(t.outgoing_id, 1, 32)
  join chats c on c.id = r.chat_id where c.channel = 'whatsapp'
union all
select p.chat_id, p.origin_message, p.created_at
  from photos p join chats c on c.id = p.chat_id where c.channel = 'whatsapp'
"""


def upgrade() -> None:
    op.create_table(
        "copies",
        sa.Column("chat_id", _ID, nullable=False),
        sa.Column("provider_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_copies_chat_id")),
        sa.PrimaryKeyConstraint("chat_id", "provider_id", name=op.f("pk_copies")),
    )
    op.create_index(op.f("ix_copies_at"), "copies", ["at"])
    op.create_index(op.f("ix_copies_provider_id"), "copies", ["provider_id"])
    op.create_table(
        "stragglers",
        sa.Column("outgoing_id", sa.String(length=48), nullable=False),
        sa.Column("chat_id", _ID, nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_stragglers_chat_id")),
        sa.PrimaryKeyConstraint("outgoing_id", name=op.f("pk_stragglers")),
    )
    op.create_index(op.f("ix_stragglers_chat_id"), "stragglers", ["chat_id"])
    # Plain ADD COLUMN: no table is written anew, however large it is.
    op.add_column("chats", sa.Column("erased_at", sa.Double(), nullable=True))
    op.add_column("forgets", sa.Column("created_at", sa.Double(), nullable=True))
    op.execute(
        "insert into copies (chat_id, provider_id, at) "  # noqa: S608 - nothing of it comes from outside
        f"select chat_id, provider_id, max(at) from ({_KNOWN}) known "
        "where length(provider_id) between 34 and 80 and substr(provider_id, 1, 2) in ('SM', 'MM') "
        "group by chat_id, provider_id"
    )
    # Their age is not known: it counts from here.
    clock = "extract(epoch from clock_timestamp())" if op.get_bind().dialect.name == "postgresql" else (
        "(julianday('now') - 2440587.5) * 86400.0"
    )  # fmt: skip
    op.execute(f"update forgets set created_at = {clock}")  # noqa: S608


def downgrade() -> None:
    # SQLite knows DROP COLUMN since 3.35.
    op.drop_column("forgets", "created_at")
    op.drop_column("chats", "erased_at")
    op.drop_table("stragglers")
    op.drop_table("copies")
