"""What was delivered of a review: the file that has its line, for whoever may see what people wrote there."""

from backend.domain.actors import Actor
from backend.domain.errors import NotFound
from backend.domain.roles import Permission
from backend.store import sql
from backend.store.database import Reader, Row

queries = sql.load("delivered")


async def file_of(reader: Reader, actor: Actor, file_id: int) -> Row:
    """A file that an import read: id, name, url, etag, bytes.

    Its lines have addresses and whatever else was delivered, so a moderator's permission is asked for.
    """
    actor.require(Permission.MODERATE)
    file = await reader.fetch_one(queries["file"], {"file_id": file_id})
    if file is None:
        raise NotFound("It is no longer known which file this line stood in.")
    return file
