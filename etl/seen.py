"""Which ids a run has met: a bitmap in pages, so that scattered ids cost little and 20 million dense ones 2.5 MB."""

PAGE_BITS = 16
_MASK = (1 << PAGE_BITS) - 1


class Seen:
    """A set of small integers that only answers whether an id is new."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, number: int) -> bool:
        """Remember an id; false where it was met before."""
        page = self._pages.get(number >> PAGE_BITS)
        if page is None:
            page = self._pages[number >> PAGE_BITS] = bytearray(1 << (PAGE_BITS - 3))
        place = (number & _MASK) >> 3
        bit = 1 << (number & 7)
        if page[place] & bit:
            return False
        page[place] |= bit
        return True

    def discard(self, number: int) -> None:
        """Forget an id: what held it was set aside."""
        if page := self._pages.get(number >> PAGE_BITS):
            page[(number & _MASK) >> 3] &= ~(1 << (number & 7)) & 0xFF
