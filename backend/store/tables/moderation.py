"""What the public says about a review, and what waits for a moderator because of it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)

from backend.domain.priority import DUE
from backend.store.tables.base import metadata, one_of

NOW = text("now()")

vote = Table(
    "vote",
    metadata,
    Column("review_id", Integer, ForeignKey("review.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("voter", LargeBinary, primary_key=True, comment="Keyed hash of who voted; never the address itself"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    comment="Helpful votes of voters that are known, so that each counts once. Anonymous votes only count",
)

report = Table(
    "report",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("review_id", Integer, ForeignKey("review.id", ondelete="CASCADE"), nullable=False),
    Column("product_id", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("user_id", Integer, ForeignKey("user_account.id"), comment="Set when a colleague flagged it in the console"),
    Column("voter", LargeBinary, comment="Keyed hash of who reported, where known"),
    Column("caller", LargeBinary, comment="Keyed hash of the address it came from: the circuit breaker counts by it"),
    Column("hid", Boolean, nullable=False, server_default=text("false"), comment="Whether this report hid the review"),
    Column("reason", Text, comment="From the fixed list, where one was given"),
    Column("note", Text, comment="The reporter's own words"),
    Index("report_review_voter_key", "review_id", "voter", unique=True, postgresql_where=text("voter is not null")),
    Index("report_review_id_idx", "review_id", "id"),
    Index("report_user_id_idx", "user_id", postgresql_where=text("user_id is not null")),
    Index("report_at_idx", "at", postgresql_using="brin"),
    Index("report_at_hid_idx", "at", postgresql_where=text("hid")),
    comment="Every report of a review, kept after it was judged",
)

moderation_case = Table(
    "moderation_case",
    metadata,
    Column("review_id", Integer, ForeignKey("review.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("product_id", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("last_report_at", DateTime(timezone=True)),
    Column("reports", Integer, nullable=False, server_default=text("0"), comment="Reports since it was opened"),
    Column(
        "urgent",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="Hours ahead by the gravest reason that was given (domain/priority.py)",
    ),
    Column(
        "reach",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="How often the product's visible reviews doubled; refreshed every hour",
    ),
    Column("held_by", Integer, ForeignKey("user_account.id"), comment="Who put it on hold, where a person did"),
    Column("due", BigInteger, Computed(DUE, persisted=True), nullable=False, comment="Its place: the smallest first"),
    one_of("kind", ("reported", "held"), "kind_known"),
    Index("moderation_case_queue_idx", "kind", "opened_at", "review_id"),
    Index("moderation_case_due_idx", "kind", "due", "review_id"),
    Index("moderation_case_held_by_idx", "held_by", "due", postgresql_where=text("held_by is not null")),
    Index("moderation_case_product_idx", "product_id"),
    comment="A review that waits for a moderator: one row however often it was reported, gone once judged",
)

reason = Table(
    "reason",
    metadata,
    Column("code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False, comment="As moderators read it"),
    Column("explanation", Text, nullable=False, comment="As the public may read it"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    comment="Why a review is hidden: codes that are data",
)

__all__ = ["NOW", "moderation_case", "reason", "report", "vote"]
