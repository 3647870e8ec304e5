"""Load tests: what each came to.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "load_test",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False, comment="The account of the shell that began it"),
        sa.Column("host", sa.Text(), nullable=False, comment="The address that the load was sent to"),
        sa.Column(
            "version",
            sa.Text(),
            nullable=False,
            comment="Of the code there and of its schema; empty where not known",
        ),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column(
            "options",
            postgresql.JSONB(),
            nullable=False,
            comment="What was asked for, without secrets",
        ),
        sa.Column("partial", sa.Boolean(), nullable=False, comment="Whether somebody broke it off"),
        sa.Column("held", sa.Boolean(), nullable=False, comment="Whether every threshold held"),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column(
            "errors", sa.BigInteger(), nullable=False, comment="Answers that failed, and those that were wrong"
        ),
        sa.Column("rate", sa.Float(), nullable=False, comment="Requests a second"),
        sa.Column("p50", sa.Float(), nullable=True, comment="Milliseconds, as the others"),
        sa.Column("p95", sa.Float(), nullable=True),
        sa.Column("p99", sa.Float(), nullable=True),
        sa.Column(
            "ceiling",
            sa.Float(),
            nullable=True,
            comment="Requests a second of the tool by itself, in the same minutes",
        ),
        sa.Column("names", postgresql.JSONB(), nullable=False, comment="The same figures by request"),
        sa.Column("course", postgresql.JSONB(), nullable=False, comment="Every ten seconds: rate, errors, p95"),
        sa.Column("thresholds", postgresql.JSONB(), nullable=False),
        sa.Column("faults", postgresql.JSONB(), nullable=False, comment="What went wrong, and how often"),
        sa.CheckConstraint("shape in ('ramp', 'steady', 'spike', 'soak')", name=op.f("load_test_shape_known_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("load_test_pkey")),
        comment="Load tests: a row a run, read whole",
    )
    # A result is added once and stays as it was measured.
    op.execute("revoke update, delete, truncate on load_test from atelier_app")


def downgrade() -> None:
    op.drop_table("load_test")
