"""a word that was not understood is shown when different people wrote it, not when it was written often

Until now only texts were counted: which of the words that are known by now were several people's, nobody can say. They are
forgotten, and counted anew.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM pack_words")
    op.add_column("pack_words", sa.Column("sixteenths", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    # Words of a few texts of one person must not be shown by the rule of before.
    op.execute("DELETE FROM pack_words")
    op.drop_column("pack_words", "sixteenths")
