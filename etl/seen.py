"""Which ids a run has met: a bit for each id that may be delivered.

It is a mapping of 125 MB of addresses, of which only pages that were written take memory: 20 million dense ids 2.5 MB.
"""

import mmap

from etl.rules import FIRST_BORN_HERE

_PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}


class Seen:
    """A set of delivered ids that only answers whether one is new. The bits are shared with the compiled pass."""

    def __init__(self) -> None:
        self.bits = mmap.mmap(-1, (FIRST_BORN_HERE >> 3) + 1, **_PRIVATE)

    def add(self, number: int) -> bool:
        """Remember an id; false where it was met before."""
        byte, bit = self.bits[number >> 3], 1 << (number & 7)
        if byte & bit:
            return False
        self.bits[number >> 3] = byte | bit
        return True
