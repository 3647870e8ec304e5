"""One record cut from the bytes, strictly: the same as the expression in `etl.records.Cutter`, and nothing else.

A record of the full column count that ends with its line is cut. All else (another count, a quote in an impossible
place, a CR within an unquoted field, the end of the block) is `LEFT` to the plain pass.
"""

import numpy as np

from etl.compiled.machine import MANY, Bytes, ReadOnly, Table, lowest, step, that_speak
from etl.compiled.reasons import LEFT

# What a field holds, as bits: what makes its text more than a copy of its bytes.
NOT_ASCII, CONTROL, DOUBLED, BREAK = 1, 2, 4, 8
# Where a scan stops: in a quoted field at a quote, in any other at these, and at the separator.
_QUOTED_END, _PLAIN_END = 16, 32

_QUOTE, _LF, _CR = 34, 10, 13


def _classes() -> Bytes:
    classes = np.zeros(256, np.uint8)
    classes[0x80:] = NOT_ASCII
    classes[:0x20] = CONTROL
    classes[0x7F] = CONTROL
    classes[ord("\t")] = 0
    classes[_LF] = BREAK | _PLAIN_END
    classes[_CR] = _PLAIN_END
    classes[_QUOTE] = _QUOTED_END | _PLAIN_END
    return classes


CLASSES = _classes()


@step
def next_that_speaks(buffer: ReadOnly, at: int, end: int, separator: int) -> int:
    """The next byte that may say something, from `at` on: many are looked at at once as long as none of them does."""
    while at + MANY <= end:
        found = that_speak(buffer, at, separator)
        if found:
            return at + lowest(found)
        at += MANY
    return at


@step
def scan(buffer: ReadOnly, at: int, end: int, separator: int, fields: Table) -> int:
    """Cut the record at `at`: where it stops, line end included, or `LEFT`.

    `fields` has a row for each column and is filled with where its value starts, where it ends, and what it holds.
    """
    last = len(fields) - 1
    for column in range(last + 1):
        marks = 0
        if at < end and buffer[at] == _QUOTE:
            at += 1
            fields[column, 0] = at
            while True:
                # A separator says nothing here.
                at = next_that_speaks(buffer, at, end, _QUOTE)
                while at < end:
                    mark = CLASSES[buffer[at]]
                    if mark & _QUOTED_END:
                        break
                    marks |= mark
                    at = next_that_speaks(buffer, at + 1, end, _QUOTE)
                if at + 1 >= end:
                    return LEFT
                if buffer[at + 1] != _QUOTE:
                    break
                marks |= DOUBLED
                at += 2
            fields[column, 1] = at
            at += 1
        else:
            fields[column, 0] = at
            at = next_that_speaks(buffer, at, end, separator)
            while at < end:
                byte = buffer[at]
                if byte == separator:
                    break
                mark = CLASSES[byte]
                if mark & _PLAIN_END:
                    break
                marks |= mark
                at = next_that_speaks(buffer, at + 1, end, separator)
            fields[column, 1] = at
        fields[column, 2] = marks
        if at >= end:
            return LEFT
        byte = buffer[at]
        if column < last:
            if byte != separator:
                return LEFT
        elif byte == _CR:
            at += 1
            if at >= end or buffer[at] != _LF:
                return LEFT
        elif byte != _LF:
            return LEFT
        at += 1
    return at


@step
def lines_within(buffer: ReadOnly, at: int, end: int) -> int:
    """How many physical lines end there."""
    count = 0
    for place in range(at, end):
        count += buffer[place] == _LF
    return count


@step
def breaks_within(buffer: ReadOnly, fields: Table) -> int:
    """How many physical lines a record has begun beyond its first."""
    count = 0
    for column in range(len(fields)):
        if fields[column, 2] & BREAK:
            count += lines_within(buffer, fields[column, 0], fields[column, 1])
    return count
