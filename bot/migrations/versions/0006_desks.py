"""what a health worker said last of a case, when its last forward came, and a clinician's word on how soon

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("origin_at", sa.Double(), nullable=True))
    op.add_column("cases", sa.Column("progress", sa.String(length=8), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("opinion", sa.String(length=8), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("cases", "opinion")
    op.drop_column("cases", "progress")
    op.drop_column("cases", "origin_at")
