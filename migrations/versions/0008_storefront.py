"""What storefronts write beside a review: how it came about, keys to repeat a request by, and the rules it is screened with.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SUBJECTS = ("review", "product", "run", "user", "key", "mapping")
FLAGS = {
    "verified": "Whether a client that may say so knows that the writer bought it",
    "incentivized": "Whether the writer was given something for it",
}


def upgrade() -> None:
    for name, comment in FLAGS.items():
        op.add_column(
            "review",
            sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False, comment=comment),
        )
    op.create_table(
        "submission",
        sa.Column("fingerprint", sa.Uuid(), nullable=False, comment="Of product, e-mail and text"),
        sa.Column("voter", sa.LargeBinary(), nullable=True, comment="Keyed hash of who sent it, where known"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("submission_pkey")),
        comment="Reviews sent within the last 24 hours, so that none is taken twice",
    )
    op.create_index(
        "submission_voter_idx",
        "submission",
        ["voter", "at"],
        unique=False,
        postgresql_where=sa.text("voter is not null"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("caller", sa.LargeBinary(), nullable=False, comment="The API key, or the keyed hash of an address"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False, comment="SHA-256 of the body it came with"),
        sa.Column("review_id", sa.Integer(), nullable=True, comment="Null only while the review is being stored"),
        sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("idempotency_key_pkey")),
        comment="What was answered to requests that carried a key, for 24 hours",
    )
    op.create_table(
        "screening_rule",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column(
            "settings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What the kind needs: words, limits",
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "kind in ('links', 'contacts', 'words', 'copies', 'flood')", name=op.f("screening_rule_kind_known_check")
        ),
        sa.CheckConstraint(
            "action in ('publish', 'hold', 'refuse')", name=op.f("screening_rule_action_known_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("screening_rule_pkey")),
        sa.UniqueConstraint("name", name=op.f("screening_rule_name_key")),
        comment="What a review is screened for before anybody sees it, and what becomes of it then",
    )
    op.create_table(
        "write_rate",
        sa.Column("caller", sa.LargeBinary(), nullable=False, comment="Keyed hash of the address"),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hits", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("what in ('submit', 'vote')", name=op.f("write_rate_what_known_check")),
        sa.PrimaryKeyConstraint("caller", "what", "minute", name=op.f("write_rate_pkey")),
        prefixes=["UNLOGGED"],
        comment="How often a caller wrote within a minute, while a limit is set",
    )
    # Who sent what from where is for the application alone.
    op.execute("revoke select on submission, idempotency_key, write_rate from atelier_read")
    _trace_knows(*SUBJECTS, "rule")


def downgrade() -> None:
    # What the trace tells of rules stays where it is: the check is of new rows.
    _trace_knows(*SUBJECTS, checked="not valid")
    op.drop_table("write_rate")
    op.drop_table("screening_rule")
    op.drop_table("idempotency_key")
    op.drop_index("submission_voter_idx", table_name="submission", postgresql_where=sa.text("voter is not null"))
    op.drop_table("submission")
    for name in reversed(FLAGS):
        op.drop_column("review", name)


def _trace_knows(*subjects: str, checked: str = "") -> None:
    """What an event may be about. A row a decision is looked through in a moment, so it is done at once."""
    words = ", ".join(f"'{subject}'" for subject in subjects)
    op.execute(
        "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid\n"  # a wider one takes its place
        "alter table event drop constraint event_subject_kind_known_check,"
        f" add constraint event_subject_kind_known_check check (subject_kind in ({words})) {checked}"
    )
