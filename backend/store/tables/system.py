"""What the service tells of itself: its instances, what they served and how long it took, figures over time, alerts.

All of it is bounded: minutes are added up to quarters of an hour and these to two hours, and each row goes when its
time is over (services/system/keeping.py).
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from backend.store.tables.base import metadata

_NONE, _NOTHING = text("0"), text("''")


def _place() -> list[Column[Any]]:
    return [
        Column("span", SmallInteger, primary_key=True, autoincrement=False, comment="Minutes that the row is of"),
        Column("at", DateTime(timezone=True), primary_key=True, comment="Its beginning"),
    ]


instance = Table(
    "instance",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False, comment="api, console, all or worker"),
    Column("version", Text, nullable=False),
    Column("revision", Text, nullable=False, comment="The schema's that its code was written for"),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False, comment="When it last said so"),
    Column("memory", BigInteger, nullable=False, comment="Bytes that it has in memory"),
    Column("disk_used", BigInteger, nullable=False, comment="Bytes of the disk that its home is on"),
    Column("disk_size", BigInteger, nullable=False),
    comment="The processes that serve; one that ends in order takes its row with it",
)

metric_request = Table(
    "metric_request",
    metadata,
    *_place(),
    Column("route", Text, primary_key=True, comment="A group of requests, of domain/traffic.py"),
    Column("instance", Text, primary_key=True, server_default=_NOTHING, comment="Told for minutes alone"),
    Column("requests", Integer, nullable=False),
    Column("refused", Integer, nullable=False, comment="Answered 4xx"),
    Column("errors", Integer, nullable=False, comment="Answered 5xx, or not at all"),
    Column("buckets", ARRAY(Integer), nullable=False, comment="How many took how long, by domain/histograms.py"),
    comment="What was served, and how long it took",
)

metric_gauge = Table(
    "metric_gauge",
    metadata,
    *_place(),
    Column("code", Text, primary_key=True, comment="A figure"),
    Column("subject", Text, primary_key=True, server_default=_NOTHING, comment="What it is of, where there are many"),
    Column("value", Float, nullable=False, comment="The largest that was read"),
    comment="Figures that a worker reads now and then",
)

alert = Table(
    "alert",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False, comment="A target of domain/targets.py"),
    Column("subject", Text, nullable=False, server_default=_NOTHING, comment="A replica, an instance, a place"),
    Column("began_at", DateTime(timezone=True), nullable=False, comment="Since when the target is missed"),
    Column("opened_at", DateTime(timezone=True), comment="When it was missed for long enough; null before"),
    Column("held_since", DateTime(timezone=True), comment="Since when it holds again; null while it is missed"),
    Column("ended_at", DateTime(timezone=True)),
    Column("worst", Float, nullable=False, comment="The farthest from the target that was read"),
    Column("latest", Float, nullable=False),
    Column("target", Float, nullable=False, comment="The limit as it was then"),
    Column("sent", SmallInteger, nullable=False, server_default=_NONE, comment="1: its opening was sent; 2: its end"),
    Column("tries", SmallInteger, nullable=False, server_default=_NONE, comment="Attempts to send what is next"),
    Column("try_at", DateTime(timezone=True), nullable=False, server_default=text("now()"), comment="When to try"),
    CheckConstraint("sent in (0, 1, 2)", name="sent_known"),
    Index("alert_open_key", "code", "subject", unique=True, postgresql_where=text("ended_at is null")),
    comment="Targets that were missed for long enough; those that are missed, and not yet for long, wait here too",
)

__all__ = ["alert", "instance", "metric_gauge", "metric_request"]
