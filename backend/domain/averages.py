"""An average as Postgres prints it: the contract wants that text, byte for byte. Dividing here spares the database."""

from functools import lru_cache

_BASE = 10_000  # Postgres keeps a numeric in digits of four decimals
_SIGNIFICANT = 16  # decimal digits that a quotient has at least


@lru_cache(16_384)
def average(total: int, count: int) -> str:
    """The text of `total::numeric / count`, for a total from 0 and a count from 1.

    Postgres estimates how many of its digits stand before the point, and takes four decimals from 16 for each, or adds
    them where it is less than 1 (src/backend/utils/adt/numeric.c, `select_div_scale`). The last is rounded half up.
    """
    weight, first = _leading(total)
    weight_of_count, first_of_count = _leading(count)
    estimate = weight - weight_of_count - (first <= first_of_count)
    decimals = max(0, _SIGNIFICANT - 4 * estimate)
    whole, fraction = divmod((2 * total * 10**decimals + count) // (2 * count), 10**decimals)
    return f"{whole}.{fraction:0{decimals}d}" if decimals else str(whole)


def _leading(number: int) -> tuple[int, int]:
    """The place of a number's first digit in Postgres' base, from 0, and that digit."""
    weight = 0
    while number >= _BASE:
        number //= _BASE
        weight += 1
    return weight, number
