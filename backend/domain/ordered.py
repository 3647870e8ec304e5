"""What leads keep in an order of their own: each entry has a code, which never changes, and a place."""

import re
from collections.abc import Sequence
from typing import Final

from backend.domain.errors import FieldError

CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def code_errors(code: str) -> list[FieldError]:
    """What is wrong with a code; nothing where it is one."""
    if CODE.fullmatch(code):
        return []
    return [FieldError("code", "1 to 40 small letters, digits and -; the first one a letter or a digit.")]


def moved(codes: Sequence[str], code: str, by: int) -> list[str]:
    """The order once one of these codes has gone so many places down, or up where negative; at an end it stays."""
    order = [each for each in codes if each != code]
    at = codes.index(code) + by
    order.insert(min(max(at, 0), len(order)), code)
    return order
