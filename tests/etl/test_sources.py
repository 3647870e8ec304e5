"""Files and buckets through one interface: pinned, kept within what may be read, explained when they fail."""

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import boto3
import pytest

from backend.domain.errors import AtelierError, Invalid, Unavailable
from backend.domain.locations import parse
from etl.sources import Object, ReplacedError, Sources
from etl.unpack import zstd
from tests.postgres import free_port

DATA = bytes(range(256)) * 40
BUCKET = "deliveries"


def read(sources: Sources, each: Object, block: int = 1000) -> bytes:
    return b"".join(sources.blocks(each, block))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "drop" / "2026-11"
    place.mkdir(parents=True)
    (place / "b.csv").write_bytes(DATA)
    (place / "a b.csv").write_bytes(b"id\n")
    return place


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> Sources:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    client = boto3.client("s3", endpoint_url=s3, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    for key, body in (
        ("2026-11/b.csv", DATA),
        ("2026-11/a.csv", b"id\n"),
        ("2026-11-old/c.csv", b"x"),
        ("top.csv", b"y"),
    ):
        client.put_object(Bucket=BUCKET, Key=key, Body=body)
    return Sources(endpoint=s3, buckets=[BUCKET], roots=[])


@dataclass
class Elsewhere:
    """A bucket of its own, for names that others do not expect."""

    endpoint: str

    @property
    def sources(self) -> Sources:
        return Sources(endpoint=self.endpoint)

    def put(self, key: str, body: bytes) -> None:
        client = boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1")
        client.create_bucket(Bucket="elsewhere")
        client.put_object(Bucket="elsewhere", Key=key, Body=body)


@pytest.fixture
def elsewhere(bucket: Sources, s3: str) -> Elsewhere:
    return Elsewhere(s3)


def test_a_folder_is_listed_by_name_and_read_in_blocks(folder: Path) -> None:
    sources = Sources()
    found = sources.objects(folder.parent.as_uri())
    assert [each.name for each in found] == ["2026-11/a b.csv", "2026-11/b.csv"]
    assert read(sources, found[1]) == DATA
    assert found[1].size == len(DATA)


def test_a_single_file_is_a_delivery_of_its_own(folder: Path) -> None:
    (found,) = Sources().objects((folder / "a b.csv").as_uri())
    assert (found.name, read(Sources(), found)) == ("a b.csv", b"id\n")


def test_a_bucket_is_listed_below_a_prefix_alone(bucket: Sources) -> None:
    for url in (f"s3://{BUCKET}/2026-11", f"s3://{BUCKET}/2026-11/"):
        found = bucket.objects(url)
        assert [each.name for each in found] == ["a.csv", "b.csv"]
        assert read(bucket, found[1]) == DATA
    assert [each.name for each in bucket.objects(f"s3://{BUCKET}/2026-11/b.csv")] == ["b.csv"]
    assert len(bucket.objects(f"s3://{BUCKET}")) == 4


def test_parts_are_listed_as_people_count(folder: Path, elsewhere: Elsewhere) -> None:
    names = [f"reviews.part-{number}.csv" for number in (1, 2, 10, 11, 100)] + ["reviews_0001.csv", "reviews_0010.csv"]
    place = folder / "parts"
    place.mkdir()
    for name in sorted(names):
        (place / name).write_bytes(b"x")
        elsewhere.put(f"parts/{name}", b"x")
    # What a bucket's own console makes of a folder is none of its objects.
    elsewhere.put("parts/", b"")
    for sources, url in ((Sources(), place.as_uri()), (elsewhere.sources, "s3://elsewhere/parts/")):
        assert [each.name for each in sources.objects(url)] == names
        assert [entry.name for entry in sources.entries(url)] == names


@pytest.mark.parametrize("name", ["50% off #1?.csv", "a%20b.csv", "größe & co.csv", "  .csv", ".hidden.csv"])
def test_a_name_may_be_odd(folder: Path, elsewhere: Elsewhere, name: str) -> None:
    (folder / name).write_bytes(DATA)
    key = f"odd/{name}"
    elsewhere.put(key, DATA)
    for sources, url in ((Sources(), folder.as_uri()), (elsewhere.sources, "s3://elsewhere/odd/")):
        (found,) = (each for each in sources.objects(url) if each.name == name)
        # A run keeps an object by its address.
        again = Object(name, parse(found.location.url), found.size, found.etag)
        assert read(sources, again) == DATA


def test_a_link_to_a_folder_above_is_followed_once(folder: Path) -> None:
    (folder / "up").symlink_to(folder.parent)
    (folder / "pipe").touch()
    (folder / "pipe").unlink()
    os.mkfifo(folder / "pipe")
    assert len(Sources().objects(folder.as_uri())) == 2


def test_slices_are_the_bytes_at_their_places(bucket: Sources, folder: Path) -> None:
    places = [(0, 5), (5, 1), (300, 20), (9_000, 100)]
    for sources, url in ((bucket, f"s3://{BUCKET}/2026-11/b.csv"), (Sources(), (folder / "b.csv").as_uri())):
        (found,) = sources.objects(url)
        assert list(sources.slices(found, places)) == [DATA[start : start + length] for start, length in places]


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_slices_of_a_packed_file_are_places_in_what_it_holds(folder: Path, pack: Callable[[bytes], bytes]) -> None:
    (folder / "b.csv").write_bytes(pack(DATA))
    (found,) = Sources().objects((folder / "b.csv").as_uri())
    places = [(3, 5), (300, 20), (300, 4), (9_000, 100)]
    assert list(Sources().slices(found, places)) == [DATA[start : start + length] for start, length in places]


def test_a_replaced_file_stops(folder: Path) -> None:
    (found,) = Sources().objects((folder / "b.csv").as_uri())
    blocks = Sources().blocks(found, 1000)
    next(blocks)
    (folder / "new").write_bytes(DATA[::-1])
    (folder / "new").replace(folder / "b.csv")
    with pytest.raises(ReplacedError, match=r"b\.csv was replaced"):
        next(blocks)


def test_a_replaced_or_removed_object_stops(bucket: Sources, s3: str) -> None:
    (found,) = bucket.objects(f"s3://{BUCKET}/2026-11/b.csv")
    blocks = bucket.blocks(found, 1000)
    next(blocks)
    client = boto3.client("s3", endpoint_url=s3, region_name="us-east-1")
    client.put_object(Bucket=BUCKET, Key="2026-11/b.csv", Body=DATA[::-1])
    with pytest.raises(ReplacedError):
        list(blocks)
    client.delete_object(Bucket=BUCKET, Key="2026-11/b.csv")
    with pytest.raises(ReplacedError):
        read(bucket, found)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "file://{root}/../outside", "file://{root}/link", "file://{root}/inner-link/x.csv"]
)
def test_nothing_outside_the_roots_is_read(tmp_path: Path, url: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "x.csv").write_bytes(b"secret")
    (root / "link").symlink_to(outside / "x.csv")
    (root / "inner-link").symlink_to(outside)
    sources = Sources(buckets=[], roots=[root])
    with pytest.raises(Invalid, match="ATELIER_IMPORT_ROOTS"):
        sources.objects(url.format(root=root))


def test_links_that_lead_out_of_a_root_are_not_listed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "mine.csv").write_bytes(b"mine")
    (tmp_path / "x.csv").write_bytes(b"secret")
    (root / "link.csv").symlink_to(tmp_path / "x.csv")
    sources = Sources(buckets=[], roots=[root])
    found = sources.objects(root.as_uri())
    assert [each.name for each in found] == ["mine.csv"]
    (outside,) = Sources().objects((tmp_path / "x.csv").as_uri())
    with pytest.raises(Invalid, match="leads out of the folders"):
        read(sources, outside)
    # Even an object pinned while it was still a file is not followed out afterwards.
    (root / "mine.csv").unlink()
    (root / "mine.csv").symlink_to(tmp_path / "x.csv")
    with pytest.raises(AtelierError):
        read(sources, found[0])


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("s3://elsewhere/x", "ATELIER_IMPORT_BUCKETS"),
        (f"s3://{BUCKET}/nothing-here", "nothing at"),
        ("file:///no/such/folder", "ATELIER_IMPORT_ROOTS"),
        ("ftp://a/b", "neither a bucket nor a folder"),
        ("reviews.csv", "neither a bucket nor a folder"),
        ("s3:///x", "neither a bucket nor a folder"),
        ("s3://a\x00b/", "NUL"),
    ],
)
def test_a_wrong_address_is_refused_in_one_line(bucket: Sources, url: str, told: str) -> None:
    with pytest.raises(Invalid, match=told) as refused:
        bucket.objects(url)
    assert "\n" not in refused.value.detail


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="nothing at"):
        Sources().objects((tmp_path / "none").as_uri())


def test_a_missing_bucket_is_told(bucket: Sources, s3: str) -> None:
    with pytest.raises(Invalid, match="no bucket missing"):
        Sources(endpoint=s3).objects("s3://missing/x")


def test_an_endpoint_that_does_not_answer_is_told(bucket: Sources) -> None:
    with pytest.raises(Unavailable, match="ATELIER_S3_ENDPOINT"):
        Sources(endpoint=f"http://127.0.0.1:{free_port()}").objects(f"s3://{BUCKET}/x")


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied"])
def test_wrong_credentials_are_told(bucket: Sources, code: str) -> None:
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(Invalid, match="AWS_ACCESS_KEY_ID"):
            Sources(endpoint=f"http://127.0.0.1:{server.server_port}").objects(f"s3://{BUCKET}/x/")
        server.shutdown()


def test_the_picker_shows_folders_then_objects(bucket: Sources, folder: Path) -> None:
    assert [entry.url for entry in bucket.entries("")] == [f"s3://{BUCKET}/"]
    top = bucket.entries(f"s3://{BUCKET}/")
    assert [(entry.name, entry.folder) for entry in top] == [
        ("2026-11", True),
        ("2026-11-old", True),
        ("top.csv", False),
    ]
    assert [entry.url for entry in bucket.entries(top[0].url)] == [
        f"s3://{BUCKET}/2026-11/a.csv",
        f"s3://{BUCKET}/2026-11/b.csv",
    ]
    local = Sources(buckets=[], roots=[folder.parent])
    (inner,) = local.entries(local.entries("")[0].url)
    assert [entry.size for entry in local.entries(inner.url)] == [3, len(DATA)]
