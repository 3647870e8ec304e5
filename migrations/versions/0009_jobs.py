"""Background jobs that people ask for.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SUBJECTS = ("review", "product", "run", "user", "key", "mapping", "rule")


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="What the worker does, by its name in jobs/work.py"),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True, comment="Null where the system asked"),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was first, or last again, taken up",
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True, comment="Rows to go through, where that is known"),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="Rows gone through"),
        sa.Column(
            "done_before",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="`done` when it was taken up",
        ),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What came of them",
        ),
        sa.Column(
            "options",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What was asked; nothing personal",
        ),
        sa.Column(
            "why",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="What its author gave as the reason",
        ),
        sa.Column("error", sa.Text(), nullable=True, comment="Why it failed, with the mend"),
        sa.Column("wish", sa.Text(), nullable=True, comment="What somebody wishes of a running one, until it obeys"),
        sa.CheckConstraint(
            "state in ('waiting', 'running', 'paused', 'finished', 'failed', 'cancelled')",
            name=op.f("job_state_known_check"),
        ),
        sa.CheckConstraint("wish in ('pause', 'cancel')", name=op.f("job_wish_known_check")),
        sa.ForeignKeyConstraint(["asked_by"], ["user_account.id"], name=op.f("job_asked_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("job_pkey")),
        comment="Background jobs that people asked for",
    )
    op.create_index("job_asked_at_idx", "job", ["asked_at", "id"], unique=False)
    op.create_index("job_asked_by_idx", "job", ["asked_by"], unique=False)
    op.create_table(
        "job_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("job_line_job_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("job_line_pkey")),
        comment="A job's log, for the people who watch it",
    )
    op.create_index("job_line_job_id_idx", "job_line", ["job_id", "id"], unique=False)
    _trace_knows(*SUBJECTS, "job", "reason", "template", "view")


def downgrade() -> None:
    # What the trace tells of these stays where it is: the check is of new rows.
    _trace_knows(*SUBJECTS, checked="not valid")
    op.drop_index("job_line_job_id_idx", table_name="job_line")
    op.drop_table("job_line")
    op.drop_index("job_asked_by_idx", table_name="job")
    op.drop_index("job_asked_at_idx", table_name="job")
    op.drop_table("job")


def _trace_knows(*subjects: str, checked: str = "") -> None:
    """What an event may be about. A row a decision is looked through in a moment, so it is done at once."""
    words = ", ".join(f"'{subject}'" for subject in subjects)
    op.execute(
        "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid\n"  # a wider one takes its place
        "alter table event drop constraint event_subject_kind_known_check,"
        f" add constraint event_subject_kind_known_check check (subject_kind in ({words})) {checked}"
    )
