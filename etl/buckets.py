"""Deliveries in an S3 bucket: listed, pinned by ETag, and read in streams that go on from where they broke."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import cached_property
from threading import Lock
from typing import Any

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, PreconditionError, UnauthenticatedError
from obstore.store import S3Store

from backend.domain.errors import AtelierError, Invalid
from backend.domain.locations import Location
from etl.ahead import ahead
from etl.objects import Entry, Object, UnreachableError, replaced

# One request brings at most so many bytes: each asks anew for the pinned ETag.
SPAN = 1 << 28
# A stream hands over its bytes in pieces of about this size.
PIECE = 1 << 18
# Seconds without a byte after which a stream has stalled.
STALL = 20
# How often, and for how many seconds, a request is tried again that brings nothing: while reading, while listing.
PATIENCE, HASTE = (8, 60), (3, 15)
# Role credentials last at least ten minutes from when they are handed out: fetched again well before that.
CREDENTIALS = timedelta(minutes=5)

# obstore raises Python's own where there is one.
_MISSING = (NotFoundError, FileNotFoundError)
_REFUSED = (PermissionDeniedError, UnauthenticatedError, PermissionError)
_FAILED = (BaseError, OSError)
# What obstore says within another error where it found so when it went on with a body by itself.
_GONE = ("412 Precondition Failed", "404 Not Found")
# How obstore names what `Buckets` gives it to find credentials with.
_PROVIDER = "External AWS credential provider"
_REFUSALS = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "Forbidden", "ExpiredToken", "InvalidToken")


class Buckets:
    """Reads the buckets of one S3. `heed` is called while a reader waits, and may raise to stop it."""

    def __init__(
        self, endpoint: str | None, region: str, *, path_style: bool, heed: Callable[[], None] | None = None
    ) -> None:
        self._endpoint = endpoint
        self._region = region
        self._path_style = path_style
        self._heed = heed
        self._stores: dict[tuple[str, tuple[int, int]], S3Store] = {}
        self._opening = Lock()

    def objects(self, location: Location) -> Iterator[Object]:
        """The object, or all below the prefix, in no order."""
        store, path = self._store(location.bucket, HASTE), location.path.strip("/")
        try:
            if path and not location.path.endswith("/") and (single := _single(store, path, location)):
                yield single
                return
            for batch in obstore.list(store, prefix=path or None):
                for meta in batch:
                    # A bucket's own mark of a folder is an empty object of the folder's name.
                    if name := meta["path"][len(path) :].lstrip("/"):
                        place = Location("s3", location.bucket, meta["path"])
                        yield Object(name, place, meta["size"], meta.get("e_tag"))
        except _FAILED as error:
            raise explained(error, location) from error

    def entries(self, location: Location) -> list[Entry]:
        """What stands directly below the prefix."""
        store, path = self._store(location.bucket, HASTE), location.path.strip("/")
        try:
            listed = obstore.list_with_delimiter(store, prefix=path or None)
        except _FAILED as error:
            raise explained(error, location) from error
        base = f"s3://{location.bucket}/{path}/" if path else f"s3://{location.bucket}/"
        folders = [name.rstrip("/").rsplit("/", 1)[-1] for name in listed["common_prefixes"]]
        files = [(meta["path"].rsplit("/", 1)[-1], meta) for meta in listed["objects"] if meta["path"] != path]
        return [Entry(f"{base}{name}/", name, folder=True) for name in folders] + [
            Entry(f"{base}{name}", name, folder=False, size=meta["size"], modified=meta["last_modified"])
            for name, meta in files
        ]

    def read(self, each: Object, start: int, end: int, block: int) -> Iterator[bytes]:
        """The bytes from `start` to `end` in blocks, fetched one ahead."""
        stream = Stream(self._store(each.location.bucket, PATIENCE), each, start, end)
        return ahead(lambda: stream.read(block), self._heed)

    def _store(self, bucket: str, patience: tuple[int, int]) -> S3Store:
        with self._opening:
            if (bucket, patience) not in self._stores:
                self._stores[bucket, patience] = self._opened(bucket, *patience)
            return self._stores[bucket, patience]

    def _opened(self, bucket: str, retries: int, seconds: int) -> S3Store:
        config: Any = {}
        if self._endpoint:
            config["endpoint"] = self._endpoint if self._path_style else _of_bucket(self._endpoint, bucket)
        return S3Store(
            bucket,
            region=self._region,
            virtual_hosted_style_request=not self._path_style,
            client_options={
                "allow_http": bool(self._endpoint and self._endpoint.startswith("http://")),
                "connect_timeout": timedelta(seconds=5),
                "read_timeout": timedelta(seconds=STALL),
                # A stream is as long as its reader takes; one that stands still is known by read_timeout.
                "timeout": timedelta(days=1),
            },
            retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=seconds)},
            credential_provider=self._credentials,
            **config,
        )

    @cached_property
    def _credentials(self) -> Any:
        """Where boto3 finds them: profile, web identity, container, instance. obstore reads the environment's."""
        # Only here: it takes a third of a second to load, and files need none.
        import boto3  # noqa: PLC0415
        from botocore.credentials import EnvProvider  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
        from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415

        try:
            if EnvProvider().load():
                return None
            return Boto3CredentialProvider(boto3.Session(region_name=self._region), ttl=CREDENTIALS)
        except ValueError as error:
            raise Invalid(
                "There are no credentials for S3. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE,"
                " or give this machine a role."
            ) from error
        except BotoCoreError as error:
            raise Invalid(f"The credentials for S3 cannot be read. {error}") from error


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
        self._kept = bytearray()
        self._pieces: AsyncIterator[bytes] | None = None
        self._upto = start
        self._moved = False

    async def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end, none after it."""
        while len(self._kept) < size and self._at < self._end:
            self._kept += await self._piece(size)
        data = bytes(memoryview(self._kept)[:size])
        del self._kept[:size]
        last = self._at == self._end and not self._kept
        if data and last and self._end - self._start > size:
            await self._demand_pinned()
        return data

    async def _piece(self, block: int) -> bytes:
        while True:
            try:
                if self._pieces is None:
                    self._pieces = await self._request(block)
                piece = await anext(self._pieces, b"")
            except (PreconditionError, *_MISSING) as error:
                raise replaced(self._object) from error
            except _FAILED as error:
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
        except _MISSING as error:
            raise replaced(self._object) from error
        except _FAILED as error:
            raise explained(error, self._object.location) from error
        if meta.get("e_tag") != self._object.etag:
            raise replaced(self._object)


def explained(error: Exception, location: Location) -> AtelierError:
    """A store's error in one line, with the mend."""
    text = str(error)
    where = f"s3://{location.bucket}"
    if _PROVIDER in text:
        why = text.partition(_PROVIDER)[2].partition("\n")[0].strip(" :.")
        return Invalid(f"The credentials for {where} cannot be had. Check the profile or the role ({why}).")
    if "NoSuchBucket" in text:
        return Invalid(f"There is no bucket {location.bucket}. Check the source.")
    if isinstance(error, _REFUSED) or any(code in text for code in _REFUSALS):
        return Invalid(
            f"{where} refuses the credentials. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the profile or role."
        )
    if "redirect without LOCATION" in text:
        return Invalid(f"{where} is in another region. Check ATELIER_S3_REGION.")
    return UnreachableError(f"{where} does not answer. Check ATELIER_S3_ENDPOINT and the network.")


def _single(store: S3Store, path: str, location: Location) -> Object | None:
    try:
        meta = obstore.head(store, path)
    except _MISSING as error:
        if "NoSuchBucket" in str(error):
            raise
        return None
    return Object(path.rsplit("/", 1)[-1], location, meta["size"], meta.get("e_tag"))


def _of_bucket(endpoint: str, bucket: str) -> str:
    """The address of a bucket whose name stands before that of the endpoint."""
    scheme, _, host = endpoint.partition("://")
    return f"{scheme}://{bucket}.{host}"
