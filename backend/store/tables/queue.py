"""What moderators leave beside a review while they judge: who looks at it, what they noted, what they answered."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Identity, Index, Integer, Table, Text, text

from backend.store.tables.base import metadata

NOW = text("now()")

claim = Table(
    "claim",
    metadata,
    Column("review_id", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Integer, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False, comment="From then on it means nothing"),
    Index("claim_user_id_idx", "user_id"),
    prefixes=["UNLOGGED"],
    comment="Who has a card open, for two minutes from their last look; a crash forgets them all",
)

review_note = Table(
    "review_note",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("review_id", Integer, ForeignKey("review.id", ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("user_id", Integer, ForeignKey("user_account.id"), nullable=False),
    Column("text", Text, nullable=False),
    Index("review_note_review_idx", "review_id", "id"),
    comment="What moderators tell each other about a review; the public never sees it",
)

reply_template = Table(
    "reply_template",
    metadata,
    Column("code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False, comment="As moderators read it"),
    Column("text", Text, nullable=False, comment="{name} and {product} stand for the review's"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    comment="What a reply as the merchant may begin with",
)

__all__ = ["claim", "reply_template", "review_note"]
