"""Taking a customer's review: screened, stored, counted and searchable in one transaction."""

from collections.abc import Sequence
from typing import Any

import structlog

from backend.domain.actors import Actor
from backend.domain.drafts import FLAGS, REFUSED, Draft
from backend.domain.errors import FieldError, Forbidden, Invalid
from backend.domain.screening import Action, Match, decided
from backend.domain.states import ReviewState
from backend.services import pacing, repeats, screening
from backend.services.repeats import Submitted
from backend.settings import Settings
from backend.store import sql
from backend.store.database import Database, Row, Writer

queries = sql.load("submit")
log = structlog.get_logger(__name__)
_LARGEST_ID = 2_147_483_647


async def submit(
    database: Database, actor: Actor, settings: Settings, draft: Draft, *, key: str | None = None
) -> Submitted:
    """Publish a review, or hold it where a rule says so.

    `Invalid` names an unknown product, characteristics that are not the product's, what a rule refuses, and a review
    that the same e-mail sent within the last 24 hours; `Forbidden` a flag that the caller may not set; `TooMany` says
    when to come back. With `key`, whoever repeats it gets the first answer.
    """
    if key is None and not pacing.holds_for(actor, settings.submits_per_minute) and _is_ordinary(draft):
        # Most are: nothing has to be asked before. What this statement does not take, the long way explains.
        asked = _values(actor, draft, ReviewState.PUBLISHED, examined=False)
        if stored := await database.write_alone(queries["insert_review"], asked):
            return Submitted(stored["id"], held=False)
    async with database.write() as writer:
        return await _take(writer, actor, settings, draft, key)


async def _take(writer: Writer, actor: Actor, settings: Settings, draft: Draft, key: str | None) -> Submitted:
    await pacing.count(writer, actor, "submit", settings.submits_per_minute)
    if key is not None and (known := await repeats.claim(writer, actor, key, draft)):
        return known
    matches = await _examine(writer, actor, draft)
    held = decided(matches) is Action.HOLD
    review = await _store(writer, actor, draft, ReviewState.HELD if held else ReviewState.PUBLISHED)
    if held:
        await writer.execute(queries["open_case"], review)
    await screening.note(writer, actor, review["id"], matches)
    submitted = Submitted(review["id"], held)
    if key is not None:
        await repeats.keep(writer, actor, key, submitted)
    return submitted


async def check(writer: Writer, actor: Actor, draft: Draft) -> bool:
    """Whether the review would be held, if it were sent now; raises what `submit` would, and stores nothing."""
    matches = await _examine(writer, actor, draft)
    if await writer.fetch_value(queries["is_repeated"], {"fingerprint": draft.fingerprint()}):
        raise _sent_already()
    return decided(matches) is Action.HOLD


async def _examine(writer: Writer, actor: Actor, draft: Draft) -> Sequence[Match]:
    """The rules that it meets, none of which refuses it."""
    if barred := [flag for flag in FLAGS if getattr(draft, flag) and flag not in actor.scopes]:
        raise Forbidden(
            "The review holds what this caller may not say.",
            errors=tuple(FieldError(flag, f"Only a key with the scope {flag} may set it.") for flag in barred),
        )
    product = await writer.fetch_one(
        queries["product"], {"product_id": draft.product_id, "characteristics": list(draft.characteristics)}
    )
    if product is None:
        raise Invalid(REFUSED, errors=(FieldError("product_id", "There is no such product."),))
    if strange := sorted(draft.characteristics.keys() - set(product["characteristics"])):
        message = "Is no characteristic of this product."
        raise Invalid(REFUSED, errors=tuple(FieldError(f"characteristics.{number}", message) for number in strange))
    matches = await screening.screen(writer, actor, draft, product["rules"] or ())
    if refusing := [match for match in matches if match.rule.action is Action.REFUSE]:
        # Nothing changes, so the trace has nothing to tell.
        log.info("refused by rules", rules=[match.rule.name for match in refusing], product_id=draft.product_id)
        raise Invalid(REFUSED, errors=tuple(FieldError(match.field, match.message) for match in refusing))
    return matches


def _is_ordinary(draft: Draft) -> bool:
    """Whether it says nothing that takes a scope, and every id may be one."""
    flagged = any(getattr(draft, flag) for flag in FLAGS)
    return not flagged and max((draft.product_id, *draft.characteristics)) <= _LARGEST_ID


async def _store(writer: Writer, actor: Actor, draft: Draft, state: ReviewState) -> Row:
    stored = await writer.fetch_one(queries["insert_review"], _values(actor, draft, state, examined=True))
    if stored is None:
        raise _sent_already()
    return stored


def _values(actor: Actor, draft: Draft, state: ReviewState, *, examined: bool) -> dict[str, Any]:
    return {
        "examined": examined,
        "fingerprint": draft.fingerprint(),
        "voter": actor.voter,
        "product_id": draft.product_id,
        "state": state.value,
        "rating": draft.rating,
        "recommend": draft.recommend,
        "summary": draft.summary,
        "body": draft.body,
        "name": draft.name,
        "email": draft.email,
        "photos": list(draft.photos),
        "characteristics": list(draft.characteristics),
        "values": list(draft.characteristics.values()),
        "verified": draft.verified,
        "incentivized": draft.incentivized,
    }


def _sent_already() -> Invalid:
    return Invalid(REFUSED, errors=(FieldError("body", "The same review was sent within the last 24 hours."),))
