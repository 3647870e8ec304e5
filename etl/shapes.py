"""The shape of a value that was refused: what its likes have in common, so that millions of rejects become a dozen.

Runs of digits become `9`, runs of letters `a`, any number of words in a row `a␣a`; what else stands there is kept, once
where it stands several times in a row. So `31/12/2019` and `1/2/2020` are both `9/9/9`. A shape says nothing of the
value itself, and it is short: at most `LONGEST` characters and an ellipsis.
"""

import re
from functools import lru_cache

from etl.records import Cut, cut

LONGEST = 24
EMPTY = "empty"
# Bytes looked at: a shape does not need more, and a value may be a megabyte.
LOOKED_AT = 64

# Classes of bytes that have no sign of their own stand for each other until the signs are written.
_DIGIT, _LETTER, _SPACE, _TAB, _LINE, _NUL, _CONTROL, _BEYOND = b"9a \t\n\x00\x01\x80"
_CLASSES = bytes(
    _DIGIT
    if 48 <= byte <= 57  # noqa: PLR2004 - 0 to 9
    else _LETTER
    if chr(byte).isascii() and chr(byte).isalpha()
    else _BEYOND
    if byte >= _BEYOND
    else _LINE
    if byte in b"\r\n"
    else byte
    if (byte >= _SPACE and byte != 0x7F) or byte in (_TAB, _NUL)  # noqa: PLR2004 - delete
    else _CONTROL
    for byte in range(256)
)
_LETTERS = re.compile(rb"aa+")
_DIGITS = re.compile(rb"99+")
_RUN = re.compile(rb"(.)\1+", re.DOTALL)
_WORDS = re.compile(rb"a(?:[,.;:!?]? a)+")
_SIGNS = {
    _SPACE: "␣",
    _TAB: "‹tab›",
    _LINE: "‹line›",
    _NUL: "‹NUL›",
    _CONTROL: "‹control›",
}


def shape_of(value: bytes) -> str:
    """The shape of a field's bytes, without its quotes; `empty` for none, an ellipsis behind what is long."""
    if not value:
        return EMPTY
    begin = value[:LOOKED_AT]
    return _shape(begin.translate(_CLASSES), begin.isascii() or _is_utf8(begin), len(value) > LOOKED_AT)


def shape_of_fault(reason: str, raw: bytes, columns: int) -> str:
    """The shape of a record that could not be cut, from its bytes as they stand (or the first of them).

    `fields` tells the count (`11 of 12 fields`), `struct` what stands in an impossible place.
    """
    kind, stop, fields = cut(raw, 0, final=True)
    if reason == "fields":
        return f"{len(fields)} of {columns} fields" if kind is Cut.RECORD else f"not {columns} fields"
    if stop >= len(raw):
        return "a quote that is not closed"
    return "a quote inside a field" if raw[stop : stop + 1] == b'"' else "text behind a closing quote"


def _is_utf8(begin: bytes) -> bool:
    try:
        begin.decode()
    except UnicodeDecodeError as error:
        # What is cut off within a letter is no fault of the value.
        return len(begin) == LOOKED_AT and error.end == LOOKED_AT and error.reason == "unexpected end of data"
    return True


# What is refused by the million is alike, often to the digit.
@lru_cache(maxsize=4096)
def _shape(classes: bytes, utf8: bool, more: bool) -> str:
    # The frequent runs first: looking for any run with a back reference alone takes several times as long.
    classes = _DIGITS.sub(b"9", _LETTERS.sub(b"a", classes))
    classes = _WORDS.sub(b"a a", _RUN.sub(rb"\1", classes))
    beyond = "‹beyond ASCII›" if utf8 else "‹not UTF-8›"
    shape = ""
    for byte in classes:
        sign = beyond if byte == _BEYOND else _SIGNS.get(byte) or chr(byte)
        if len(shape) + len(sign) > LONGEST:
            more = True
            break
        shape += sign
    return f"{shape}…" if more else shape
