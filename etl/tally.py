"""What became of a file's records while it was read, told to the database block by block."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb


@dataclass(slots=True)
class Tally:
    """What became of a file's records while it was read. `bytes_read` counts stored bytes, the others unpacked ones."""

    bytes_read: int = 0
    records: int = 0
    duplicates: int = 0
    rejected: int = 0
    repaired: int = 0
    repairs: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    headers: int = 0
    blank: int = 0
    record_bytes: int = 0
    blank_bytes: int = 0
    header_bytes: int = 0
    all_bytes: int = 0

    @property
    def accounts(self) -> bool:
        """Whether records, header and blank lines together are every byte of the file."""
        return self.record_bytes + self.blank_bytes + self.header_bytes == self.all_bytes

    def copy(self) -> "Tally":
        """As it stands now."""
        return replace(self, repairs=Counter(self.repairs), forms=Counter(self.forms))


def save(db: Connection[Any], file_id: int, tally: Tally) -> None:
    """Write the tally to the file's row, so that any instance can show how far it is."""
    db.execute(
        """
        update import_file set bytes_read = %s, records = %s, duplicates = %s, rejected = %s, repaired = %s,
            repairs = %s, forms = %s, headers = %s, blank = %s, record_bytes = %s, blank_bytes = %s, header_bytes = %s
        where id = %s
        """,
        (
            tally.bytes_read,
            tally.records,
            tally.duplicates,
            tally.rejected,
            tally.repaired,
            Jsonb(dict(tally.repairs)),
            Jsonb(dict(tally.forms)),
            tally.headers,
            tally.blank,
            tally.record_bytes,
            tally.blank_bytes,
            tally.header_bytes,
            file_id,
        ),
    )


def save_quality(db: Connection[Any], file_id: int, told: dict[str, dict[str, Any]]) -> None:
    """Write what a file's columns hold to its row."""
    db.execute("update import_file set quality = %s where id = %s", (Jsonb(told), file_id))
