"""How a file's bytes are written: which encoding, seen in a sample, and which separator, checked on its records."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from etl import repair
from etl.records import SEPARATORS, Cut, cut

# A file counts as written in another encoding than UTF-8 where hardly a field beyond ASCII is UTF-8 ...
MOST_UTF8 = 0.05
# ... and at least so many fields make words in one encoding alone, ten times as many as in the other.
FEWEST, CLEAR = 3, 10
# Fields beyond ASCII that are looked at and the bytes they are sought in, and records that a separator is checked on.
MOST_FIELDS = 5_000
MOST_RECORDS = 20

MOST_BYTES = 1 << 22

_BETWEEN = re.compile(rb'[",;\t|\r\n]+')


def encoding_of(sample: bytes) -> str:
    """utf-8, cp1252 or mac_roman, as the fields beyond ASCII say; utf-8 where they do not agree.

    `sample` may end within a letter.
    """
    whole, votes = 0, Counter[str]()
    for piece in islice(_beyond_ascii(sample[:MOST_BYTES]), MOST_FIELDS):
        whole += _vote(piece, votes)
    winner, count = max(votes.items(), key=lambda vote: vote[1], default=("utf-8", 0))
    fields = whole + votes.total()
    clear = count >= FEWEST and votes.total() - count <= count / CLEAR
    return winner if clear and whole <= MOST_UTF8 * fields else "utf-8"


def _beyond_ascii(sample: bytes) -> Iterator[bytes]:
    """What stands between separators and is not ASCII, without the last, which may be cut off."""
    lines = sample.split(b"\n")
    lines[-1] = b",".join(_BETWEEN.split(lines[-1])[:-1])
    # By the line first: of most lines nothing is sought.
    for line in lines:
        if not line.isascii():
            yield from (piece for piece in _BETWEEN.split(line) if not piece.isascii())


def _vote(piece: bytes, votes: Counter[str]) -> bool:
    """Whether a piece is UTF-8; where it is not, it votes for the one encoding in which it makes words."""
    try:
        piece.decode()
    except UnicodeDecodeError:
        readings = repair.readings(piece)
        if len(readings) == 1:
            votes.update(readings.keys())
        return False
    return True


def first_records(head: bytes, at: int, separator: int, *, final: bool) -> Iterator[list[bytes]]:
    """The first records from `at` on, as far as they can be cut one behind the other."""
    for _ in range(MOST_RECORDS):
        if at >= len(head):
            return
        kind, at, fields = cut(head, at, final=final, separator=separator)
        if kind is not Cut.RECORD:
            return
        yield fields


def fitting(head: bytes, at: int, separator: int, columns: int, *, final: bool) -> int:
    """How many of the first records have that many fields."""
    return sum(len(fields) == columns for fields in first_records(head, at, separator, final=final))


def separator_of_records(head: bytes, at: int, separator: int, columns: int, *, final: bool) -> int:
    """The separator that the first records are written with: the header's own as soon as one of them agrees."""
    if fitting(head, at, separator, columns, final=final):
        return separator
    found = {other: fitting(head, at, other, columns, final=final) for other in SEPARATORS}
    best = max(found, key=lambda other: found[other])
    return best if found[best] else separator
