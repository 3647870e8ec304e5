"""Helpful votes. Each adds one; a voter that is known counts once a review."""

from backend.domain.actors import Actor
from backend.domain.errors import NotFound
from backend.services import pacing
from backend.settings import Settings
from backend.store import sql
from backend.store.coalesced import Question
from backend.store.database import Database, Writer

queries = sql.load("votes")
_COUNT = Question(queries["count_votes"])


async def find_helpful(database: Database, actor: Actor, settings: Settings, review_id: int) -> None:
    """Count a vote for a review. `NotFound` where there is none, or it was removed; `TooMany` says when to come back.

    A review that is hidden just now takes votes: the page on which somebody read it may be older than that.
    Votes of nobody in particular that come at the same moment are counted in one transaction.
    """
    if actor.voter is None and not pacing.holds_for(actor, settings.votes_per_minute):
        found = bool((await database.votes.fetch(_COUNT, review_id)).rows)
    else:
        async with database.write() as writer:
            await pacing.count(writer, actor, "vote", settings.votes_per_minute)
            found = await _count(writer, actor, review_id)
    if not found:
        raise NotFound("There is no such review.")


async def _count(writer: Writer, actor: Actor, review_id: int) -> bool:
    vote = {"review_id": review_id, "voter": actor.voter}
    if actor.voter is None:
        return bool(await writer.execute(queries["count_vote"], vote))
    found = await writer.execute(queries["lock_votable"], vote)
    if found and await writer.execute(queries["cast_vote"], vote):
        await writer.execute(queries["count_vote"], vote)
    return bool(found)
