"""Helpful votes. Each adds one; a voter that is known counts once a review."""

from backend.domain.actors import Actor
from backend.domain.errors import NotFound
from backend.services import pacing
from backend.settings import Settings
from backend.store import sql
from backend.store.database import Writer

queries = sql.load("votes")


async def find_helpful(writer: Writer, actor: Actor, settings: Settings, review_id: int) -> None:
    """Count a vote for a review. `NotFound` where there is none, or it was removed; `TooMany` says when to come back.

    A review that is hidden just now takes votes: the page on which somebody read it may be older than that.
    """
    await pacing.count(writer, actor, "vote", settings.votes_per_minute)
    if actor.voter is None:
        found = await writer.execute(queries["count_vote"], {"review_id": review_id})
    else:
        voter = {"review_id": review_id, "voter": actor.voter}
        found = await writer.execute(queries["lock_votable"], voter)
        if found and await writer.execute(queries["cast_vote"], voter):
            await writer.execute(queries["count_vote"], voter)
    if not found:
        raise NotFound("There is no such review.")
