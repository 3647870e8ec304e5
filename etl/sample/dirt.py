"""Dirt, planted knowingly: each kind spoils one record and tells the truth about what must become of it."""

from collections.abc import Callable

from etl.sample.truth import FileTruth

# A review as its written fields, in the order of the file; index by these.
ID, RATING, DATE, BODY, RECOMMEND, NAME, EMAIL, HELPFULNESS = 0, 2, 3, 5, 6, 8, 9, 11
# A review's kind of dirt writes the record and says whether the review is taken all the same.
ReviewDirt = Callable[[list[str], FileTruth], tuple[bytes, bool]]


def _line(fields: list[str]) -> bytes:
    return (",".join(fields) + "\n").encode()


def _spoil(index: int, value: str, reason: str) -> ReviewDirt:
    def plant(fields: list[str], truth: FileTruth) -> tuple[bytes, bool]:
        truth.rejected[reason] += 1
        return _line([*fields[:index], value, *fields[index + 1 :]]), False

    return plant


def _mend(index: int, value: bytes, rule: str) -> ReviewDirt:
    def plant(fields: list[str], truth: FileTruth) -> tuple[bytes, bool]:
        truth.repaired[rule] += 1
        parts = [part.encode() for part in fields]
        parts[index] = value
        return b",".join(parts) + b"\n", True

    return plant


def _too_many(fields: list[str], truth: FileTruth) -> tuple[bytes, bool]:
    truth.rejected["fields"] += 1
    return _line([*fields, '"one more"']), False


def _too_few(fields: list[str], truth: FileTruth) -> tuple[bytes, bool]:
    truth.rejected["fields"] += 1
    return _line(fields[:-1]), False


def _open_quote(fields: list[str], truth: FileTruth) -> tuple[bytes, bool]:
    truth.rejected["struct"] += 1
    return _line([*fields[:BODY], fields[BODY].rstrip('"'), *fields[BODY + 1 :]]), False


def _stray_quote(fields: list[str], truth: FileTruth) -> tuple[bytes, bool]:
    truth.rejected["struct"] += 1
    return _line([*fields[:BODY], '"They call it "heirloom quality" and so do I."', *fields[BODY + 1 :]]), False


def _twice(fields: list[str], truth: FileTruth) -> tuple[bytes, bool]:
    truth.records += 1
    truth.duplicates += 1
    return _line(fields) + _line([*fields[:HELPFULNESS], "99"]), True


def _blank_after(fields: list[str], truth: FileTruth) -> tuple[bytes, bool]:
    truth.blank += 3
    return _line(fields) + b"\n  \r\n,,,,,,,,,,,\r\n", True


def _spoil_bytes(fields: list[str], truth: FileTruth) -> tuple[bytes, bool]:
    truth.rejected["encoding"] += 1
    parts = [part.encode() for part in fields]
    parts[BODY] = b'"Good \xff\xfe\x81 but loud."'
    return b",".join(parts) + b"\n", False


REVIEWS: tuple[ReviewDirt, ...] = (
    _spoil(RATING, "0", "range"),
    _spoil(RATING, "11", "range"),
    _spoil(HELPFULNESS, "-3", "range"),
    _spoil(HELPFULNESS, "many", "integer"),
    _spoil(DATE, '"31/12/2019"', "date"),
    _spoil(DATE, "1585689942", "date_range"),
    _spoil(RECOMMEND, "maybe", "boolean"),
    _spoil(ID, "3000000001", "id_range"),
    _mend(EMAIL, b'"first.last at example"', "email"),
    _mend(NAME, b'"caf\xe9 ren\xe9e"', "encoding"),
    _mend(NAME, b'"Ren\x8ee B."', "encoding"),
    _mend(NAME, '"ZoÃ« RenÃ©e"'.encode(), "mojibake"),
    _mend(BODY, b'"Warm,\x00 light\x07 and well made."', "control"),
    _spoil_bytes,
    _too_many,
    _too_few,
    _open_quote,
    _stray_quote,
    _twice,
    _blank_after,
)


def plant_review(fields: list[str], truth: FileTruth, number: int) -> tuple[bytes, bool]:
    """Spoil the `number`th dirty review: the ways above take turns, so that none is missing."""
    return REVIEWS[number % len(REVIEWS)](fields, truth)
