"""Which replicas may serve reads: the agreement behind read-your-writes (docs/architecture.md)."""

from sqlalchemy import Column, DateTime, ForeignKey, Table, Text

from backend.store.tables.base import metadata

replica = Table(
    "replica",
    metadata,
    Column("name", Text, primary_key=True),
    Column("out_since", DateTime(timezone=True), comment="Set while it lags too far to serve reads"),
    comment="Replicas that instances have announced",
)

replica_lease = Table(
    "replica_lease",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("replica", Text, ForeignKey("replica.name", ondelete="CASCADE"), primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    prefixes=["UNLOGGED"],
    comment="An instance reads from a replica only until its lease ends; who takes the replica out waits for that",
)
