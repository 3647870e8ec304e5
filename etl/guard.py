"""Values that a spreadsheet would run as formulas get an apostrophe in a download, and lose it where they are loaded.

A download of rejects is recognised by our columns. The guard does not depend on what a value looked like before: one
that begins with an apostrophe and a formula's sign is guarded too, so `bare(guard(value))` is every value itself.
"""

import re

PREFIX = "atelier_"
_FORMULA = re.compile(rb"'*[=+\-@\t\r]")
_GUARDED = re.compile(rb"'+[=+\-@\t\r]")


def is_ours(column: str) -> bool:
    """Whether a header's column is one that the download added: loading leaves it aside."""
    return column.strip().lower().startswith(PREFIX)


def guard(value: bytes) -> bytes:
    """A value that no spreadsheet takes for a formula."""
    return b"'" + value if _FORMULA.match(value) else value


def bare(value: bytes) -> bytes:
    """The value as it was before `guard`."""
    return value[1:] if _GUARDED.match(value) else value
