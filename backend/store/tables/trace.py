"""Who changed what, when and why; and what it was before, for as long as it can be undone."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from backend.store.tables.base import metadata, one_of

CATALOGUE = ("product", "characteristic", "feature", "style", "sku", "style_photo", "related")
SUBJECTS = ("review", "product", "run", "user", "key", "mapping", "rule", "job", "reason", "template", "view")

event = Table(
    "event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Integer, comment="The user or the API key, by its kind; null for the system and the public"),
    Column("action", Text, nullable=False, comment="What was done, as a verb: hide, restore, import, sign-in"),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", BigInteger),
    Column("reason", Text, comment="A reason's code"),
    Column("cause", Text, comment="What brought it about: `undo of event 12`, `run 5`, `reports`"),
    Column("undoes", BigInteger, comment="The event this one takes back"),
    Column("fields", ARRAY(Text), nullable=False, server_default=text("'{}'"), comment="Names of the changed columns"),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),
    Column("request_id", Text),
    one_of("actor_kind", ("user", "key", "public", "rule", "import", "system"), "actor_kind_known"),
    one_of("subject_kind", SUBJECTS, "subject_kind_known"),
    Index("event_subject_idx", "subject_kind", "subject_id", "id"),
    Index("event_actor_idx", "actor_kind", "actor_id", "id"),
    Index("event_action_idx", "action", "id"),
    # Rows come in the order of their time, so a range of pages holds a day: it takes next to no room.
    Index("event_at_idx", "at", postgresql_using="brin"),
    Index("event_reason_idx", "reason", "id", postgresql_where=text("reason is not null")),
    Index("event_undoes_idx", "undoes", postgresql_where=text("undoes is not null")),
    comment="The trace: append-only, without texts or personal data",
)

review_before = Table(
    "review_before",
    metadata,
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("event_id", BigInteger, nullable=False, comment="The cause: what changed the row"),
    Column("review_id", Integer, nullable=False),
    Column("version", Integer, nullable=False, comment="The row's version after the change: undo compares with it"),
    Column("deleted", Boolean, nullable=False, server_default=text("false")),
    Column("columns", JSONB, nullable=False, comment="The changed columns as they were"),
    Column("lineage", JSONB, comment="Where it came from before an import changed it, by the names of those columns"),
    Column("restores", Integer, comment="The version that a rollback brought back: the row is as it was then"),
    PrimaryKeyConstraint("at", "event_id", "review_id"),
    Index("review_before_event_idx", "event_id", "review_id"),
    Index("review_before_review_idx", "review_id", "event_id"),
    postgresql_partition_by="range (at)",
    comment="Before-images of updated or deleted reviews, a partition a day, dropped after 30 days",
)

catalogue_before = Table(
    "catalogue_before",
    metadata,
    Column("event_id", BigInteger, nullable=False, comment="The cause: the event of an imported file, or of an edit"),
    Column("kind", Text, nullable=False),
    Column("id", Integer, nullable=False, comment="The row's, in the table that `kind` names"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("version", Integer, nullable=False, comment="The row's version after the change"),
    Column("columns", JSONB, nullable=False, comment="The whole row as it was"),
    PrimaryKeyConstraint("event_id", "kind", "id"),
    one_of("kind", CATALOGUE, "kind_known"),
    Index("catalogue_before_at_idx", "at"),
    comment="Before-images of rows of the catalogue that were updated, deleted after 30 days",
)
