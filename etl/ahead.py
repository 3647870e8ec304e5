"""Fetching ahead of the reader: the next block comes over the network while the one before it is worked on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, wait
from functools import cache
from threading import Thread

# Seconds between two looks at whether the reader was told to stop.
BEAT = 0.2


def ahead(fetch: Callable[[], Awaitable[bytes]], heed: Callable[[], None] | None = None) -> Iterator[bytes]:
    """What `fetch` brings until it brings nothing: one block with the reader, one on its way, never more.

    `heed` is called while the reader waits, and may raise. Whoever leaves early leaves nothing behind: the fetch under
    way is cancelled.
    """

    async def fetched() -> bytes:
        return await fetch()

    coming = asyncio.run_coroutine_threadsafe(fetched(), _loop())
    try:
        while block := _waited_for(coming, heed):
            coming = asyncio.run_coroutine_threadsafe(fetched(), _loop())
            yield block
    finally:
        coming.cancel()


def _waited_for(coming: Future[bytes], heed: Callable[[], None] | None) -> bytes:
    while heed and not wait([coming], timeout=BEAT).done:
        heed()
    return coming.result()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The one thread of a process on which blocks come in."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="fetching ahead", daemon=True).start()
    return loop
