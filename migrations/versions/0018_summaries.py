"""What is summed up of reviews is summed up of fewer pages at once: small enough that no write compresses it.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa

from migrations.concurrently import build_index, drop_index

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_COLUMNS = ["source_run", sa.literal_column("lower(reviewer_email)").label("mail"), sa.text("(verified::int)")]


def upgrade() -> None:
    build_index(
        "review_summary_idx",
        "review",
        _COLUMNS,
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on", "pages_per_range": 16},
        postgresql_ops={"source_run": "int4_minmax_multi_ops", "mail": "text_bloom_ops (n_distinct_per_range = 300)"},
    )
    drop_index("review_traits_idx", "review")


def downgrade() -> None:
    build_index(
        "review_traits_idx",
        "review",
        _COLUMNS,
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
        postgresql_ops={"source_run": "int4_minmax_multi_ops", "mail": "text_bloom_ops"},
    )
    drop_index("review_summary_idx", "review")
