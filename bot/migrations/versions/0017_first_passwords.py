"""a first password is good until a time

Those that wait to be changed now get fourteen days from today.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

DAYS = 14


def upgrade() -> None:
    op.add_column("logins", sa.Column("first_until", sa.Double(), nullable=True))
    logins = sa.table("logins", sa.column("first_until"), sa.column("must_change", sa.Boolean()))
    until = time.time() + DAYS * 86_400.0
    op.execute(logins.update().where(logins.c.must_change).values(first_until=until))


def downgrade() -> None:
    op.drop_column("logins", "first_until")
