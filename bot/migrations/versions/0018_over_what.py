"""what was reached when a clinician said how soon: their word stands above that, and above nothing that comes after

Of words given before this, what stands there now is taken as what was known then.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("opinion_over", sa.String(8), nullable=False, server_default=""))
    op.execute("UPDATE cases SET opinion_over = urgency WHERE opinion <> ''")


def downgrade() -> None:
    op.drop_column("cases", "opinion_over")
