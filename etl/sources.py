"""Deliveries in a bucket or a folder, through one interface: listed, pinned by ETag, read in ranges.

An object that is replaced while it is read stops its file: `ReplacedError`. Everything else that can go wrong is an
`AtelierError` of one line with the mend.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, PreconditionError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from backend.domain.errors import AtelierError, Invalid, Unavailable
from backend.domain.locations import Location, parse, permit, within

BLOCK = 1 << 21
MOST_OBJECTS = 10_000
# Rejected rows nearer to each other than this are fetched by one request.
GAP = 1 << 16
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# A file that swells beyond this ratio, once it is large, is made to fill a disk and not to be read.
BOMB_RATIO, BOMB_BYTES = 200, 1 << 26


# obstore raises Python's own where there is one.
_MISSING = (NotFoundError, FileNotFoundError)
_REFUSED = (PermissionDeniedError, UnauthenticatedError, PermissionError)


class ReplacedError(AtelierError):
    """The object is not the one that was pinned."""


class UnreachableError(Unavailable):
    """The bucket does not answer."""


class BrokenError(AtelierError):
    """The object cannot be unpacked."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a delivery. `name` is its address below the run's source; `etag` pins what is read."""

    name: str
    location: Location
    size: int
    etag: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the picker: a folder (its URL ends in `/`) or an object."""

    url: str
    name: str
    folder: bool
    size: int | None = None
    modified: datetime | None = None


class Sources:
    """Reads locations. Without `buckets` and `roots` (None) it may read whatever its user may: the shell's case."""

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        region: str = "us-east-1",
        buckets: Sequence[str] | None = None,
        roots: Sequence[Path] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._region = region
        self._buckets = buckets
        self._roots = roots

    def objects(self, url: str) -> list[Object]:
        """The object, or all below the prefix, by name; raise where there is none."""
        location = self._permitted(parse(url))
        store, path = self._store(location)
        with _explained(location):
            if location.path and not location.path.endswith("/") and (single := self._single(store, path, location)):
                return [single]
            found: list[Object] = []
            for batch in obstore.list(store, prefix=path or None):
                found += [self._object(meta, location) for meta in batch]
                if len(found) > MOST_OBJECTS:
                    raise Invalid(f"{url} holds more than {MOST_OBJECTS} objects: name a prefix further down.")
        found = [each for each in found if self._readable(each.location)]
        if not found:
            raise Invalid(f"There is nothing at {url}. Check the address.")
        return sorted(found, key=lambda each: each.name)

    def entries(self, url: str) -> list[Entry]:
        """What stands directly below a prefix, folders first. Without a URL, the places one may start from."""
        if not url:
            tops = [f"s3://{bucket}/" for bucket in self._buckets or ()]
            tops += [f"{root.as_uri()}/" for root in self._roots or ()]
            return [Entry(top, top, folder=True) for top in tops]
        location = self._permitted(parse(url))
        store, path = self._store(location)
        with _explained(location):
            listed = obstore.list_with_delimiter(store, prefix=path or None)
        base = location.url if location.url.endswith("/") or not location.path else f"{location.url}/"
        folders = [name.rstrip("/").rsplit("/", 1)[-1] for name in listed["common_prefixes"]]
        files = [(meta["path"].rsplit("/", 1)[-1], meta) for meta in listed["objects"]]
        return [Entry(f"{base}{name}/", name, folder=True) for name in sorted(folders)] + [
            Entry(f"{base}{name}", name, folder=False, size=meta["size"], modified=meta["last_modified"])
            for name, meta in sorted(files, key=lambda each: each[0])
        ]

    def raw_blocks(self, each: Object, block: int = BLOCK) -> Iterator[bytes]:
        """The object's bytes as they are stored."""
        for start in range(0, each.size, block):
            yield self._range(each, start, min(start + block, each.size))

    def blocks(self, each: Object, block: int = BLOCK, on_read: Callable[[int], None] | None = None) -> Iterator[bytes]:
        """The object's bytes, unpacked where they are gzip. `on_read` is told how many stored bytes were used up."""
        unpack: _Gunzip | None = None
        read = 0
        for raw in self.raw_blocks(each, block):
            if read == 0:
                if raw.startswith(ZSTD):
                    raise BrokenError(
                        f"{each.name} is packed with zstd, which is not read yet: unpack it, or use gzip."
                    )
                unpack = _Gunzip(each.name) if raw.startswith(GZIP) else None
            read += len(raw)
            if on_read:
                on_read(read)
            if unpack:
                yield from unpack.feed(raw)
            else:
                yield raw
        if unpack:
            unpack.close()

    def slices(self, each: Object, places: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        """The bytes at each (offset, length), in ascending order of offset, of the unpacked object."""
        if places and self._range(each, 0, min(4, each.size)).startswith(GZIP):
            yield from _slices_of_stream(self.blocks(each), places)
            return
        group: list[tuple[int, int]] = []
        for place in places:
            if group and (place[0] - sum(group[-1]) > GAP or place[0] - group[0][0] > BLOCK):
                yield from self._slices(each, group)
                group = []
            group.append(place)
        if group:
            yield from self._slices(each, group)

    def _slices(self, each: Object, group: list[tuple[int, int]]) -> Iterator[bytes]:
        start = group[0][0]
        data = self._range(each, start, max(offset + length for offset, length in group))
        for offset, length in group:
            yield data[offset - start : offset - start + length]

    def _range(self, each: Object, start: int, end: int) -> bytes:
        if end <= start:
            return b""
        if not self._readable(each.location):
            raise Invalid(f"{each.name} leads out of the folders to import from.")
        store, path = self._store(each.location)
        try:
            with _explained(each.location):
                options: Any = {"range": (start, end), "if_match": each.etag}
                data = bytes(obstore.get(store, path, options=options).bytes())
        except (PreconditionError, *_MISSING) as error:
            raise ReplacedError(
                f"{each.name} was replaced or removed while it was read. Nothing of it was written: import it again."
            ) from error
        if len(data) != end - start:
            raise ReplacedError(f"{each.name} became shorter while it was read. Import it again.")
        return data

    def _permitted(self, location: Location) -> Location:
        if self._buckets is not None or self._roots is not None:
            permit(location, self._buckets or (), self._roots or ())
        return location

    def _readable(self, location: Location) -> bool:
        """A link in a permitted folder does not lead out of it."""
        return location.scheme == "s3" or self._roots is None or within(Path(location.path), self._roots)

    def _store(self, location: Location) -> tuple[Any, str]:
        """A store and the path in it."""
        if location.scheme == "file":
            return LocalStore(prefix="/"), location.path.strip("/")
        http = bool(self._endpoint and self._endpoint.startswith("http://"))
        config: Any = {"endpoint": self._endpoint} if self._endpoint else {}
        return S3Store(
            location.bucket,
            region=self._region,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": http,
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=60),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=15)},
            **config,
        ), location.path.strip("/")

    def _single(self, store: Any, path: str, location: Location) -> Object | None:
        if location.scheme == "file" and not Path(location.path).is_file():
            return None
        try:
            meta = obstore.head(store, path)
        except _MISSING:
            return None
        name = path.rsplit("/", 1)[-1]
        return Object(name, location, meta["size"], meta.get("e_tag"))

    @staticmethod
    def _object(meta: Any, location: Location) -> Object:
        path = meta["path"]
        prefix = location.path.strip("/")
        name = path[len(prefix) :].lstrip("/") or path
        place = Location(location.scheme, location.bucket, f"/{path}" if location.scheme == "file" else path)
        return Object(name, place, meta["size"], meta.get("e_tag"))


class _explained:  # noqa: N801 - used as a statement
    """Turns a store's error into one line with the mend. A missing or changed object passes: the caller knows more."""

    def __init__(self, location: Location) -> None:
        self._location = location

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PreconditionError) or not isinstance(error, BaseError | OSError):
            return
        text = str(error)
        where = f"s3://{self._location.bucket}" if self._location.scheme == "s3" else self._location.path
        if "NoSuchBucket" in text:
            raise Invalid(f"There is no bucket {self._location.bucket}. Check the source.") from error
        if isinstance(error, _MISSING):
            return
        if isinstance(error, _REFUSED) or any(
            code in text for code in ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "Forbidden")
        ):
            raise Invalid(
                f"{where} refuses the credentials. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
                if self._location.scheme == "s3"
                else f"{where} may not be read by this user. Check its permissions."
            ) from error
        if self._location.scheme == "s3":
            raise UnreachableError(f"{where} does not answer. Check ATELIER_S3_ENDPOINT and the network.") from error
        raise Invalid(f"{where} cannot be read. Check the path.") from error


class _Gunzip:
    """Unpacks gzip of one or many members in blocks of bounded size."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._unpacker = zlib.decompressobj(wbits=31)
        self._read = 0
        self._written = 0
        self._inside = False  # a member has begun and not ended

    def feed(self, raw: bytes) -> Iterator[bytes]:
        self._read += len(raw)
        while raw:
            try:
                data = self._unpacker.decompress(raw, BLOCK)
            except zlib.error as error:
                raise BrokenError(f"{self._name} is broken: its gzip data cannot be unpacked.") from error
            self._inside = not self._unpacker.eof
            self._written += len(data)
            if self._written > BOMB_BYTES and self._written > BOMB_RATIO * self._read:
                raise BrokenError(f"{self._name} unpacks to more than {BOMB_RATIO} times its size: it is refused.")
            if data:
                yield data
            raw = self._unpacker.unconsumed_tail
            if self._unpacker.eof:
                raw = self._unpacker.unused_data.lstrip(b"\x00")
                self._unpacker = zlib.decompressobj(wbits=31)

    def close(self) -> None:
        if self._inside:
            raise BrokenError(f"{self._name} is cut off: its gzip data ends too early.")


def _slices_of_stream(blocks: Iterator[bytes], places: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    buffer, base = b"", 0
    for offset, length in places:
        while base + len(buffer) < offset + length:
            if base + len(buffer) <= offset:
                base, buffer = base + len(buffer), b""
            block = next(blocks, b"")
            if not block:
                break
            buffer += block
        buffer, base = (buffer[offset - base :], offset) if offset > base else (buffer, base)
        yield buffer[offset - base : offset - base + length]
