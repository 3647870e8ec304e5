"""What a run leaves to do: reviews whose search words are due, and the ranges of ids that several workers merge.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column(
        "import_run",
        "checkpoint",
        comment="Stages that are done, and up to which ids its rollback is",
        existing_comment="By stage: merged up to this id",
    )
    op.add_column(
        "import_run",
        sa.Column(
            "index_total",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Reviews whose search words it made due",
        ),
    )
    op.add_column(
        "import_run",
        sa.Column(
            "index_began_at", sa.DateTime(timezone=True), nullable=True, comment="When the first of them was indexed"
        ),
    )
    op.create_table(
        "search_due",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True, comment="The run that made it due"),
        sa.Column("ids", postgresql.ARRAY(sa.Integer()), nullable=True, comment="These reviews; null for a range"),
        sa.Column("after", sa.Integer(), nullable=True, comment="All reviews behind this id"),
        sa.Column("upto", sa.Integer(), nullable=True, comment="up to this one"),
        sa.Column("reviews", sa.Integer(), nullable=False, comment="How many it is about, for the progress"),
        sa.CheckConstraint(
            "ids is not null or after is not null and upto is not null", name=op.f("search_due_ids_or_range_check")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("search_due_run_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("search_due_pkey")),
        comment="Reviews that imports have written and whose words are not indexed yet: gone with the transaction that indexes them",
    )
    op.create_index("search_due_run_id_idx", "search_due", ["run_id"], unique=False)
    op.create_table(
        "import_range",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column(
            "step", sa.SmallInteger(), nullable=False, comment="1 products, 2 characteristics, 3 reviews: in this order"
        ),
        sa.Column("after", sa.Integer(), nullable=False, comment="Staged rows behind this id"),
        sa.Column("upto", sa.Integer(), nullable=False, comment="up to this one"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("import_range_run_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "step", "after", name=op.f("import_range_pkey")),
        comment="What a run has still to merge, a row a transaction: it is claimed by locking it and goes with what it merged",
    )


def downgrade() -> None:
    op.drop_table("import_range")
    op.drop_index("search_due_run_id_idx", table_name="search_due")
    op.drop_table("search_due")
    op.drop_column("import_run", "index_began_at")
    op.drop_column("import_run", "index_total")
    op.alter_column("import_run", "checkpoint", comment="By stage: merged up to this id")
