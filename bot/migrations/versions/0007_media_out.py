"""what is seen or heard with a message of the web chat; whether a chat is read aloud

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webchat_messages", sa.Column("medium", sa.JSON(), nullable=True))
    op.add_column("chats", sa.Column("listen", sa.String(8), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("chats", "listen")
    op.drop_column("webchat_messages", "medium")
