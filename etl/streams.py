"""An object of a bucket read as one stream, which goes on from where it broke."""

from collections.abc import AsyncIterator
from typing import Any

import obstore
from obstore.exceptions import PreconditionError
from obstore.store import S3Store

from etl.objects import Object, UnreachableError, replaced
from etl.refusals import FAILED, MISSING, explained

# One request brings at most so many bytes: each asks anew for the pinned ETag.
SPAN = 1 << 28
# A stream hands over its bytes in pieces of about this size.
PIECE = 1 << 18
# What obstore says within another error where it found so when it went on with a body by itself.
_GONE = ("412 Precondition Failed", "404 Not Found")


class Stream:
    """The bytes of one object, from `start` to `end`. What breaks off is asked for again from the byte it broke at.

    obstore tries a request again, and a body by itself, as often as the store's patience allows; here it is given new
    patience as long as bytes have come since the last time it gave up.
    """

    def __init__(self, store: S3Store, each: Object, start: int, end: int) -> None:
        self._store = store
        self._object = each
        self._path = each.location.path.strip("/")
        self._at = self._start = start
        self._end = end
        self._rest = b""
        self._pieces: AsyncIterator[bytes] | None = None
        self._upto = start
        self._moved = False

    async def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end, none after it."""
        pieces, held = [self._rest], len(self._rest)
        while held < size and self._at < self._end:
            pieces.append(await self._piece(size))
            held += len(pieces[-1])
        # Only the last piece may be cut: a block is joined once and not copied again.
        keep = len(pieces[-1]) - max(0, held - size)
        self._rest = pieces[-1][keep:]
        pieces[-1] = pieces[-1][:keep]
        last = self._at == self._end and not self._rest
        if held and last and self._end - self._start > size:
            await self._demand_pinned()
        return b"".join(pieces)

    async def _piece(self, block: int) -> bytes:
        while True:
            try:
                if self._pieces is None:
                    self._pieces = await self._request(block)
                piece = await anext(self._pieces, b"")
            except (PreconditionError, *MISSING) as error:
                raise replaced(self._object) from error
            except FAILED as error:
                self._give_up_unless_moved(error)
                continue
            if not piece:
                self._give_up_unless_moved(None)
                continue
            self._moved = True
            self._at += len(piece)
            if self._at == self._upto:
                self._pieces = None
            return piece

    async def _request(self, block: int) -> AsyncIterator[bytes]:
        # The first request is small: many a reader wants the beginning alone.
        self._upto = min(self._end, self._at + (block if self._at == self._start else SPAN))
        options: Any = {"range": (self._at, self._upto), "if_match": self._object.etag}
        result = await obstore.get_async(self._store, self._path, options=options)
        return aiter(result.stream(min_chunk_size=PIECE))

    def _give_up_unless_moved(self, error: Exception | None) -> None:
        self._pieces = None
        if self._moved:
            self._moved = False
            return
        if error and any(mark in str(error) for mark in _GONE):
            raise replaced(self._object) from error
        told = explained(error, self._object.location) if error else None
        if told and not isinstance(told, UnreachableError):
            raise told from error
        raise UnreachableError(
            f"s3://{self._object.location.bucket} stopped answering at byte {self._at} of {self._object.name}."
            " Check ATELIER_S3_ENDPOINT and the network, then import again."
        ) from error

    async def _demand_pinned(self) -> None:
        """A stream that has begun goes on with what it began with: look whether that is still there."""
        try:
            meta = await obstore.head_async(self._store, self._path)
        except MISSING as error:
            raise replaced(self._object) from error
        except FAILED as error:
            raise explained(error, self._object.location) from error
        if meta.get("e_tag") != self._object.etag:
            raise replaced(self._object)
