"""A bucket that fails in the middle: reading goes on from the byte it has, and says so when it cannot."""

import asyncio
import random
import time
from collections.abc import Callable

import boto3
import pytest

from etl import ahead, buckets, streams
from etl.sources import Object, ReplacedError, Sources, UnreachableError
from tests.faulty_store import Cut, Drip, FaultyStore, Meanwhile, Reset, SlowDown, Stall, anyhow

BUCKET, KEY = "faulty", "2026-11/reviews.csv"
DATA = random.Random(1).randbytes(3_000_000)
BLOCK = 1_000_000


@pytest.fixture(autouse=True)
def delivered(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    client = boto3.client("s3", endpoint_url=s3, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key=KEY, Body=DATA)


def put(s3: str, body: bytes) -> None:
    boto3.client("s3", endpoint_url=s3, region_name="us-east-1").put_object(Bucket=BUCKET, Key=KEY, Body=body)


def pinned(store: FaultyStore) -> tuple[Sources, Object]:
    sources = Sources(endpoint=store.endpoint, buckets=[BUCKET], roots=[])
    (found,) = sources.objects(f"s3://{BUCKET}/{KEY}")
    return sources, found


def read(store: FaultyStore) -> bytes:
    sources, found = pinned(store)
    return b"".join(sources.blocks(found, BLOCK))


@pytest.mark.parametrize(
    "fault", [Cut(), Cut(1234), Cut(2_000_001), Reset(), Reset(0), Reset(700_000), SlowDown(), Drip(200_000, 0.05)]
)
def test_one_fault_is_not_noticed(s3: str, fault: Cut | Reset | SlowDown | Drip) -> None:
    with FaultyStore(s3, [fault]) as store:
        assert read(store) == DATA
        assert store.met == [fault]


def test_a_broken_body_goes_on_from_its_byte_with_the_pinned_etag(s3: str) -> None:
    with FaultyStore(s3, [None, Cut(500_000), Cut(300_000)]) as store:
        _, found = pinned(store)
        assert read(store) == DATA
        assert store.reads() == [
            "bytes=0-999999",
            "bytes=1000000-2999999",
            "bytes=1500000-2999999",
            "bytes=1800000-2999999",
        ]
        assert {headers["if-match"] for _, _, headers in store.asked if "range" in headers} == {found.etag}


def test_a_stall_is_broken_off_and_a_slow_drip_is_not(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "STALL", 0.4)
    with FaultyStore(s3, [Stall(400_000), Drip(50_000, 0.1)]) as store:
        assert read(store) == DATA
        # The drip takes far longer than a stall may, and is asked for once.
        assert store.reads() == ["bytes=0-999999", "bytes=400000-999999", "bytes=1000000-2999999"]


def test_patience_is_new_whenever_bytes_have_come(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "PATIENCE", (2, 10))
    monkeypatch.setattr(streams, "PIECE", 50_000)
    with FaultyStore(s3, [Cut(100_000)] * 25) as store:
        assert read(store) == DATA
        assert len(store.met) == 25


@pytest.mark.parametrize("fault", [SlowDown(), Reset(), Cut(), Stall()])
def test_a_bucket_that_brings_nothing_any_more_is_told_in_one_line(
    s3: str, fault: SlowDown | Reset | Cut | Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "PATIENCE", (2, 10))
    # Long enough for the good answer before the faults, on a busy machine too.
    monkeypatch.setattr(buckets, "STALL", 0.6)
    with FaultyStore(s3, [None, *[fault] * 30]) as store:
        with pytest.raises(UnreachableError, match=r"stopped answering at byte 1000000 of reviews\.csv") as told:
            read(store)
        assert "\n" not in told.value.detail
        # What came before counts as news once: obstore's three tries, and three more.
        assert len(store.met) == 6


@pytest.mark.parametrize("faults", [[None], [Cut(1000)], [Cut(600_000)], [Reset()], [None, Cut(1000)]])
def test_an_object_replaced_meanwhile_stops(s3: str, faults: list[Cut | Reset | None]) -> None:
    with FaultyStore(s3, [*faults, Meanwhile(lambda: put(s3, DATA[::-1]))]) as store:
        sources, found = pinned(store)
        with pytest.raises(ReplacedError, match=r"reviews\.csv was replaced"):
            b"".join(sources.blocks(found, BLOCK))


def test_an_object_replaced_under_a_stream_stops_at_its_end(s3: str) -> None:
    with FaultyStore(s3) as store:
        sources, found = pinned(store)
        blocks = sources.blocks(found, BLOCK)
        next(blocks)
        put(s3, DATA[::-1])
        with pytest.raises(ReplacedError):
            list(blocks)


def test_a_reader_that_is_told_to_stop_does_not_wait_for_the_bucket(s3: str) -> None:
    class Stopped(Exception):
        pass

    def heed() -> None:
        raise Stopped

    with FaultyStore(s3, [Stall()]) as store:
        sources = Sources(endpoint=store.endpoint, heed=heed)
        (found,) = sources.objects(f"s3://{BUCKET}/{KEY}")
        with pytest.raises(Stopped):
            next(sources.blocks(found, BLOCK))


def test_one_block_is_fetched_ahead_and_no_more() -> None:
    fetched = []

    async def fetch() -> bytes:
        fetched.append(1)
        return b"x" if len(fetched) < 5 else b""

    blocks = ahead.ahead(fetch)
    for number in range(1, 5):
        assert next(blocks) == b"x"
        until(lambda number=number: len(fetched) == number + 1)  # type: ignore[misc]
        time.sleep(0.02)
        assert len(fetched) == number + 1
    assert list(blocks) == []


def test_who_leaves_early_leaves_nothing_behind(s3: str) -> None:
    with FaultyStore(s3, [None, Stall()]) as store:
        sources, found = pinned(store)
        blocks = sources.blocks(found, BLOCK)
        next(blocks)
        until(lambda: store.met)
        assert asyncio.all_tasks(ahead._loop())
        blocks.close()  # type: ignore[attr-defined]
        until(lambda: not asyncio.all_tasks(ahead._loop()))


def until(what: Callable[[], object]) -> None:
    end = time.monotonic() + 3
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_bytes_are_the_same(s3: str, seed: int) -> None:
    with FaultyStore(s3, anyhow(seed)) as store:
        sources, found = pinned(store)
        assert b"".join(sources.blocks(found, 100_000)) == DATA
        places = [(start, 90) for start in range(0, len(DATA), 400_000)]
        assert list(sources.slices(found, places)) == [DATA[start : start + size] for start, size in places]
        assert store.met
