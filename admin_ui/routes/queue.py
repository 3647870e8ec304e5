"""The queue: what waits for a moderator, one card a review, and who has which card open."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post

from admin_ui import marking, rendering
from admin_ui.routes.asking import AnyRequest, an_id, form, pairs, some_ids
from admin_ui.routes.reviews import decided, frame, just_done
from admin_ui.routes.saying import NOTHING, Saying
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import NotFound
from backend.observe.requests import note_source
from backend.services import browsing, claims, moderation, queue, screening
from backend.services.queue import Kind, Place
from backend.store.database import Reader, Row, Writer

PATH = "/console/queue"
LISTED = 100  # cards that a page may ask about


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody is in the queue: which cards, from which on, the open one, and what is open around it."""

    kind: Kind = Kind.REPORTED
    place: Place | None = None
    review: int | None = None
    saying: Saying = NOTHING
    beside: bool = False

    @classmethod
    def parse(cls, asked: Sequence[tuple[str, str]]) -> "Standing":
        """Out of an address; what means nothing there is left out."""
        said = dict(asked)
        kind = said.get("kind", "")
        return cls(
            kind=Kind(kind) if kind in set(Kind) else Kind.REPORTED,
            place=Place.parse(said.get("from", "")),
            review=next(iter(some_ids([said.get("review", "")])), None),
            saying=Saying.parse(said),
            beside="beside" in said,
        )

    def url(self, **other: Any) -> str:
        """The address of this place, or of another one near it."""
        at = {
            "kind": self.kind.value if self.kind is not Kind.REPORTED else None,
            "from": self.place,
            "review": self.review,
            "beside": "1" if self.beside else None,
            **other,
        }
        wanted = [(name, str(value)) for name, value in at.items() if value is not None]
        return PATH + (f"?{urlencode(wanted)}" if wanted else "")


@get("/queue")
async def show(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """The cards of one kind, and the open one with what is known of it."""
    standing = Standing.parse(pairs(request))
    async with access(request, visit) as reader:
        if rendering.wants(request, "say"):
            saying = await _saying(reader, standing, await _wanted(reader, visit, standing.review))
            return rendering.render(request, "say.html", visit, {"view": "queue", **saying})
        context = {
            "view": "queue",
            **await panes(reader, visit, standing),
            **await decided(reader, visit, *just_done(request)),
            **await frame(reader, visit),
        }
        note_source(request.scope, reader.source)
    blocks = ["panes"] if rendering.wants(request, "panes") else []
    return rendering.render(request, "queue.html", visit, context, blocks=blocks)


@post("/claims")
async def keep_claims(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """The open card stays mine for two more minutes; and who has which of the cards shown, as it is now."""
    asked = await form(request)
    number, _, version = asked.get("open").partition(".")
    opened = an_id(number, "review") if number else None
    cards = some_ids(asked.all("card"))[:LISTED]
    async with access(request, visit) as reader:
        if opened and isinstance(reader, Writer):
            await claims.keep(reader, visit.actor, opened)
        context = {
            "cards": cards,
            "opened": opened,
            "claimed": await claims.of(reader, visit.actor, [*cards, *([opened] if opened else [])]),
            "change": await _change_since(reader, visit, opened, version),
            **await frame(reader, visit),
        }
    return rendering.render(request, "claims.html", visit, context)


def access(request: AnyRequest, visit: Visit) -> AbstractAsyncContextManager[Reader]:
    """The primary, which alone knows the claims: to be written to by whoever may claim a card."""
    database = request.app.state.database
    wanted: AbstractAsyncContextManager[Reader] = (
        database.write() if visit.may("moderate") else database.read(fresh=True)
    )
    return wanted


async def panes(reader: Reader, visit: Visit, standing: Standing) -> dict[str, Any]:
    """The queue's cards, the one that is open, and the one after it.

    Opening a card by its address claims it. The first one of a list may be hidden, as on a phone: its page asks for it
    where it can be seen.
    """
    page = await queue.cards(reader, visit.actor, standing.kind, standing.place)
    ids = [card["id"] for card in page.rows]
    claimed = await claims.of(reader, visit.actor, [*ids, *([standing.review] if standing.review else [])])
    free = [number for number in ids if number not in claimed or claimed[number].mine]
    whole = await _wanted(reader, visit, standing.review)
    if whole is None and (number := next(iter(free or ids), None)):
        whole = await browsing.one(reader, visit.actor, number)
    chosen = whole.review["id"] if whole else None
    opened = standing.review is not None
    if chosen and opened and isinstance(reader, Writer) and await claims.open_card(reader, visit.actor, chosen):
        claimed = await claims.of(reader, visit.actor, [*ids, chosen])
    at = ids.index(chosen) if chosen in ids else -1
    others = [number for number in ids[at + 1 :] + ids[: max(at, 0)] if number in free and number != chosen]
    context: dict[str, Any] = {
        "standing": standing,
        "kind": standing.kind.value,
        "cases": page.rows,
        "more": page.more,
        "mine": await queue.count_mine(reader, visit.actor),
        "claimed": claimed,
        "chosen": chosen,
        "next": others[0] if others else None,
        "opened": opened,
        "whole": whole,
        "reasons": await moderation.reasons(reader),
        **await _saying(reader, standing, whole),
    }
    if whole:
        context |= {
            "known": await queue.context(reader, visit.actor, whole.review),
            **await _triggered(reader, visit, whole),
        }
    return context


async def _wanted(reader: Reader, visit: Visit, review_id: int | None) -> browsing.Whole | None:
    """The review that an address names, while it waits; wherever in the queue it is."""
    if review_id is None:
        return None
    try:
        whole = await browsing.one(reader, visit.actor, review_id)
    except NotFound:
        return None
    return whole if whole.review["case_kind"] else None


async def _saying(reader: Reader, standing: Standing, whole: browsing.Whole | None) -> dict[str, Any]:
    """What is open above the decision of this card."""
    here = partial(standing.url, review=whole.review["id"] if whole else None)
    return {"standing": standing, **await standing.saying.context(reader, whole, here)}


async def _triggered(reader: Reader, visit: Visit, whole: browsing.Whole) -> dict[str, Any]:
    """The rules that the review met when it was sent, and its title and text with the places marked."""
    review, rules = whole.review, await screening.rules_met(reader, visit.actor, whole.events)
    return {
        "met": [rule.name for rule in rules],
        "title_marked": marking.marked(review["summary"], rules),
        "text_marked": marking.marked(review["body"], rules),
    }


async def _change_since(reader: Reader, visit: Visit, review_id: int | None, version: str) -> Row | None:
    """What somebody did to the open review since it was shown."""
    if review_id is None or not version.isdigit():
        return None
    row = await browsing.row(reader, visit.actor, review_id)
    if str(row["version"]) == version:
        return None
    return await moderation.last_change(reader, review_id)


handlers = [show, keep_claims]
