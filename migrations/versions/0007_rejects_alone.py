"""Rejects and orphans name their file without a key to it: it was looked up for each of millions, and no file ever goes.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("import_reject", "import_orphan")


def upgrade() -> None:
    for table in TABLES:
        # What it guaranteed is never asked: a file of a run is not deleted.
        op.execute(
            f"-- squawk-ignore ban-drop-constraint\nalter table {table} drop constraint {table}_file_id_fkey"
        )


def downgrade() -> None:
    for table in TABLES:
        op.create_foreign_key(
            op.f(f"{table}_file_id_fkey"), table, "import_file", ["file_id"], ["id"], ondelete="CASCADE"
        )
