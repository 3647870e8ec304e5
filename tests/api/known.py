"""Reviews and imports as the law's naive reference remembers them."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from backend.domain.states import ReviewState

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS_90 = 90 * 24 * 3600 * 1000


@dataclass
class Known:
    """A review as the reference remembers it."""

    id: int
    product: int
    sent: dict[str, Any]
    date: str
    base: int = 0  # votes as delivered
    votes: int = 0
    reports: int = 0
    state: ReviewState = ReviewState.PUBLISHED
    response: str | None = None
    undoable: list["Change"] = field(default_factory=list)
    edited: bool = False
    edits: list["Edit"] = field(default_factory=list)
    # Stands for its content and state as they are: a change gives a new one, an undo or a rollback brings one back.
    standing: object = field(default_factory=object)

    @property
    def helpfulness(self) -> int:
        return self.base + self.votes

    def put(self, state: ReviewState, response: str | None) -> None:
        self.state, self.response, self.standing = state, response, object()

    def changed(self, event_id: int, state: ReviewState, response: str | None) -> None:
        found = self.state, self.response, self.standing
        self.put(state, response)
        self.undoable.append(Change(event_id, *found, self.standing))

    def bring_back(self, was: "Known") -> None:
        """Content and state as they were then; what it got by votes and reports stays."""
        self.product, self.sent, self.state, self.response = was.product, was.sent, was.state, was.response
        self.standing = was.standing

    @property
    def relevance(self) -> int:
        milliseconds = (datetime.fromisoformat(self.date) - EPOCH).total_seconds() * 1000
        return round(milliseconds) + round(DAYS_90 * math.log2(1 + self.helpfulness))


@dataclass
class Change:
    """A moderator's decision or reply: its event, what it found, and what it left."""

    event_id: int
    state: ReviewState
    response: str | None
    found: object
    left: object


@dataclass
class Edit:
    """A moderator's edit: its event, the review as it found it, and what it left."""

    event_id: int
    found: Known
    left: object


@dataclass
class Run:
    """An import as the reference remembers it: what it left of each review, and what stood there before."""

    id: int
    left: dict[int, tuple[object, Known | None]] = field(default_factory=dict)


def demand_stats(product: int, told: dict[str, Any], stars: list[int]) -> None:
    """A product's stats are those of its visible reviews' stars."""
    average = told.pop("average")
    ratings = {str(n): str(stars.count(n)) for n in range(1, 6) if n in stars}
    assert told == {"product_id": str(product), "count": str(len(stars)), "ratings": ratings}
    assert (average is None) == (not stars)
    assert not stars or math.isclose(float(average), sum(stars) / len(stars), abs_tol=1e-15)


def as_listed(review: Known) -> dict[str, Any]:
    """A review as the list shows it, its photos by their addresses."""
    return {
        "review_id": review.id,
        "rating": review.sent["rating"],
        "summary": review.sent["summary"],
        "recommend": review.sent["recommend"],
        "response": review.response,
        "body": review.sent["body"],
        "date": review.date,
        "reviewer_name": review.sent["name"],
        "helpfulness": review.helpfulness,
        "photos": review.sent["photos"],
    }


def without_photo_ids(shown: dict[str, Any]) -> dict[str, Any]:
    """What the list shows, without the numbers that photos were given."""
    return {**shown, "photos": [photo["url"] for photo in shown["photos"]]}
