"""Files of one format in which clean rows and planted dirt are mixed at random, with the truth about each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from etl.sample.faults import FAULTS, cut_off
from etl.sample.truth import BLANK, TAKEN, FileTruth, Ledger, Piece
from etl.sample.values import COLUMNS, VALUES, Fields, Shape, spoiled

TEXTS = (
    b'"Warm"',
    b'"Warm, and ""quiet"""',
    b'"Two lines,\nthen ""three"",\r\nand an end."',
    '"Zoë was here, naïve as ever"'.encode(),
    b'"He said ""no"", twice"',
)
TEXT_COLUMNS = ("summary", "body", "reviewer_name", "slogan", "description", "category", "feature", "size")
_CASES: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    lambda name: name.replace("_", " ").title(),
    lambda name: "".join(word.title() if at else word for at, word in enumerate(name.split("_"))),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One place in a file: what stands there, and how its line ends. `values` are indexes into the format's table."""

    number: int
    fault: int = -1
    values: tuple[int, ...] = ()
    crlf: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What is around the rows: the header's order and case, a column more, a mark before it, how the file ends."""

    order: tuple[str, ...]
    case: int = 0
    mark: bool = False
    blank_before: int = 0
    end: str = "plain"


ENDS = ("plain", "no line end", "cut off", "blank rows")


def clean(fmt: str, number: int, random: Random, parents: Sequence[int] = (1, 2, 3)) -> Fields:
    """A record that is taken as it is."""
    text = random.choice
    parent = str(text(parents)).encode()
    fields: Fields = {
        "id": str(number).encode(),
        "product_id": parent,
        "review_id": parent,
        "characteristic_id": b"1",
        "rating": b"4",
        "value": b"4",
        "date": text((b"1585603112874", b'"2019-01-31"')),
        "recommend": text((b"true", b"0", b"t")),
        "reported": text((b"false", b"0", b"f")),
        "reviewer_email": b'"ana@example.org"',
        "response": text((b"null", b'"null"', b"", b'"Thank you, all."')),
        "helpfulness": b"3",
        "url": b'"https://photos.example/%d.jpg"' % number,
        "default_price": text((b"12", b'"7.50"')),
        "sale_price": text((b"null", b'"9.50"')),
        "original_price": text((b"12", b'"7.50"')),
        "default_style": text((b"1", b"0", b"true")),
        "style_id": parent,
        "current_product_id": parent,
        "related_product_id": b"7",
        "quantity": b"8",
        "thumbnail_url": b'"https://photos.example/%d-small.jpg"' % number,
        **{name: text(TEXTS) for name in TEXT_COLUMNS},
        "name": b'"Fit"' if fmt == "characteristics" else text(TEXTS),
    }
    return {name: fields[name] for name in COLUMNS[fmt]}


def pieces_of(fmt: str, fields: Fields, row: Row, shape: Shape) -> list[Piece]:
    """What a row becomes: one fault, else its values, else itself."""
    if row.fault >= 0:
        return FAULTS[fmt][row.fault % len(FAULTS[fmt])](fields, shape)
    if row.values:
        table = VALUES[fmt]
        one_each = {table[at % len(table)].column: table[at % len(table)] for at in row.values}
        return [spoiled(fmt, fields, shape, list(one_each.values()))]
    return [(shape.line(fields), TAKEN)]


def head_of(frame: Frame) -> tuple[bytes, int]:
    """The first bytes of a file and how many blank lines they hold."""
    names = ",".join(_CASES[frame.case % len(_CASES)](name) for name in frame.order).encode()
    return (b"\xef\xbb\xbf" if frame.mark else b"") + b" \r\n" * frame.blank_before + names + b"\n", frame.blank_before


def write(fmt: str, frame: Frame, rows: Sequence[Row], random: Random) -> tuple[bytes, FileTruth]:
    """A file and its truth. Ids come as the rows name them: in any order, with gaps, none twice."""
    out = bytearray()
    truth = FileTruth()
    ledger = Ledger(truth, out.extend)
    head, truth.blank = head_of(frame)
    ledger.head(head)
    for row in rows:
        shape = Shape(frame.order, b"\r\n" if row.crlf else b"\n")
        fields = clean(fmt, row.number, random)
        ledger.plant(pieces_of(fmt, _filled(fields, frame), row, shape))
    end(fmt, frame, ledger, random)
    return bytes(out), truth


def end(fmt: str, frame: Frame, ledger: Ledger, random: Random) -> None:
    """End a file as the frame says."""
    fields = _filled(clean(fmt, 999_999_998, random), frame)
    if frame.end == "no line end":
        ledger.plant([(Shape(frame.order, b"").line(fields), TAKEN)])
    elif frame.end == "cut off":
        ledger.plant([cut_off(fmt, fields, Shape(frame.order))])
    elif frame.end == "blank rows":
        ledger.plant([(b"," * (len(frame.order) - 1) + b"\r\n", BLANK)] * 3_601)


def _filled(fields: Fields, frame: Frame) -> Fields:
    return {**dict.fromkeys(frame.order, b'"more, than asked"'), **fields}
