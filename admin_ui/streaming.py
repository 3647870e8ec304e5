"""Pages that change by themselves, as server-sent events: the whole picture again, whenever it is another one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from litestar.response import Stream

from backend.domain.errors import AtelierError, Unavailable

# A stream is begun anew now and then, so that no instance keeps one for ever; the browser does it by itself.
LONGEST = 300  # seconds
BEAT = 15  # seconds of silence after which a sign of life is given


def stream(closing: asyncio.Event, picture: Callable[[], Awaitable[tuple[str, bool]]]) -> Stream:
    """An answer that shows `picture` (the HTML, and whether it is the last) once a second, where it has changed.

    Each message is the whole picture, so that whoever comes again, to whichever instance, has missed nothing.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_changes(closing, picture), media_type="text/event-stream", headers=headers)


async def _changes(closing: asyncio.Event, picture: Callable[[], Awaitable[tuple[str, bool]]]) -> AsyncIterator[str]:
    last, quiet = "", 0
    for _ in range(LONGEST):
        try:
            shown, is_last = await picture()
        except Unavailable:
            return  # the browser asks again, by and by
        except AtelierError:
            yield "event: ended\ndata: gone\n\n"
            return
        if shown != last:
            last, quiet = shown, 0
            yield "".join(f"data: {line}\n" for line in shown.splitlines()) + "\n"
        elif quiet >= BEAT:
            quiet = 0
            yield ": still here\n\n"
        if is_last:
            yield "event: ended\ndata: ended\n\n"
            return
        if await _is_set_within_a_second(closing):
            return  # another instance goes on
        quiet += 1


async def _is_set_within_a_second(event: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            return await event.wait()
    return False
