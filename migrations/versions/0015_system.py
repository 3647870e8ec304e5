"""What the service tells of itself: instances, what they served, figures over time, alerts.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instance",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="api, console, all or worker"),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False, comment="The schema's that its code was written for"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, comment="When it last said so"),
        sa.Column("memory", sa.BigInteger(), nullable=False, comment="Bytes that it has in memory"),
        sa.Column("disk_used", sa.BigInteger(), nullable=False, comment="Bytes of the disk that its home is on"),
        sa.Column("disk_size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("instance_pkey")),
        comment="The processes that serve; one that ends in order takes its row with it",
    )
    op.create_table(
        "metric_request",
        *_place(),
        sa.Column("route", sa.Text(), nullable=False, comment="A group of requests, of domain/traffic.py"),
        sa.Column("instance", sa.Text(), server_default=sa.text("''"), nullable=False, comment="Told for minutes alone"),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False, comment="Answered 4xx"),
        sa.Column("errors", sa.Integer(), nullable=False, comment="Answered 5xx, or not at all"),
        sa.Column(
            "buckets",
            postgresql.ARRAY(sa.Integer()),
            nullable=False,
            comment="How many took how long, by domain/histograms.py",
        ),
        sa.PrimaryKeyConstraint("span", "at", "route", "instance", name=op.f("metric_request_pkey")),
        comment="What was served, and how long it took",
    )
    op.create_table(
        "metric_gauge",
        *_place(),
        sa.Column("code", sa.Text(), nullable=False, comment="A figure"),
        sa.Column(
            "subject",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="What it is of, where there are many",
        ),
        sa.Column("value", sa.Float(), nullable=False, comment="The largest that was read"),
        sa.PrimaryKeyConstraint("span", "at", "code", "subject", name=op.f("metric_gauge_pkey")),
        comment="Figures that a worker reads now and then",
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="A target of domain/targets.py"),
        sa.Column(
            "subject", sa.Text(), server_default=sa.text("''"), nullable=False, comment="A replica, an instance, a place"
        ),
        sa.Column(
            "began_at", sa.DateTime(timezone=True), nullable=False, comment="Since when the target is missed"
        ),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was missed for long enough; null before",
        ),
        sa.Column(
            "held_since",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Since when it holds again; null while it is missed",
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worst", sa.Float(), nullable=False, comment="The farthest from the target that was read"),
        sa.Column("latest", sa.Float(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False, comment="The limit as it was then"),
        sa.Column(
            "sent",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="1: its opening was sent; 2: its end",
        ),
        sa.Column(
            "tries",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Attempts to send what is next",
        ),
        sa.Column(
            "try_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When to try",
        ),
        sa.CheckConstraint("sent in (0, 1, 2)", name=op.f("alert_sent_known_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("alert_pkey")),
        comment="Targets that were missed for long enough; those that are missed, and not yet for long, wait here too",
    )
    op.create_index(
        "alert_open_key", "alert", ["code", "subject"], unique=True, postgresql_where=sa.text("ended_at is null")
    )


def downgrade() -> None:
    for table in ("alert", "metric_gauge", "metric_request", "instance"):
        op.drop_table(table)


def _place() -> list[sa.Column[object]]:
    return [
        sa.Column("span", sa.SmallInteger(), autoincrement=False, nullable=False, comment="Minutes that the row is of"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="Its beginning"),
    ]
