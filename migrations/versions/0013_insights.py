"""What the pages of products and insights ask: names by their beginnings, and tallies of what was decided and written.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from migrations.concurrently import build_index, drop_index

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BRIN = {"postgresql_using": "brin"}
INDEXES = {
    "product_name_idx": (
        "product",
        [sa.literal_column("lower(name)").label("lowered"), "id"],
        {"postgresql_ops": {"lowered": "text_pattern_ops"}},
    ),
    "moderation_case_product_idx": ("moderation_case", ["product_id"], {}),
    "event_at_idx": ("event", ["at"], _BRIN),
    "report_at_idx": ("report", ["at"], _BRIN),
}


def upgrade() -> None:
    for name, (table, columns, how) in INDEXES.items():
        build_index(name, table, columns, **how)
    op.create_table(
        "tally_decision",
        _quarter(),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True, comment="The user or the API key, by its kind"),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=True, comment="The state before; null for a review that nobody had seen"),
        sa.Column("reason", sa.Text(), nullable=True, comment="A reason's code"),
        sa.Column(
            "rating", sa.SmallInteger(), nullable=True, comment="The stars of the reviews; null where they are gone"
        ),
        sa.Column(
            "waited",
            sa.SmallInteger(),
            nullable=True,
            comment="How long their cases were open, as a step of domain/waiting.py",
        ),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome in ('refused', 'stood', 'held', 'withheld', 'undone')",
            name=op.f("tally_decision_outcome_known_check"),
        ),
        comment="Decisions about reviews, counted once. Rows are added, never changed: what is alike adds up on reading",
    )
    op.create_index("tally_decision_quarter_idx", "tally_decision", ["quarter"], unique=False)
    op.create_table(
        "tally_case",
        _quarter(),
        sa.Column("kind", sa.Text(), nullable=False, comment="reported or held"),
        sa.Column("opened", sa.Integer(), nullable=False),
        comment="Cases that were opened, counted once",
    )
    op.create_index("tally_case_quarter_idx", "tally_case", ["quarter"], unique=False)
    op.create_table(
        "tally_review",
        _quarter(),
        sa.Column("delivered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "born",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Written here, through the API",
        ),
        sa.PrimaryKeyConstraint("quarter", name=op.f("tally_review_pkey")),
        comment="Reviews by when they were written, of the last months; counted anew now and then",
    )
    op.create_table(
        "tally_mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "upto", sa.DateTime(timezone=True), nullable=False, comment="All that happened before it is counted"
        ),
        sa.Column(
            "seconds",
            sa.Float(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How long counting took the last time",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("tally_mark_pkey")),
        comment="How far each tally has come: what pages say as “as of”",
    )


def downgrade() -> None:
    for name, (table, _, _) in reversed(INDEXES.items()):
        drop_index(name, table)
    for table in ("tally_mark", "tally_review", "tally_case", "tally_decision"):
        op.drop_table(table)


def _quarter() -> sa.Column[object]:
    return sa.Column("quarter", sa.DateTime(timezone=True), nullable=False, comment="Its beginning")
