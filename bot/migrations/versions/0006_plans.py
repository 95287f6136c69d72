"""what an engine is asked for: findings, or a plan of questions

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
    op.add_column(
        "findings_jobs", sa.Column("kind", sa.String(length=8), nullable=False, server_default="findings")
    )
    # "I am looking" is not said any more: a reply with it that was not rendered yet could never be.
    op.execute(
        sa.text(
            "update replies set state = 'dropped' where key = 'looking' and parts is null and state in ('queued', 'parked')"
        )
    )


def downgrade() -> None:
    # Nobody of an older version knows what to do with a plan.
    op.execute(sa.text("delete from findings_jobs where kind = 'plan'"))
    op.drop_column("findings_jobs", "kind")
