"""What load tests came to. The application adds rows, and neither changes nor deletes one: each is its own trace."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Float, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from backend.domain.load_tests import SHAPES
from backend.store.tables.base import metadata, one_of

load_test = Table(
    "load_test",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=False),
    Column("asked_by", Text, nullable=False, comment="The account of the shell that began it"),
    Column("host", Text, nullable=False, comment="The address that the load was sent to"),
    Column("version", Text, nullable=False, comment="Of the code there and of its schema; empty where not known"),
    Column("shape", Text, nullable=False),
    Column("options", JSONB, nullable=False, comment="What was asked for, without secrets"),
    Column("partial", Boolean, nullable=False, comment="Whether somebody broke it off"),
    Column("held", Boolean, nullable=False, comment="Whether every threshold held"),
    Column("requests", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False, comment="Answers that failed, and those that were wrong"),
    Column("rate", Float, nullable=False, comment="Requests a second"),
    Column("p50", Float, comment="Milliseconds, as the others"),
    Column("p95", Float),
    Column("p99", Float),
    Column("ceiling", Float, comment="Requests a second of the tool by itself, in the same minutes"),
    Column("names", JSONB, nullable=False, comment="The same figures by request"),
    Column("course", JSONB, nullable=False, comment="Every ten seconds: rate, errors, p95"),
    Column("thresholds", JSONB, nullable=False),
    Column("faults", JSONB, nullable=False, comment="What went wrong, and how often"),
    one_of("shape", SHAPES, "shape_known"),
    comment="Load tests: a row a run, read whole",
)

__all__ = ["load_test"]
