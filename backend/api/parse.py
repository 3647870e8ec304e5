"""The dialect: how the storefronts write numbers and parameters.

An integer is ASCII digits, perhaps behind a minus: `+5`, ` 5 `, `5.0`, `٥` and `0x5` are none. Leading zeros mean
nothing, and `-0` is 0. An empty parameter is one that was not sent, and of a repeated one the last counts.
"""

import re
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import State

from backend.domain.actors import Actor
from backend.domain.errors import FieldError, Invalid
from backend.services.reading import PageAsked, Sort

ApiRequest = Request[Actor, None, State]

LARGEST_ID = 2**63 - 1
HUGE = 10**19  # stands for whatever is longer than any id: Python refuses to read thousands of digits
_DIGITS_OF_HUGE = len(str(HUGE))
LARGEST_NUMBER = 2**53 - 1  # what JavaScript still counts by ones

_INTEGER = re.compile(r"(-?)0*([0-9]+)")
_SORTS = {sort.value: sort for sort in Sort}
_ID_RULE = f"Must be an integer from 1 to {LARGEST_ID}."

INVALID_PRODUCT = "Error: invalid product_id provided"
INVALID_PAGE = "Error: invalid page or count provided"
INVALID_REVIEW = "Error: invalid review id provided"


def integer(text: str) -> int | None:
    """The integer that a text writes, None where it writes none. One beyond `HUGE` comes back as that."""
    match = _INTEGER.fullmatch(text)
    if match is None:
        return None
    sign, digits = match.groups()
    size = int(digits) if len(digits) < _DIGITS_OF_HUGE else HUGE
    return -size if sign else size


def integers(text: str, low: int, high: int) -> list[int] | None:
    """The integers that a text writes with commas between them, each once, as they come; None where one is none."""
    numbers = [integer(part) for part in text.split(",")]
    if not all(number is not None and low <= number <= high for number in numbers):
        return None
    return [number for number in dict.fromkeys(numbers) if number is not None]


def parameters(request: ApiRequest) -> dict[str, str]:
    """The query's parameters, the last of each name, without the empty ones."""
    return parameters_of(request.scope["query_string"])


def parameters_of(query: bytes) -> dict[str, str]:
    """The same of a query as it came."""
    text = query.decode("latin-1")
    if "%" in text or "+" in text:
        sent = dict(parse_qsl(text, keep_blank_values=True, errors="replace"))
    else:
        # What the library makes of them, in a fraction of its time.
        sent = {name: value for name, _, value in [part.partition("=") for part in text.split("&") if part]}
    return {name: value for name, value in sent.items() if value}


def product_id(sent: dict[str, str]) -> int:
    """The product asked for; `Invalid` with the contract's text where there is none."""
    text = sent.get("product_id")
    if text is None:
        raise Invalid(INVALID_PRODUCT, errors=(FieldError("product_id", "Is required."),))
    return product_named(text)


def product_named(text: str) -> int:
    """The product that a text names; `Invalid` with the contract's text where it is no id."""
    number = integer(text)
    if number is None or not 1 <= number <= LARGEST_ID:
        raise Invalid(INVALID_PRODUCT, errors=(FieldError("product_id", _ID_RULE),))
    return number


def review_id(text: str) -> int:
    """The review that a path names; `Invalid` with the contract's text where it is no id."""
    number = integer(text)
    if number is None or not 1 <= number <= LARGEST_ID:
        raise Invalid(INVALID_REVIEW, errors=(FieldError("review_id", _ID_RULE),))
    return number


def page_asked(sent: dict[str, str], cap: int) -> PageAsked:
    """Which page of which product's reviews, in which order; `count` at most `cap`. `Invalid` names every bad field."""
    product = product_id(sent)
    return PageAsked(product, *paging(sent, cap), _SORTS.get(sent.get("sort", ""), Sort.RELEVANT))


def paging(sent: dict[str, str], cap: int) -> tuple[int, int]:
    """Which page of a list, from 1, and how many on it, at most `cap`. `Invalid` names every bad field."""
    page, count = _from_zero(sent.get("page")), _from_zero(sent.get("count"))
    if page is None or count is None:
        wrong = [name for name, number in (("page", page), ("count", count)) if number is None]
        raise Invalid(INVALID_PAGE, errors=tuple(FieldError(name, "Must be an integer from 0.") for name in wrong))
    return page or 1, min(count or 5, cap)


def _from_zero(text: str | None) -> int | None:
    """A number from 0, which stands for the default as a missing one does; None where it is none."""
    number = 0 if text is None else integer(text)
    return None if number is None or number < 0 else min(number, LARGEST_NUMBER)
