"""A run by its staging tables."""

from dataclasses import dataclass
from typing import LiteralString

from psycopg.sql import SQL, Composable, Composed, Identifier

from backend.domain.imports import STAGED, staging_table


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has staged its rows, or will."""

    id: int

    def statement(self, text: LiteralString, **more: Composable) -> Composed:
        """A statement with the run's staging tables in its braces, and `more`."""
        names = {("ratings" if fmt == "characteristic_ratings" else fmt): self.table(fmt) for fmt in STAGED}
        others = {name: self.table(name) for name in ("refused", "waiting", "ready", "owners")}
        return SQL(text).format(**names, **others, **more)

    def table(self, fmt: str) -> Identifier:
        """The staging table of a format."""
        return Identifier("staging", staging_table(fmt, self.id))
