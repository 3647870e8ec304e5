"""What is summed up of reviews is summed up of fewer pages at once: small enough that no write compresses it.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from migrations.concurrently import build_index, drop_index

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _anew({"autosummarize": "on", "pages_per_range": 16}, "text_bloom_ops (n_distinct_per_range = 300)")


def downgrade() -> None:
    _anew({"autosummarize": "on"}, "text_bloom_ops")


def _anew(settings: dict[str, object], mail: str) -> None:
    """Build it beside the one that is there, then take its place."""
    build_index(
        "review_traits_next_idx",
        "review",
        ["source_run", sa.literal_column("lower(reviewer_email)").label("mail"), sa.text("(verified::int)")],
        postgresql_using="brin",
        postgresql_with=settings,
        postgresql_ops={"source_run": "int4_minmax_multi_ops", "mail": mail},
    )
    drop_index("review_traits_idx", "review")
    op.execute("alter index review_traits_next_idx rename to review_traits_idx")
