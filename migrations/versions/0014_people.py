"""Invitations; what is asked of personal data; the trace by action and by day, import runs by time.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.concurrently import build_index, drop_index

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INDEXES = (
    ("event_action_idx", "event", ["action", "id"]),
    ("import_run_requested_at_idx", "import_run", ["requested_at", "id"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        build_index(name, table, columns)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column(
            "role",
            postgresql.ENUM(name="user_role", create_type=False),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the link's token"),
        sa.Column("invited_by", sa.Integer(), nullable=True, comment="Null from the shell"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["invited_by"], ["user_account.id"], name=op.f("invitation_invited_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("invitation_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("invitation_token_hash_key")),
        comment="Who may make an account of their own; gone when they have, or when it is withdrawn",
    )
    op.create_index("invitation_email_key", "invitation", [sa.text("lower(email)")], unique=True)
    op.create_table(
        "reviewer_search",
        sa.Column("job_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=True, comment="Gone when it is erased, or after 7 days"),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False, comment="Keyed: tells that it was erased before"),
        sa.Column(
            "review_at", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Looked through up to here"
        ),
        sa.Column("reject_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("erased_by", sa.Integer(), nullable=True, comment="The job that erases what was found"),
        sa.ForeignKeyConstraint(
            ["erased_by"], ["job.id"], name=op.f("reviewer_search_erased_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("reviewer_search_job_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("reviewer_search_pkey")),
        comment="Whose reviews a job looks for, and how far it is",
    )
    op.create_index("reviewer_search_erased_by_idx", "reviewer_search", ["erased_by"], unique=False)
    op.create_table(
        "personal_row",
        sa.Column("job_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("kind in ('review', 'reject')", name=op.f("personal_row_kind_known_check")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("personal_row_job_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "kind", "id", name=op.f("personal_row_pkey")),
        comment="What a job on personal data has still to do: a row is gone with the transaction that does it",
    )
    # Who was invited, and who wants to be forgotten, is for the application alone.
    op.execute("revoke select on invitation, reviewer_search, personal_row from atelier_read")


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        drop_index(name, table)
    op.drop_table("personal_row")
    op.drop_index("reviewer_search_erased_by_idx", table_name="reviewer_search")
    op.drop_table("reviewer_search")
    op.drop_index("invitation_email_key", table_name="invitation")
    op.drop_table("invitation")
