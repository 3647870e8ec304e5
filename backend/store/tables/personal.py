"""Jobs on personal data: whose reviews are looked for, and what is still to be redacted or erased."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from backend.store.tables.base import metadata, one_of

reviewer_search = Table(
    "reviewer_search",
    metadata,
    Column("job_id", Integer, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("address", Text, comment="Gone when it is erased, or after 7 days"),
    Column("address_hash", LargeBinary, nullable=False, comment="Keyed: tells that it was erased before"),
    Column("review_at", Integer, nullable=False, server_default=text("0"), comment="Looked through up to here"),
    Column("reject_at", BigInteger, nullable=False, server_default=text("0")),
    Column(
        "erased_by", Integer, ForeignKey("job.id", ondelete="SET NULL"), comment="The job that erases what was found"
    ),
    Index("reviewer_search_erased_by_idx", "erased_by"),
    comment="Whose reviews a job looks for, and how far it is",
)

personal_row = Table(
    "personal_row",
    metadata,
    Column("job_id", Integer, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    one_of("kind", ("review", "reject"), "kind_known"),
    comment="What a job on personal data has still to do: a row is gone with the transaction that does it",
)

__all__ = ["personal_row", "reviewer_search"]
