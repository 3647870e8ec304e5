"""Whether an answer is right: its shape, whom it is about, its order, its sums. A quick wrong answer is an error.

Each checker takes the bytes and what was asked, gives what stands in them, and raises `Wrong`.
"""

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from itertools import pairwise
from typing import Any, ParamSpec, TypeVar

HALF_LIFE = 90 * 24 * 3600 * 1000  # ms that a doubling of the votes is worth
_REVIEW = {
    "review_id": int,
    "rating": int,
    "summary": str,
    "recommend": bool,
    "response": str | None,
    "body": str,
    "date": str,
    "reviewer_name": str,
    "helpfulness": int,
    "photos": list,
}
_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
_OPEN = re.compile(r'name="open" value="(\d+)\.(\d+)"')
_DONE = re.compile(r"[?&]done=(\d+)")
Review = dict[str, Any]
Asked = ParamSpec("Asked")
Told = TypeVar("Told")


class Wrong(Exception):
    """What is wrong with an answer, in words for a report: without any of its text."""


def _checker(check: Callable[Asked, Told]) -> Callable[Asked, Told]:
    """What is not there, or of another kind, is wrong, too."""

    @wraps(check)
    def checked(*args: Asked.args, **kwargs: Asked.kwargs) -> Told:
        try:
            return check(*args, **kwargs)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise Wrong(f"it cannot be read ({type(error).__name__})") from error

    return checked


@_checker
def page(body: bytes, product: int, sort: str, count: int) -> dict[str, Any]:
    """A page of a product's reviews, in its order."""
    told: dict[str, Any] = json.loads(body)
    _demand(told["product"] == str(product), "the list of another product")
    _demand(told["count"] == count and len(told["results"]) <= count, "another number of reviews than was asked for")
    for review in told["results"]:
        _review(review)
    places = [_place(review, sort) for review in told["results"]]
    _demand(all(_before(one, other, sort) for one, other in pairwise(places)), f"not in the order “{sort}”")
    _demand(len({review["review_id"] for review in told["results"]}) == len(places), "a review twice")
    return told


@_checker
def step(body: bytes, product: int, sort: str, count: int, seen: set[int]) -> dict[str, Any]:
    """A page of a walk by cursors; `seen` are the ids of the pages before it, and of this one afterwards."""
    told = page(body, product, sort, count)
    _demand(told["next"] is None or isinstance(told["next"], str), "no way to the next page")
    ids = {review["review_id"] for review in told["results"]}
    _demand(not ids & seen, "a review of an earlier page")
    seen |= ids
    return told


@_checker
def meta(body: bytes, product: int) -> dict[str, Any]:
    """A product's numbers: stars and recommendations count the same reviews."""
    told: dict[str, Any] = json.loads(body)
    _demand(told["product_id"] == str(product), "the numbers of another product")
    given, recommended = (sum(map(int, told[key].values())) for key in ("ratings", "recommended"))
    _demand(given == recommended, "the numbers do not add up")
    _demand(set(told["ratings"]) <= set("12345"), "stars that nobody can give")
    for one in told["characteristics"].values():
        _demand(one["value"] is None or 1 <= float(one["value"]) <= 5, "a value that nobody can give")
    return told


@_checker
def stats(body: bytes, products: list[int]) -> dict[str, Any]:
    """The stars of several products, in the order in which they were asked for."""
    told: dict[str, Any] = json.loads(body)
    rows = told["results"]
    _demand([row["product_id"] for row in rows] == [str(product) for product in products], "other products")
    for row in rows:
        stars = {int(star): int(count) for star, count in row["ratings"].items()}
        count = sum(stars.values())
        _demand(int(row["count"]) == count, "the numbers do not add up")
        average = sum(star * of for star, of in stars.items()) / count if count else None
        same = row["average"] is None if average is None else math.isclose(float(row["average"]), average)
        _demand(same, "the average of other stars")
    return told


@_checker
def review(body: bytes, number: int) -> Review:
    """One review, the one that was asked for."""
    told: Review = json.loads(body)
    _review(told)
    _demand(told["review_id"] == number, "another review")
    return told


@_checker
def created(body: bytes) -> None:
    """A review was taken."""
    _demand(body == b"Created", "not “Created”")


@_checker
def nothing(body: bytes) -> None:
    """An answer without a body."""
    _demand(not body, "a body where there is none")


@_checker
def form(body: bytes) -> str:
    """A page of the console with a form: the form's token."""
    found = _TOKEN.search(body.decode())
    _demand(found is not None, "a page without a form")
    assert found is not None
    return found[1]


@_checker
def card(body: bytes, number: int) -> tuple[str, int]:
    """A review opened in the queue: the form's token, and the review's version."""
    found = _OPEN.search(body.decode())
    _demand(found is not None and int(found[1]) == number, "another card, or none")
    assert found is not None
    return form(body), int(found[2])


@_checker
def shows(body: bytes, words: str) -> None:
    """A page of the console that has this in it."""
    _demand(words.encode() in body, "another page")


@_checker
def done(location: str) -> int:
    """Where a decision leads: the event that it made."""
    found = _DONE.search(location)
    _demand(found is not None, "no word of what was done")
    assert found is not None
    return int(found[1])


def _review(told: Review) -> None:
    for name, kind in _REVIEW.items():
        _demand(isinstance(told[name], kind), f"{name} is no {getattr(kind, '__name__', kind)}")
    _demand(1 <= told["rating"] <= 5, "stars that nobody can give")


def _place(review: Review, sort: str) -> tuple[float, int]:
    """Where a review stands in an order: both descend."""
    written = datetime.fromisoformat(review["date"]).timestamp() * 1000
    if sort == "newest":
        return written, review["review_id"]
    if sort == "helpful":
        return review["helpfulness"], review["review_id"]
    return written + HALF_LIFE * math.log2(1 + review["helpfulness"]), review["review_id"]


def _before(one: tuple[float, int], other: tuple[float, int], sort: str) -> bool:
    # The service rounds a relevance to milliseconds: what is as close as that may stand either way.
    return one > other or (sort == "relevant" and 0 < abs(one[0] - other[0]) <= 1)


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(what)
