"""Views that people save, lists that they take away as files, and ways to a reviewer's, a run's and a reason's reviews.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from migrations.concurrently import build_index, drop_index

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Each is planned by itself, and without the scan of all reviews that the planner thinks cheaper.
LOOKED_UP = {
    "reviews_of_run(run int)": "source_run = run",
    "reviews_by_mail(mail text)": "lower(reviewer_email) = lower(mail)",
    "reviews_verified()": "verified::int = 1",
}


def upgrade() -> None:
    build_index(
        "review_traits_idx",
        "review",
        ["source_run", sa.literal_column("lower(reviewer_email)").label("mail"), sa.text("(verified::int)")],
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
        postgresql_ops={"source_run": "int4_minmax_multi_ops", "mail": "text_bloom_ops"},
    )
    build_index(
        "review_unseen_of_product_idx",
        "review",
        ["product_id", sa.literal_column("written_at DESC"), sa.literal_column("id DESC")],
        postgresql_where=sa.text("not visible"),
    )
    build_index("event_reason_idx", "event", ["reason", "id"], postgresql_where=sa.text("reason is not null"))
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False, comment="Whose it is"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False, comment="The filters, as they stand in an address"),
        sa.Column(
            "shared",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether everybody has it above the list",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("saved_view_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("saved_view_pkey")),
        sa.UniqueConstraint("user_id", "name", name=op.f("saved_view_user_id_name_key")),
        comment="Filters of the list of reviews under a name",
    )
    op.create_table(
        "export",
        sa.Column("job_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("query", sa.Text(), nullable=False, comment="The filters, as they stand in an address"),
        sa.Column("time_zone", sa.Text(), nullable=False, comment="Whose days the filters mean"),
        sa.Column("emails", sa.Boolean(), nullable=False, comment="Whether its author may see addresses"),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="With review_id the place in the list that it has reached",
        ),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column(
            "slow",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the filter took too long once: it goes through all reviews since",
        ),
        sa.Column("parts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now() + interval '7 days'"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("export_job_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("export_pkey")),
        comment="Lists of reviews that somebody takes away as a file, kept for a week",
    )
    op.create_table(
        "export_part",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False, comment="From 0, in the order of the file"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="Whole lines of CSV"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["export.job_id"], name=op.f("export_part_job_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "part", name=op.f("export_part_pkey")),
        comment="A file in pieces, where every instance can serve it",
    )
    for signature, condition in LOOKED_UP.items():
        op.execute(
            f"create or replace function {signature} returns table (id int) language sql stable"
            f" set enable_seqscan = off as $$ select id from review where {condition} $$"
        )


def downgrade() -> None:
    drop_index("event_reason_idx", "event")
    drop_index("review_unseen_of_product_idx", "review")
    drop_index("review_traits_idx", "review")
    for signature in LOOKED_UP:
        op.execute(f"drop function {signature}")
    op.drop_table("export_part")
    op.drop_table("export")
    op.drop_table("saved_view")
