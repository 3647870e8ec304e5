"""Packed objects, gzip and zstd, unpacked as they come: blocks of bounded size, whatever the data says of itself."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from isal import isal_zlib

from etl.objects import BrokenError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["GZIP", "ZSTD", "Packing", "packing", "unpack", "zstd"]

# A file that swells beyond this ratio, once it is large, is made to fill a disk and not to be read.
BOMB_RATIO, BOMB_BYTES = 200, 1 << 26
# isal's types say of its error that it is one, and not a kind of it.
_DAMAGED: Any = (isal_zlib.error, zstd.ZstdError)
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Frames of zstd that are to be skipped begin with one byte of these and three that are the same.
_SKIPPED_FIRST, _SKIPPED = range(0x50, 0x60), b"\x2a\x4d\x18"
# The largest window (2 to this power) that zstd's own command takes without being told to.
WINDOW_LOG = 27
# What is fed at once: the rest of it is copied at each member's end, and there may be thousands of those.
FED = 1 << 16
# What one step may bring.
STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Packing:
    """How an object is packed. `member` makes what unpacks one gzip member or one zstd frame."""

    name: str
    member: Callable[[], Any]
    padding: bytes


GZIP = Packing("gzip", lambda: isal_zlib.decompressobj(wbits=31), b"\x00")
ZSTD = Packing(
    "zstd", lambda: zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG}), b""
)


def packing(head: bytes) -> Packing | None:
    """How an object that begins so is packed; None where it is plain."""
    if head.startswith(_GZIP):
        return GZIP
    skipped = head[1:4] == _SKIPPED and head[0] in _SKIPPED_FIRST
    return ZSTD if skipped or head.startswith(_ZSTD) else None


def unpack(packed: Packing, stored: Iterator[bytes], name: str, block: int) -> Iterator[tuple[int, bytes]]:
    """Blocks of at most `block` bytes, each with how many stored bytes were used up for it.

    Members that follow each other are one file. `BrokenError` tells of what is damaged, cut off, or swells beyond
    reason.
    """
    unpacking = _Unpacking(packed, name, min(STEP, block))
    parts: list[bytes] = []
    held = 0
    for raw in stored:
        for data in unpacking.feed(raw):
            if held + len(data) > block:
                joined = b"".join(parts)
                parts.clear()
                held = 0
                yield unpacking.used, joined
            parts.append(data)
            held += len(data)
    unpacking.close()
    if parts:
        yield unpacking.used, b"".join(parts)


class _Unpacking:
    def __init__(self, packed: Packing, name: str, step: int) -> None:
        self._packed = packed
        self._name = name
        self._step = step
        self._member = packed.member()
        self._inside = False  # a member has begun and not ended
        self.used = 0
        self._made = 0

    def feed(self, raw: bytes) -> Iterator[bytes]:
        for start in range(0, len(raw), FED):
            data = raw[start : start + FED]
            self.used += len(data)
            more = True
            while more:
                made = self._decompress(data)
                if made:
                    yield made
                if self._inside:
                    data = getattr(self._member, "unconsumed_tail", b"")
                    more = bool(data) or len(made) == self._step
                else:
                    data = self._member.unused_data.lstrip(self._packed.padding)
                    more = bool(data)
                    self._member = self._packed.member()

    def _decompress(self, data: bytes) -> bytes:
        try:
            made: bytes = self._member.decompress(data, self._step)
        except _DAMAGED as error:
            raise BrokenError(f"{self._name} {_why(self._packed, str(error))}") from error
        self._inside = not self._member.eof
        self._made += len(made)
        if self._made > BOMB_BYTES and self._made > BOMB_RATIO * self.used:
            raise BrokenError(f"{self._name} unpacks to more than {BOMB_RATIO} times its size: it is refused.")
        return made

    def close(self) -> None:
        if self._inside:
            raise BrokenError(f"{self._name} is cut off: its {self._packed.name} data ends too early.")


def _why(packed: Packing, said: str) -> str:
    if "too much memory" in said:
        return f"needs more than {1 << WINDOW_LOG >> 20} MB to be unpacked: pack it with a smaller window (no --long)."
    return f"is broken: its {packed.name} data cannot be unpacked."
