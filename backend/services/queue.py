"""The queue: what waits for a moderator, the most urgent first, and what there is to know beside a card."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend.domain.actors import Actor
from backend.domain.errors import TimedOut
from backend.domain.roles import Permission
from backend.domain.states import VISIBLE, WAITING, ReviewState
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("queue")

PAGE = 25
CARDS_LIMIT_MS = 1_000
REVIEWER_LIMIT_MS = 100
_FIRST = -(2**63)


class Kind(StrEnum):
    """Whose cards: all reported, all held, or those that one has open or put on hold."""

    REPORTED = "reported"
    HELD = "held"
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: a card's place in the queue, and its review."""

    due: int
    review_id: int

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """`due.review`, as it is written into an address; None for what is none."""
        due, _, review_id = text.partition(".")
        digits = due.removeprefix("-")
        if all(part.isascii() and part.isdigit() and len(part) < 16 for part in (digits, review_id)):  # noqa: PLR2004
            return cls(int(due), int(review_id))
        return None

    def __str__(self) -> str:
        return f"{self.due}.{self.review_id}"


@dataclass(frozen=True, slots=True)
class Cards:
    """A page of cards, and where the next one begins."""

    rows: list[Row]
    more: Place | None


@dataclass(frozen=True, slots=True)
class Context:
    """What helps to judge a review: its writer's other reviews, newest first, how many of them are seen, waiting and
    refused, notes on any of them, and the product's latest visible ones.

    `gave_up` says that looking for the writer's took too long.
    """

    others: list[Row]
    seen: int
    waiting: int
    refused: int
    gave_up: bool
    notes: list[Row]
    latest: list[Row]


async def cards(reader: Reader, actor: Actor, kind: Kind, at: Place | None = None) -> Cards:
    """The cards of a kind from a place on. `reader` must be of the primary: claims are known nowhere else."""
    actor.require(Permission.READ)
    place = at or Place(_FIRST, 0)
    asked: dict[str, Any] = {"due": place.due, "review_id": place.review_id, "size": PAGE + 1}
    if kind is Kind.MINE:
        page = await reader.fetch_all(queries["page_of_mine"], {**asked, "user_id": actor.id}, limit_ms=CARDS_LIMIT_MS)
    else:
        page = await reader.fetch_all(queries["page"], {**asked, "kind": kind.value}, limit_ms=CARDS_LIMIT_MS)
    # Only what is shown is joined, so that it costs the same however many wait.
    shown = [row["review_id"] for row in page[:PAGE]]
    more = Place(**page[PAGE]) if len(page) > PAGE else None
    return Cards(await reader.fetch_all(queries["cards"], {"review_ids": shown}), more)


async def count_mine(reader: Reader, actor: Actor) -> int:
    """How many cards one has open or on hold, counted up to a thousand."""
    count: int = await reader.fetch_value(queries["count_mine"], {"user_id": actor.id})
    return count


async def context(reader: Reader, actor: Actor, review: Row) -> Context:
    """What stands beside a review. The writer's visible reviews are found by their name among the words: those under
    another name are missing, and a name that many have may take too long."""
    actor.require(Permission.READ)
    asked = {"email": review["reviewer_email"], "name": review["reviewer_name"], "review_id": review["id"]}
    gave_up = False
    try:
        others = await reader.fetch_all(queries["of_reviewer"], asked, limit_ms=REVIEWER_LIMIT_MS)
    except TimedOut:
        others, gave_up = [], True
    states = [ReviewState(row["state"]) for row in others]
    here = [review["id"], *(row["id"] for row in others)]
    return Context(
        others=others,
        seen=sum(state in VISIBLE for state in states),
        waiting=sum(state in WAITING for state in states),
        refused=sum(state is ReviewState.HIDDEN for state in states),
        gave_up=gave_up,
        notes=await reader.fetch_all(queries["notes"], {"review_ids": here}),
        latest=await reader.fetch_all(
            queries["latest_of_product"], {"product_id": review["product_id"], "review_id": review["id"]}
        ),
    )
