"""What the law's reference remembers: reviews as they stand, what moderators changed, what imports left."""

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
    replied: bool = False  # from then on a delivery leaves it alone, taken back or not
    undoable: list["Change"] = field(default_factory=list)
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

    @property
    def relevance(self) -> int:
        milliseconds = (datetime.fromisoformat(self.date) - EPOCH).total_seconds() * 1000
        return round(milliseconds) + round(DAYS_90 * math.log2(1 + self.helpfulness))


@dataclass
class Change:
    """A moderator's change: its event, what it found, and what it left."""

    event_id: int
    state: ReviewState
    response: str | None
    found: object
    left: object


@dataclass
class Run:
    """An import as the reference remembers it: what it left of each review, and what stood there before."""

    id: int
    left: dict[int, tuple[object, Known | None]] = field(default_factory=dict)
