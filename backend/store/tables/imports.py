"""Import runs, the files they read and the records they refused."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from backend.domain.imports import FileState, RunState
from backend.store.tables.base import enum_of, metadata

run_state = enum_of(RunState, "run_state")
file_state = enum_of(FileState, "file_state")


def _count(name: str, comment: str | None = None) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"), comment=comment)


import_run = Table(
    "import_run",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False, comment="s3://bucket/prefix or file:///path"),
    Column("state", run_state, nullable=False, server_default=text("'waiting'")),
    Column("stage", Text, comment="What it is doing: pin, read, then relate and merge, or build"),
    Column("user_id", Integer, ForeignKey("user_account.id"), comment="Who started it; null from the shell"),
    Column("requested_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("seen_at", DateTime(timezone=True), comment="Last sign of life of the worker that runs it"),
    Column("cancel_asked", Boolean, nullable=False, server_default=text("false")),
    Column("pause_asked", Boolean, nullable=False, server_default=text("false")),
    Column("error", Text, comment="Why it failed, with the mend"),
    Column("stages", JSONB, nullable=False, server_default=text("'[]'"), comment="Each stage: name, began, ended"),
    Column("options", JSONB, nullable=False, server_default=text("'{}'")),
    Column(
        "checkpoint",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="Stages that are done, and up to which ids its rollback is",
    ),
    Column("reversal", JSONB, comment="Its rollback: who asked, the state before, rows done and to do"),
    _count("merged_rows", "Rows merged so far, for the progress of the merge"),
    _count("merge_total", "Rows to merge"),
    _count("index_total", "Reviews whose search words it made due"),
    Column("index_began_at", DateTime(timezone=True), comment="When the first of them was indexed"),
    Index("import_run_requested_idx", desc("id")),
    Index("import_run_requested_at_idx", "requested_at", "id"),
    Index("import_run_user_id_idx", "user_id"),
    comment="One import of one delivery",
)

import_file = Table(
    "import_file",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("run_id", Integer, ForeignKey("import_run.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False, comment="Its URL below the run's source"),
    Column("url", Text, nullable=False),
    Column("format", Text, comment="One of the ten of a delivery; null if none fits"),
    Column("etag", Text),
    Column("state", file_state, nullable=False, server_default=text("'waiting'")),
    Column("understood", JSONB, nullable=False, server_default=text("'{}'"), comment="Encoding, separator, columns"),
    Column("error", Text),
    _count("bytes", "Size of the object"),
    _count("bytes_read"),
    _count("records", "Records cut, after re-synchronising"),
    _count("inserted"),
    _count("updated"),
    _count("unchanged"),
    _count("duplicates"),
    _count("rejected"),
    _count("repaired", "Records with at least one repair, beside the balance"),
    _count("kept", "Of the unchanged: rows a moderator decided, left as they are"),
    _count("blank", "Blank lines"),
    _count("headers"),
    _count("record_bytes", "Bytes that belong to records; with blank and header bytes they account for the file"),
    _count("blank_bytes"),
    _count("header_bytes"),
    Column("event_id", BigInteger, comment="The event its changes stand under, written when the run ends"),
    _count("reversed", "Changes that its rollback took back"),
    _count("reverse_kept", "Changes that it left, because somebody changed the row since"),
    _count("reverse_failed", "Changes that it could not take back"),
    Column("kept_by", JSONB, nullable=False, server_default=text("'{}'"), comment="Rows left, by who changed them"),
    Column("reverse_event_id", BigInteger, comment="The event that the rollback of this file stands under"),
    Column("repairs", JSONB, nullable=False, server_default=text("'{}'"), comment="Count by rule"),
    Column("forms", JSONB, nullable=False, server_default=text("'{}'"), comment="Values of taken rows by their form"),
    Column(
        "quality", JSONB, nullable=False, server_default=text("'{}'"), comment="By column: empty, distinct, least, most"
    ),
    Column("again_of", Integer, comment="The earlier file whose rejects are tried again under this row; else null"),
    Index("import_file_run_id_idx", "run_id", "id"),
    comment="One object of a delivery: how it was understood and what became of every record",
)

import_reject = Table(
    "import_reject",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    # Without a key to the file: it would be looked up for each of millions.
    Column("file_id", Integer, nullable=False),
    Column("byte_offset", BigInteger, nullable=False),
    Column("byte_length", BigInteger, nullable=False),
    Column("line", BigInteger, nullable=False, comment="Physical line on which it begins, from 1"),
    Column(
        "reasons",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="In rows from before signatures told them: every reason, not only the first",
    ),
    Column(
        "columns",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="In such rows, beside reasons: the column meant",
    ),
    Column("raw", LargeBinary, nullable=False, comment="The original bytes, up to 64 KB"),
    Column(
        "signatures",
        ARRAY(Integer),
        nullable=False,
        server_default=text("'{}'"),
        comment="What it was refused for, a signature for each reason; none in rows from before there were such",
    ),
    Column("resolved_run", Integer, comment="The later run that took it, repaired or with its parents there at last"),
    Index("import_reject_file_id_idx", "file_id", "byte_offset"),
    comment="Records that could not be taken, whole and with every reason",
)

import_mapping = Table(
    "import_mapping",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("definition", JSONB, nullable=False, comment="By format: columns, constants, date, rules"),
    Column("version", Integer, nullable=False, server_default=text("1"), comment="Raised whenever it is saved again"),
    Column("user_id", Integer, ForeignKey("user_account.id"), comment="Who saved it; null from the shell"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Index("import_mapping_user_id_idx", "user_id"),
    comment="How files with another header than ours are understood; a run keeps a copy of what it was asked for with",
)

import_signature = Table(
    "import_signature",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("file_id", Integer, ForeignKey("import_file.id", ondelete="CASCADE"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("column_name", Text, nullable=False, comment="Empty for a reason about the whole record"),
    Column("shape", Text, nullable=False, comment="What the refused values have in common, such as 9/9/9"),
    _count("records", "How many of the file's rejects have it"),
    _count("resolved", "How many of them a later run took"),
    Column("example_offset", BigInteger, nullable=False, comment="Where in the file one of them begins"),
    Column("offsets", ARRAY(BigInteger), comment="Where in the file they begin, as long as they are few"),
    Index("import_signature_key", "file_id", "reason", "column_name", "shape", unique=True),
    comment="Rejects of a file that are alike: counted while they are written, so that millions read as a dozen",
)

import_orphan = Table(
    "import_orphan",
    metadata,
    Column("format", Text, primary_key=True, comment="photos or characteristic_ratings"),
    Column("id", Integer, primary_key=True, autoincrement=False, comment="The photo's or the rating's own"),
    Column("review_id", Integer, nullable=False),
    Column("characteristic_id", Integer),
    Column("value", SmallInteger),
    Column("url", Text),
    Column(
        "file_id",
        Integer,
        nullable=False,
        comment="Where it was rejected; with the offset it leads to the reject and its bytes",
    ),
    Column("byte_offset", BigInteger, nullable=False),
    Column("byte_length", BigInteger, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("resolved_run", Integer, comment="The run that took it; null while it waits for its parents"),
    Index("import_orphan_review_id_idx", "review_id", postgresql_where=text("resolved_run is null")),
    Index("import_orphan_file_id_idx", "file_id"),
    Index("import_orphan_resolved_run_idx", "resolved_run", postgresql_where=text("resolved_run is not null")),
    comment="Photos and ratings whose review or characteristic is not there yet: later runs try them again",
)

import_range = Table(
    "import_range",
    metadata,
    Column("run_id", Integer, ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "step",
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="1 products, 2 characteristics, 3 reviews, 4 the rest of the catalogue by its products: in this order",
    ),
    Column("after", Integer, primary_key=True, autoincrement=False, comment="Staged rows behind this id"),
    Column("upto", Integer, nullable=False, comment="up to this one"),
    comment="What a run has still to merge, a row a transaction: it is claimed by locking it"
    " and goes with what it merged",
)

index_due = Table(
    "index_due",
    metadata,
    Column("name", Text, primary_key=True),
    Column("definition", Text, nullable=False, comment="What makes it, beside readers and writers"),
    comment="Indexes that an empty system's load has left to be made when it is live: gone when they are there",
)

search_due = Table(
    "search_due",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", Integer, ForeignKey("import_run.id", ondelete="SET NULL"), comment="The run that made it due"),
    Column("ids", ARRAY(Integer), comment="These reviews; null for a range"),
    Column("after", Integer, comment="All reviews behind this id"),
    Column("upto", Integer, comment="up to this one"),
    Column("reviews", Integer, nullable=False, comment="How many it is about, for the progress"),
    CheckConstraint("ids is not null or after is not null and upto is not null", name="ids_or_range"),
    Index("search_due_run_id_idx", "run_id"),
    comment="Reviews that imports have written and whose words are not indexed yet:"
    " gone with the transaction that indexes them",
)
