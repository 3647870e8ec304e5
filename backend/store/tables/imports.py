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
    Column("stage", Text, comment="What it is doing: pin, read, relate, merge"),
    Column("user_id", Integer, ForeignKey("user_account.id"), comment="Who started it; null from the shell"),
    Column("requested_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("seen_at", DateTime(timezone=True), comment="Last sign of life of the worker that runs it"),
    Column("cancel_asked", Boolean, nullable=False, server_default=text("false")),
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
    Column(
        "format", Text, comment="reviews, photos, characteristics, characteristic_ratings, products; null if none fits"
    ),
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
    Index("import_file_run_id_idx", "run_id", "id"),
    comment="One object of a delivery: how it was understood and what became of every record",
)

import_reject = Table(
    "import_reject",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("file_id", Integer, ForeignKey("import_file.id", ondelete="CASCADE"), nullable=False),
    Column("byte_offset", BigInteger, nullable=False),
    Column("byte_length", BigInteger, nullable=False),
    Column("line", BigInteger, nullable=False, comment="Physical line on which it begins, from 1"),
    Column("reasons", ARRAY(Text), nullable=False, comment="Every reason, not only the first"),
    Column(
        "columns", ARRAY(Text), nullable=False, server_default=text("'{}'"), comment="Beside reasons: the column meant"
    ),
    Column("raw", LargeBinary, nullable=False, comment="The original bytes, up to 64 KB"),
    Index("import_reject_file_id_idx", "file_id", "byte_offset"),
    comment="Records that could not be taken, whole and with every reason",
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
        comment="1 products, 2 characteristics, 3 reviews: in this order",
    ),
    Column("after", Integer, primary_key=True, autoincrement=False, comment="Staged rows behind this id"),
    Column("upto", Integer, nullable=False, comment="up to this one"),
    comment="What a run has still to merge, a row a transaction: it is claimed by locking it"
    " and goes with what it merged",
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
