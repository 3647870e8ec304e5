"""What the pass is told of a file: for each column of a staged row, where it stands, how it is checked, how written."""

from enum import IntEnum

import numpy as np

from etl import binary, rules
from etl.clean import constant_of
from etl.compiled.machine import Table
from etl.formats import Understood
from etl.layout import COLUMNS
from etl.rules import Integer, OptionalText, Rule, Text


class Kind(IntEnum):
    """What a column's values are. `LEFT` is one that only the rules know, and leaves every row to them; a `CONSTANT`
    stands in no file: its bounds say where it does among the constants.
    """

    LEFT = 0
    WHOLE = 1
    VOTES = 2
    MOMENT = 3
    TEXT = 4
    OPTIONAL_TEXT = 5
    EMAIL = 6
    BOOLEAN = 7
    REPORTED = 8
    URL = 9
    NAME = 10
    PRICE = 11
    ID = 12
    CONSTANT = 13


OPTIONAL = 1  # the lower bound of an address that may be none
# The columns of a plan's table.
PLACE, KIND, LOW, HIGH, SIZE = range(5)
_SIZES = {"int": 4, "smallint": 2}
_KINDS: dict[Rule, tuple[Kind, int, int]] = {
    rules.identifier: (Kind.ID, 1, rules.FIRST_BORN_HERE - 1),
    rules.helpfulness: (Kind.VOTES, 0, rules.MOST_HELPFUL),
    rules.moment: (Kind.MOMENT, 0, 0),
    rules.email: (Kind.EMAIL, 0, rules.LONGEST_LINE),
    rules.boolean: (Kind.BOOLEAN, 0, 0),
    rules.reported: (Kind.REPORTED, 0, 0),
    rules.url: (Kind.URL, 0, rules.LONGEST_URL),
    rules.optional_url: (Kind.URL, OPTIONAL, rules.LONGEST_URL),
    rules.characteristic: (Kind.NAME, 0, 0),
    rules.price: (Kind.PRICE, 0, 0),
}


def plan_of(understood: Understood) -> tuple[Table, bytes]:
    """The plan of a file, and its constants as rows have them, one behind the other."""
    fmt = understood.format
    names = fmt.column_names
    types = COLUMNS[fmt.name]
    plan, constants = np.zeros((len(types), SIZE + 1), np.int64), b""
    for row, (name, kind) in zip(plan, types.items(), strict=True):
        index = names.index(name)
        row[PLACE] = understood.positions[index]
        row[SIZE] = _SIZES.get(kind, 0)
        if row[PLACE] >= 0:
            row[KIND : HIGH + 1] = _of(fmt.columns[index].rule)
            continue
        value = binary.ENCODERS[kind](constant_of(understood, fmt.columns[index]))
        row[KIND : HIGH + 1] = Kind.CONSTANT, len(constants), len(constants) + len(value)
        constants += value
    return plan, constants


def _of(rule: Rule) -> tuple[Kind, int, int]:
    if isinstance(rule, Integer):
        return Kind.WHOLE, rule.low, rule.high
    if isinstance(rule, Text):
        return Kind.TEXT, 0, rule.longest
    if isinstance(rule, OptionalText):
        return Kind.OPTIONAL_TEXT, 0, rule.longest
    return _KINDS.get(rule, (Kind.LEFT, 0, 0))
