"""Receipts of bulk changes: a frozen set of reviews, what is to be changed in them, and what was left as it was."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from backend.store.tables.base import metadata, one_of

_NOTHING, _LIST, _ZERO = text("'{}'"), text("'[]'"), text("0")

bulk = Table(
    "bulk",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("made_by", Integer, ForeignKey("user_account.id"), comment="Null where the system made it"),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("query", Text, comment="The filter, as its address has it; null for chosen ones"),
    Column("zone", Text, nullable=False, comment="Whose days the filter's dates are"),
    Column("frozen_at", DateTime(timezone=True), comment="Null while the scope is being taken"),
    Column("total", BigInteger, nullable=False, server_default=_ZERO, comment="Reviews in the scope"),
    Column(
        "facts",
        JSONB,
        nullable=False,
        server_default=_NOTHING,
        comment="How many of each state and rating: `published 5`",
    ),
    Column("changes", JSONB, nullable=False, server_default=_LIST, comment="What is to be done, in its order"),
    Column("why", Text, nullable=False, server_default=text("''")),
    Column("job_id", Integer, ForeignKey("job.id"), comment="The job that freezes, runs or reverts it at last"),
    Column("event_id", BigInteger, comment="Its event: it has begun to run"),
    Column("upto", Integer, nullable=False, server_default=_ZERO, comment="Frozen up to this review, while it is"),
    Column("finished_at", DateTime(timezone=True)),
    Column(
        "counts",
        JSONB,
        nullable=False,
        server_default=_NOTHING,
        comment="What it came to: changed, unchanged, skipped, failed",
    ),
    Column("revert_event_id", BigInteger, comment="It is taken back, or was"),
    Column("revert_upto", Integer, nullable=False, server_default=_ZERO),
    Column("reverted_at", DateTime(timezone=True)),
    Column(
        "revert_counts",
        JSONB,
        nullable=False,
        server_default=_NOTHING,
        comment="What that came to: reversed, kept, failed",
    ),
    Index("bulk_job_id_idx", "job_id", postgresql_where=text("job_id is not null")),
    Index("bulk_made_by_idx", "made_by"),
    Index("bulk_event_id_idx", "event_id", postgresql_where=text("event_id is not null")),
    comment="Receipts: a frozen set of reviews and what is to be changed in all of them",
)

bulk_part = Table(
    "bulk_part",
    metadata,
    Column("bulk_id", Integer, ForeignKey("bulk.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("last", Integer, primary_key=True, autoincrement=False, comment="The last of its ids"),
    Column("ids", ARRAY(Integer), nullable=False, comment="Ascending"),
    Column("versions", ARRAY(Integer), nullable=False, comment="Beside the ids, one each"),
    comment="Reviews of a receipt at the versions they had, some hundred a row: gone once they are changed",
)

bulk_left = Table(
    "bulk_left",
    metadata,
    Column("bulk_id", Integer, ForeignKey("bulk.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("outcome", Text, primary_key=True),
    Column("review_id", Integer, primary_key=True, autoincrement=False),
    Column("why", Text, nullable=False, server_default=text("''")),
    one_of("outcome", ("skipped", "failed", "kept", "lost"), "outcome_known"),
    comment="Reviews that a bulk change left as they were (skipped, failed), or its revert did (kept, lost)",
)

__all__ = ["bulk", "bulk_left", "bulk_part"]
