"""Indexes that the load of an empty system leaves to be made when it is live.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "index_due",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False, comment="What makes it, beside readers and writers"),
        sa.PrimaryKeyConstraint("name", name=op.f("index_due_pkey")),
        comment="Indexes that an empty system's load has left to be made when it is live: gone when they are there",
    )


def downgrade() -> None:
    op.drop_table("index_due")
