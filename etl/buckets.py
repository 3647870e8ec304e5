"""Deliveries in an S3 bucket: who may enter, what is there, and the way to read it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property
from threading import Lock
from typing import Any

import obstore
from obstore.store import S3Store

from backend.domain.errors import Invalid
from backend.domain.locations import Location
from etl.ahead import ahead
from etl.objects import Entry, Object
from etl.refusals import FAILED, MISSING, explained
from etl.streams import Stream

# Seconds without a byte after which a stream has stalled.
STALL = 20
# How often, and for how many seconds, a request is tried again that brings nothing: while reading, while listing.
PATIENCE, HASTE = (8, 60), (3, 15)
# Role credentials last at least ten minutes from when they are handed out: fetched again well before that.
CREDENTIALS = timedelta(minutes=5)


class Buckets:
    """Reads the buckets of one S3. `heed` is called while a reader waits, and may raise to stop it."""

    gap = 1 << 20  # bytes that come sooner than the answer to another request

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
        except FAILED as error:
            raise explained(error, location) from error

    def entries(self, location: Location) -> list[Entry]:
        """What stands directly below the prefix."""
        store, path = self._store(location.bucket, HASTE), location.path.strip("/")
        try:
            listed = obstore.list_with_delimiter(store, prefix=path or None)
        except FAILED as error:
            raise explained(error, location) from error
        base = f"s3://{location.bucket}/{path}/" if path else f"s3://{location.bucket}/"
        folders = [name.rstrip("/").rsplit("/", 1)[-1] for name in listed["common_prefixes"]]
        files = [(meta["path"].rsplit("/", 1)[-1], meta) for meta in listed["objects"] if meta["path"] != path]
        return [Entry(f"{base}{name}/", name, folder=True) for name in folders] + [
            Entry(
                f"{base}{name}",
                name,
                folder=False,
                size=meta["size"],
                modified=meta["last_modified"],
                etag=meta.get("e_tag"),
            )
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


def _single(store: S3Store, path: str, location: Location) -> Object | None:
    try:
        meta = obstore.head(store, path)
    except MISSING as error:
        if "NoSuchBucket" in str(error):
            raise
        return None
    return Object(path.rsplit("/", 1)[-1], location, meta["size"], meta.get("e_tag"))


def _of_bucket(endpoint: str, bucket: str) -> str:
    """The address of a bucket whose name stands before that of the endpoint."""
    scheme, _, host = endpoint.partition("://")
    return f"{scheme}://{bucket}.{host}"
