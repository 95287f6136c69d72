"""voice messages beside photographs

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photos", sa.Column("kind", sa.String(8), nullable=False, server_default="photo"))


def downgrade() -> None:
    op.drop_column("photos", "kind")
