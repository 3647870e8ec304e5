"""What goes with the public's writes: what was sent lately, by whom and how often, and the rules that screen it."""

from sqlalchemy import Boolean, Column, DateTime, Identity, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from backend.domain.screening import Action, Kind
from backend.store.tables.base import metadata, one_of

NOW = text("now()")

submission = Table(
    "submission",
    metadata,
    Column("fingerprint", Uuid, primary_key=True, comment="Of product, e-mail and text"),
    Column("voter", LargeBinary, comment="Keyed hash of who sent it, where known"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Index("submission_voter_idx", "voter", "at", postgresql_where=text("voter is not null")),
    comment="Reviews sent within the last 24 hours, so that none is taken twice",
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("caller", LargeBinary, primary_key=True, comment="The API key, or the keyed hash of an address"),
    Column("key", Text, primary_key=True),
    Column("request", LargeBinary, nullable=False, comment="SHA-256 of the body it came with"),
    Column("review_id", Integer, comment="Null only while the review is being stored"),
    Column("held", Boolean, nullable=False, server_default=text("false")),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    comment="What was answered to requests that carried a key, for 24 hours",
)

screening_rule = Table(
    "screening_rule",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column(
        "settings",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="What the kind needs: words, limits",
    ),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    one_of("kind", tuple(Kind), "kind_known"),
    one_of("action", tuple(Action), "action_known"),
    comment="What a review is screened for before anybody sees it, and what becomes of it then",
)

write_rate = Table(
    "write_rate",
    metadata,
    Column("caller", LargeBinary, primary_key=True, comment="Keyed hash of the address"),
    Column("what", Text, primary_key=True),
    Column("minute", DateTime(timezone=True), primary_key=True),
    Column("hits", Integer, nullable=False, server_default=text("1")),
    one_of("what", ("submit", "vote"), "what_known"),
    prefixes=["UNLOGGED"],
    comment="How often a caller wrote within a minute, while a limit is set",
)
