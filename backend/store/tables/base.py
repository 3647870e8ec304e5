"""The metadata every table hangs on, the naming of its constraints, and the columns that recur."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, MetaData, SmallInteger, text
from sqlalchemy.dialects.postgresql import ENUM

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

# Ids below this were delivered in files; ids from here on are born in this system (their sequences start here).
BORN_HERE = 1_000_000_000


def enum_of(values: type[StrEnum], name: str) -> ENUM:
    """A Postgres enum with the values of a domain enum, in their order."""
    return ENUM(*(value.value for value in values), name=name, metadata=metadata)


def one_of(column: str, values: Sequence[str], name: str) -> CheckConstraint:
    """A check that a text column holds one of the given words (short lists that only small tables use)."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({words})", name=name)


def lineage_columns() -> list[Column[int]]:
    """Where a delivered row came from (run, file, physical line, byte offset and length), and what its hash was.

    All are null on rows born here.
    """
    return [
        Column("delivered_hash", BigInteger, comment="Hash of the delivered columns: tells updated from unchanged"),
        Column("source_offset", BigInteger, comment="Byte offset of the record in its file"),
        Column("source_run", Integer, comment="Import run that last wrote this row"),
        Column("source_file", Integer, comment="File of that run"),
        Column("source_line", Integer, comment="Physical line on which the record begins, from 1"),
        Column("source_length", Integer, comment="Length of the record in bytes"),
        Column("source_repairs", SmallInteger, comment="What was repaired in it, as bits; null where nothing was"),
    ]


def version_column() -> Column[int]:
    """Counts changes of content and state by people, rules and imports; votes, reports and rollups do not raise it."""
    return Column(
        "version", Integer, nullable=False, server_default=text("1"), comment="Changes of content and state, from 1"
    )


__all__ = ["BORN_HERE", "enum_of", "lineage_columns", "metadata", "one_of", "version_column"]
