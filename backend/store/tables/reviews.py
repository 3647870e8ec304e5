"""Reviews, each whole in one row, and the numbers and the search text derived from them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Sequence,
    SmallInteger,
    Table,
    Text,
    desc,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

from backend.domain.states import VISIBLE, ReviewState
from backend.store.tables.base import BORN_HERE, enum_of, lineage_columns, metadata, version_column

review_state = enum_of(ReviewState, "review_state")
_visible = " or ".join(f"state = '{state.value}'" for state in ReviewState if state in VISIBLE)

Sequence("photo_id_seq", start=BORN_HERE, minvalue=1, maxvalue=2_147_483_647, metadata=metadata)
Sequence("rating_id_seq", start=BORN_HERE, minvalue=1, maxvalue=2_147_483_647, metadata=metadata)

review = Table(
    "review",
    metadata,
    Column(
        "id",
        Integer,
        Sequence("review_id_seq", start=BORN_HERE, minvalue=1, maxvalue=2_147_483_647, metadata=metadata),
        primary_key=True,
        server_default=Sequence("review_id_seq").next_value(),
    ),
    Column("product_id", Integer, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    Column(
        "relevance",
        BigInteger,
        Computed(
            "(date_part('epoch', written_at - to_timestamp(0)) * 1000)::bigint"
            " + (7776000000 * ln(1 + helpfulness_base::float8 + helpfulness_votes::float8) / ln(2::float8))::bigint",
            persisted=True,
        ),
        nullable=False,
        comment="epoch_ms(written_at) + 90 days x log2(1 + helpfulness): the order of sort=relevant",
    ),
    Column("helpfulness_base", Integer, nullable=False, server_default=text("0"), comment="As delivered"),
    Column("helpfulness_votes", Integer, nullable=False, server_default=text("0"), comment="Votes cast here"),
    Column("helpfulness", Integer, Computed("helpfulness_base + helpfulness_votes", persisted=True), nullable=False),
    Column("state", review_state, nullable=False, server_default=text("'published'")),
    Column("rating", SmallInteger, nullable=False),
    Column("recommend", Boolean, nullable=False),
    Column(
        "visible",
        Boolean,
        Computed(_visible, persisted=True),
        nullable=False,
        comment="Whether list, meta and stats show it, by its state",
    ),
    version_column(),
    Column("summary", Text, nullable=False, server_default=text("''")),
    Column("body", Text, nullable=False),
    Column("response", Text, comment="The merchant's reply"),
    Column("reviewer_name", Text, nullable=False),
    Column("reviewer_email", Text, nullable=False, comment="Personal; never served by the public API"),
    Column("photo_ids", ARRAY(Integer), nullable=False, server_default=text("'{}'")),
    Column(
        "photo_urls", ARRAY(Text), nullable=False, server_default=text("'{}'"), comment="Beside photo_ids, one each"
    ),
    Column(
        "ratings",
        ARRAY(Integer),
        nullable=False,
        server_default=text("'{}'"),
        comment="Characteristic ratings, flat: rating id, characteristic id, value (1 to 5), and so on",
    ),
    *lineage_columns(),
    Column(
        "verified",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether a client that may say so knows that the writer bought it",
    ),
    Column(
        "incentivized",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether the writer was given something for it",
    ),
    CheckConstraint("id > 0", name="id_positive"),
    CheckConstraint("product_id > 0", name="product_id_positive"),
    CheckConstraint("rating between 1 and 5", name="rating_range"),
    CheckConstraint("helpfulness_base >= 0 and helpfulness_votes >= 0", name="helpfulness_not_negative"),
    CheckConstraint("cardinality(photo_ids) = cardinality(photo_urls)", name="photos_paired"),
    CheckConstraint("mod(cardinality(ratings), 3) = 0", name="ratings_in_threes"),
    # A vote rewrites an entry in every index here: they are few on purpose (docs/decisions.md has the cost of each).
    Index("review_relevant_idx", "product_id", desc("relevance"), desc("id"), postgresql_where=text("visible")),
    Index("review_newest_idx", "product_id", desc("written_at"), desc("id"), postgresql_where=text("visible")),
    Index("review_helpful_idx", "product_id", desc("helpfulness"), desc("id"), postgresql_where=text("visible")),
    Index("review_written_idx", desc("written_at"), desc("id")),
    # What the public does not see is rare: lists of it would else walk through everything. No vote touches it.
    Index("review_unseen_idx", desc("written_at"), desc("id"), postgresql_where=text("not visible")),
    Index(
        "review_unseen_of_product_idx",
        "product_id",
        desc("written_at"),
        desc("id"),
        postgresql_where=text("not visible"),
    ),
    Index("review_unseen_email_idx", "reviewer_email", postgresql_where=text("not visible")),
    comment="One review, whole: its photos and characteristic ratings stand in its row, so that reading needs no join",
)

# A summary of every 16 pages: where reviews of a run, a reviewer, a buyer may stand. One of more than 510 bytes would
# be compressed anew for each row that comes to its pages, votes included (docs/decisions.md).
Index(
    "review_summary_idx",
    review.c.source_run,
    func.lower(review.c.reviewer_email).label("mail"),
    text("(verified::int)"),
    postgresql_using="brin",
    postgresql_with={"autosummarize": "on", "pages_per_range": 16},
    postgresql_ops={"source_run": "int4_minmax_multi_ops", "mail": "text_bloom_ops (n_distinct_per_range = 300)"},
)

review_edited = Table(
    "review_edited",
    metadata,
    Column("review_id", Integer, primary_key=True, autoincrement=False),
    comment="Reviews whose content a person or a rule has changed: a delivery never writes over it",
)

product_rollup = Table(
    "product_rollup",
    metadata,
    Column("product_id", Integer, primary_key=True, autoincrement=False),
    Column("slot", SmallInteger, primary_key=True, autoincrement=False),
    Column("stars_1", Integer, nullable=False, server_default=text("0")),
    Column("stars_2", Integer, nullable=False, server_default=text("0")),
    Column("stars_3", Integer, nullable=False, server_default=text("0")),
    Column("stars_4", Integer, nullable=False, server_default=text("0")),
    Column("stars_5", Integer, nullable=False, server_default=text("0")),
    Column("recommended", Integer, nullable=False, server_default=text("0"), comment="Reviews that recommend it"),
    Column("not_recommended", Integer, nullable=False, server_default=text("0")),
    Column(
        "characteristics",
        ARRAY(Integer),
        nullable=False,
        server_default=text("'{}'"),
        comment="Flat: characteristic id, ratings counted, their sum, and so on, by id",
    ),
    CheckConstraint("slot between 0 and 7", name="slot_range"),
    CheckConstraint("mod(cardinality(characteristics), 3) = 0", name="characteristics_in_threes"),
    comment="Visible reviews counted. A product's numbers are the sum over its slots (a slot alone may be negative):"
    " a writer takes the first unlocked one, so that writers of one hot product do not queue",
)

review_search = Table(
    "review_search",
    metadata,
    Column(
        "review_id",
        Integer,
        ForeignKey("review.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("product_id", Integer, nullable=False),
    Column("document", TSVECTOR, nullable=False),
    Index("review_search_document_idx", "product_id", "document", postgresql_using="gin"),
    comment="Words of a review for full-text search, apart from its row so that a vote does not touch them",
)
