"""What an import repaired stands on the row, and what its columns hold stands with the file.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DELIVERED = ("product", "characteristic", "review")


def upgrade() -> None:
    for table in DELIVERED:
        op.add_column(
            table,
            sa.Column(
                "source_repairs",
                sa.SmallInteger(),
                nullable=True,
                comment="What was repaired in it, as bits; null where nothing was",
            ),
        )
    op.add_column(
        "import_file",
        sa.Column(
            "quality",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="By column: empty, distinct, least, most",
        ),
    )
    op.alter_column(
        "import_run", "stage", comment="What it is doing: pin, read, then relate and merge, or build",
        existing_comment="What it is doing: pin, read, relate, merge", existing_type=sa.Text(), existing_nullable=True,
    )


def downgrade() -> None:
    op.alter_column(
        "import_run", "stage", comment="What it is doing: pin, read, relate, merge",
        existing_comment="What it is doing: pin, read, then relate and merge, or build", existing_type=sa.Text(), existing_nullable=True,
    )
    op.drop_column("import_file", "quality")
    for table in reversed(DELIVERED):
        op.drop_column(table, "source_repairs")
