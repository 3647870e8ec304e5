"""What people keep of the list of reviews: filters under a name, and the rows as a file."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backend.store.tables.base import metadata

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column(
        "user_id", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, comment="Whose it is"
    ),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False, comment="The filters, as they stand in an address"),
    Column(
        "shared",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether everybody has it above the list",
    ),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    UniqueConstraint("user_id", "name"),
    comment="Filters of the list of reviews under a name",
)

export = Table(
    "export",
    metadata,
    Column("job_id", Integer, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("query", Text, nullable=False, comment="The filters, as they stand in an address"),
    Column("time_zone", Text, nullable=False, comment="Whose days the filters mean"),
    Column("emails", Boolean, nullable=False, comment="Whether its author may see addresses"),
    Column("written_at", DateTime(timezone=True), comment="With review_id the place in the list that it has reached"),
    Column("review_id", Integer),
    Column(
        "slow",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether the filter took too long once: it goes through all reviews since",
    ),
    Column("parts", Integer, nullable=False, server_default=text("0")),
    Column("expires_at", DateTime(timezone=True), nullable=False, server_default=text("now() + interval '7 days'")),
    comment="Lists of reviews that somebody takes away as a file, kept for a week",
)

export_part = Table(
    "export_part",
    metadata,
    Column("job_id", Integer, ForeignKey("export.job_id", ondelete="CASCADE"), primary_key=True),
    Column("part", Integer, primary_key=True, comment="From 0, in the order of the file"),
    Column("body", LargeBinary, nullable=False, comment="Whole lines of CSV"),
    comment="A file in pieces, where every instance can serve it",
)

__all__ = ["export", "export_part", "saved_view"]
