"""The forms that a file's values had are counted, too.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "import_file",
        sa.Column(
            "forms",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Values of taken rows by their form",
        ),
    )


def downgrade() -> None:
    op.drop_column("import_file", "forms")
