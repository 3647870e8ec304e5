"""Deliveries in a bucket or a folder, through one interface: listed, pinned by ETag, read in blocks.

An object that is replaced while it is read stops its file: `ReplacedError`. Everything else that can go wrong is an
`AtelierError` of one line with the mend.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path

from backend.domain.errors import Invalid
from backend.domain.locations import Location, parse, permit
from etl.buckets import Buckets
from etl.folders import Folders
from etl.objects import BrokenError, Entry, Object, ReplacedError, UnreachableError, natural

__all__ = ["BLOCK", "BrokenError", "Entry", "Object", "ReplacedError", "Sources", "UnreachableError", "natural"]

BLOCK = 1 << 23
MOST_OBJECTS = 10_000
REQUESTS = 4  # at once, for rejected rows


class Sources:
    """Reads locations. Without `buckets` and `roots` (None) it may read whatever its user may: the shell's case.

    `heed` is called now and then while a reader waits for bytes of a bucket; it may raise to stop it.
    """

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        region: str = "us-east-1",
        path_style: bool = True,
        buckets: Sequence[str] | None = None,
        roots: Sequence[Path] | None = None,
        heed: Callable[[], None] | None = None,
    ) -> None:
        self._buckets = buckets
        self._roots = roots
        self._s3 = Buckets(endpoint, region, path_style=path_style, heed=heed)
        self._files = Folders(roots)

    def objects(self, url: str) -> list[Object]:
        """The object, or all below the prefix, by name with numbers as people count; raise where there is none."""
        location = self._permitted(parse(url))
        found: list[Object] = []
        for each in self._at(location).objects(location):
            found.append(each)
            if len(found) > MOST_OBJECTS:
                raise Invalid(f"{url} holds more than {MOST_OBJECTS} objects: name a prefix further down.")
        if not found:
            raise Invalid(f"There is nothing at {url}. Check the address.")
        return sorted(found, key=lambda each: natural(each.name))

    def entries(self, url: str) -> list[Entry]:
        """What stands directly below a prefix, folders first. Without a URL, the places one may start from."""
        if not url:
            tops = [f"s3://{bucket}/" for bucket in self._buckets or ()]
            tops += [f"{root.as_uri()}/" for root in self._roots or ()]
            return [Entry(top, top, folder=True) for top in tops]
        location = self._permitted(parse(url))
        found = self._at(location).entries(location)
        return sorted(found, key=lambda entry: (not entry.folder, natural(entry.name)))

    def raw_blocks(self, each: Object, block: int = BLOCK) -> Iterator[bytes]:
        """The object's bytes as they are stored."""
        return self._read(each, 0, each.size, block)

    def blocks(self, each: Object, block: int = BLOCK, on_read: Callable[[int], None] | None = None) -> Iterator[bytes]:
        """The object's bytes, unpacked where they are packed, in blocks of at most `block` bytes.

        `on_read` is told how many stored bytes were used up.
        """
        for used, data in self._unpacked(each, block):
            if on_read:
                on_read(used)
            yield data

    def slices(
        self, each: Object, places: Iterable[tuple[int, int]], on_read: Callable[[int], None] | None = None
    ) -> Iterator[bytes]:
        """The bytes at each (offset, length), in ascending order of offset, of the unpacked object.

        Of the places no more are asked for than lie in as many blocks as there are requests at once; one that reaches
        beyond the end brings less. `on_read` is told how many stored bytes were used up on the way through a packed
        object; it may raise to end it.
        """
        # Only here and below: what unpacks is installed where imports run, and the console lists alone.
        from etl.unpack import packing  # noqa: PLC0415

        asked = iter(places)
        first = list(islice(asked, 1))
        if first and packing(self._range(each, 0, min(4, each.size))):
            yield from _slices_of_stream(self.blocks(each, on_read=on_read), chain(first, asked))
            return
        pool, under_way = ThreadPoolExecutor(REQUESTS, "import-slices"), deque[Future[list[bytes]]]()
        try:
            for group in _groups(chain(first, asked), self._at(each.location).gap):
                if len(under_way) == REQUESTS:
                    yield from under_way.popleft().result()
                under_way.append(pool.submit(self._slices, each, group))
            while under_way:
                yield from under_way.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _slices(self, each: Object, group: list[tuple[int, int]]) -> list[bytes]:
        start = group[0][0]
        data = self._range(each, start, min(max(offset + length for offset, length in group), each.size))
        return [data[offset - start : offset - start + length] for offset, length in group]

    def _range(self, each: Object, start: int, end: int) -> bytes:
        return b"".join(self._read(each, start, end, max(1, end - start)))

    def _unpacked(self, each: Object, block: int) -> Iterator[tuple[int, bytes]]:
        from etl.unpack import packing, unpack  # noqa: PLC0415

        stored = self.raw_blocks(each, block)
        first = next(stored, b"")
        packed = packing(first)
        whole = chain((first,) if first else (), stored)
        del first  # or it would be kept until the end
        if packed:
            yield from unpack(packed, whole, each.name, block)
            return
        used = 0
        for data in whole:
            used += len(data)
            yield used, data

    def _read(self, each: Object, start: int, end: int, block: int) -> Iterator[bytes]:
        return self._at(each.location).read(each, start, end, block) if start < end else iter(())

    def _at(self, location: Location) -> Buckets | Folders:
        return self._s3 if location.scheme == "s3" else self._files

    def _permitted(self, location: Location) -> Location:
        if self._buckets is not None or self._roots is not None:
            permit(location, self._buckets or (), self._roots or ())
        return location


def _groups(places: Iterable[tuple[int, int]], gap: int) -> Iterator[list[tuple[int, int]]]:
    """Places that one request brings: a block at most, without larger gaps."""
    group: list[tuple[int, int]] = []
    start = end = 0
    for place in places:
        if group and (place[0] - end > gap or place[0] - start > BLOCK):
            yield group
            group = []
        if not group:
            start = place[0]
        group.append(place)
        end = place[0] + place[1]
    if group:
        yield group


def _slices_of_stream(blocks: Iterator[bytes], places: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    buffer, base = b"", 0
    for offset, length in places:
        while base + len(buffer) < offset + length and (block := next(blocks, b"")):
            # Cut only here: a block has thousands of places.
            kept = buffer[offset - base :]
            base, buffer = base + len(buffer) - len(kept), kept + block
        yield buffer[offset - base : offset - base + length]
