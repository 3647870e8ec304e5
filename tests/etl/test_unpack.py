"""What is packed comes out whole and in blocks of bounded size; what is broken, cut off or a bomb is refused."""

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import unpack
from etl.sources import BLOCK, BrokenError, Sources
from etl.unpack import zstd

DATA = bytes(range(256)) * 40
NOISE = random.Random(1).randbytes(5_000)
TEXT = b"".join(b'%d,"soft and warm, number %d"\n' % (number, number * 7919 % 10_007) for number in range(50_000))
ROUNDS = (120 << 20) // len(TEXT) + 1
SKIPPED = b"\x54\x2a\x4d\x18" + (7).to_bytes(4, "little") + b"comment"
MADE_WITH_LONG: dict[int, int] = {
    zstd.CompressionParameter.window_log: 30,
    zstd.CompressionParameter.enable_long_distance_matching: 1,
}

Pack = Callable[[bytes], bytes]
PACKS = [gzip.compress, zstd.compress]


def unpacked(packed: bytes, block: int, cut: int = 10_000) -> list[bytes]:
    stored = (packed[start : start + cut] for start in range(0, len(packed), cut))
    kind = unpack.packing(packed)
    assert kind
    return [data for _, data in unpack.unpack(kind, stored, "b.csv", block)]


@pytest.mark.parametrize("pack", PACKS)
@given(
    parts=st.lists(st.sampled_from([b"", b"x", DATA, NOISE, TEXT[:30_000]]), min_size=1, max_size=5),
    block=st.sampled_from([77, 1000, 65_536, 1 << 21]),
    cut=st.sampled_from([1, 77, 4096, 1 << 20]),
)
def test_members_of_any_size_come_out_whole(pack: Pack, parts: list[bytes], block: int, cut: int) -> None:
    blocks = unpacked(b"".join(map(pack, parts)), block, cut)
    assert b"".join(blocks) == b"".join(parts)
    assert all(0 < len(data) <= block for data in blocks)


def test_padding_after_gzip_and_frames_to_skip_in_zstd_hold_nothing() -> None:
    assert b"".join(unpacked(gzip.compress(DATA) + bytes(600) + gzip.compress(DATA) + bytes(600), 1000)) == DATA * 2
    assert b"".join(unpacked(SKIPPED + zstd.compress(DATA) + SKIPPED + zstd.compress(DATA), 1000)) == DATA * 2


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("missing", [1, 4, 9, 2_000])
def test_what_ends_too_early_is_refused(pack: Pack, missing: int) -> None:
    for packed in (pack(NOISE), pack(TEXT), pack(DATA) + pack(NOISE)):
        with pytest.raises(BrokenError, match=r"b\.csv is cut off"):
            unpacked(packed[:-missing], 1000)


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(DATA)[:30] + bytes(900),
        gzip.compress(DATA) + b"and more" * 20,
        gzip.compress(NOISE)[:-8] + b"12345678",
        zstd.compress(NOISE)[:2000] + bytes(9000),
        zstd.compress(DATA) + b"and more" * 20,
        zstd.compress(NOISE, options={zstd.CompressionParameter.checksum_flag: 1})[:-4] + b"1234",
    ],
)
def test_what_is_damaged_is_refused(packed: bytes) -> None:
    with pytest.raises(BrokenError, match=r"b\.csv is broken: its (gzip|zstd) data cannot be unpacked"):
        unpacked(packed, 1000)


def test_a_window_that_takes_too_much_memory_is_refused() -> None:
    packer = zstd.ZstdCompressor(options=MADE_WITH_LONG)
    packed = packer.compress(DATA) + packer.flush()
    with pytest.raises(BrokenError, match=r"more than 128 MB to be unpacked: pack it with a smaller window"):
        unpacked(packed, 1000)


@pytest.mark.parametrize("pack", PACKS)
def test_a_bomb_is_refused_before_it_is_unpacked(pack: Pack) -> None:
    packed = pack(bytes(100 << 20)) + pack(NOISE * 100)
    tracemalloc.start()
    try:
        with pytest.raises(BrokenError, match="unpacks to more than 200 times its size"):
            for _ in unpack.unpack(_kind(packed), iter([packed]), "b.csv", 1 << 20):
                pass
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def _kind(packed: bytes) -> unpack.Packing:
    kind = unpack.packing(packed)
    assert kind
    return kind


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    with (tmp_path / "big.csv").open("wb") as file:
        for data in _packed(kind):
            file.write(data)
    sources = Sources()
    (found,) = sources.objects((tmp_path / "big.csv").as_uri())
    tracemalloc.start()
    try:
        checksum, longest, told = 0, 0, 0
        for block in sources.blocks(found):
            checksum, longest, told = zlib.crc32(block, checksum), max(longest, len(block)), told + len(block)
        assert tracemalloc.get_traced_memory()[1] < 6 * BLOCK
    finally:
        tracemalloc.stop()
    expected = 0
    for data in _content():
        expected = zlib.crc32(data, expected)
    assert (told, longest <= BLOCK, checksum) == (ROUNDS * len(TEXT), True, expected)


def _content() -> Iterator[bytes]:
    """More than 120 MB, each MB with other letters than the one before."""
    letters = bytes(range(256))
    for number in range(ROUNDS):
        yield TEXT.translate(letters[number:] + letters[:number])


def _packed(kind: str) -> Iterator[bytes]:
    """The content as one member and one frame, packed as it is made."""
    makers: dict[str, Callable[[], Any]] = {"gzip": lambda: zlib.compressobj(1, wbits=31), "zstd": zstd.ZstdCompressor}
    packer = makers[kind]() if kind in makers else None
    yield from (packer.compress(data) if packer else data for data in _content())
    if packer:
        yield packer.flush()
