"""Background jobs that people ask for, and what they tell of themselves. Imports have tables of their own."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from backend.domain.jobs import JobState, Wish
from backend.store.tables.base import metadata, one_of

job = Table(
    "job",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False, comment="What the worker does, by its name in jobs/work.py"),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("asked_by", Integer, ForeignKey("user_account.id"), comment="Null where the system asked"),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("started_at", DateTime(timezone=True), comment="When it was first, or last again, taken up"),
    Column("finished_at", DateTime(timezone=True)),
    Column("total", BigInteger, comment="Rows to go through, where that is known"),
    Column("done", BigInteger, nullable=False, server_default=text("0"), comment="Rows gone through"),
    Column("done_before", BigInteger, nullable=False, server_default=text("0"), comment="`done` when it was taken up"),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'"), comment="What came of them"),
    Column("options", JSONB, nullable=False, server_default=text("'{}'"), comment="What was asked; nothing personal"),
    Column("why", Text, nullable=False, server_default=text("''"), comment="What its author gave as the reason"),
    Column("error", Text, comment="Why it failed, with the mend"),
    Column("wish", Text, comment="What somebody wishes of a running one, until it obeys"),
    one_of("state", tuple(JobState), "state_known"),
    one_of("wish", (Wish.PAUSE, Wish.CANCEL), "wish_known"),
    Index("job_asked_at_idx", "asked_at", "id"),
    Index("job_asked_by_idx", "asked_by"),
    comment="Background jobs that people asked for",
)

job_line = Table(
    "job_line",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("job_id", Integer, ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("text", Text, nullable=False),
    Index("job_line_job_id_idx", "job_id", "id"),
    comment="A job's log, for the people who watch it",
)

__all__ = ["job", "job_line"]
