"""Mappings for files with another header than ours.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SUBJECTS = ("review", "product", "run", "user", "key")


def upgrade() -> None:
    op.create_table(
        "import_mapping",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "definition",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="By format: columns, constants, date, rules",
        ),
        sa.Column(
            "version",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Raised whenever it is saved again",
        ),
        sa.Column("user_id", sa.Integer(), nullable=True, comment="Who saved it; null from the shell"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("import_mapping_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("import_mapping_pkey")),
        sa.UniqueConstraint("name", name=op.f("import_mapping_name_key")),
        comment="How files with another header than ours are understood; a run keeps a copy of what it was asked for with",
    )
    op.create_index("import_mapping_user_id_idx", "import_mapping", ["user_id"], unique=False)
    _trace_knows(*SUBJECTS, "mapping")


def downgrade() -> None:
    # What the trace tells of mappings stays where it is: the check is of new rows.
    _trace_knows(*SUBJECTS, checked="not valid")
    op.drop_index("import_mapping_user_id_idx", table_name="import_mapping")
    op.drop_table("import_mapping")


def _trace_knows(*subjects: str, checked: str = "") -> None:
    """What an event may be about. A row a decision is looked through in a moment, so it is done at once."""
    words = ", ".join(f"'{subject}'" for subject in subjects)
    op.execute(
        "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid\n"  # a wider one takes its place
        "alter table event drop constraint event_subject_kind_known_check,"
        f" add constraint event_subject_kind_known_check check (subject_kind in ({words})) {checked}"
    )
