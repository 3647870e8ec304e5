"""Files on disk as objects of a delivery, and a whole file read without a database."""

from pathlib import Path

from etl.clean import Cleaner, Refusal
from etl.encode import Rows
from etl.mapping import NO_MAPPING, Mapping
from etl.opening import Opening
from etl.parts import Opener
from etl.read import FileReading
from etl.records import Record
from etl.rejects import Reject
from etl.rules import Value
from etl.seen import Seen
from etl.sources import Object, Sources
from etl.tally import Tally


def opener(folder: Path, files: dict[str, bytes], mapping: Mapping = NO_MAPPING) -> tuple[Opener, dict[str, Object]]:
    """Write files; what opens them, and their objects by name."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    sources = Sources()
    objects = sources.objects(f"{folder.as_uri()}/")
    return Opener(sources, objects, mapping), {each.name: each for each in objects}


def opened(folder: Path, data: bytes, name: str = "reviews.csv", mapping: Mapping = NO_MAPPING) -> Opening:
    """How a file of these bytes is understood."""
    (folder / name).write_bytes(data)
    sources = Sources()
    (each,) = sources.objects((folder / name).as_uri())
    return Opener(sources, [each], mapping).open(each)


def cleaned(opening: Opening, data: bytes) -> list[list[Value] | list[str]]:
    """Each record's clean values in the format's order, or its reasons."""
    understood = opening.understood
    cutter = opening.cutter()
    cleaner, found = Cleaner(understood), []
    for piece in cutter.feed(data[opening.offset :], final=True):
        if isinstance(piece, Record):
            row = cleaner.clean(piece.fields)
            found.append(row.reasons if isinstance(row, Refusal) else row.values)
        else:
            found.append([piece.reason])
    return found


def read_whole(opening: Opening, data: bytes) -> tuple[Tally, list[Reject]]:
    """The account of a file, and its rejects."""
    reading = FileReading(opening, 1, Seen(), plain=True)
    refused = reading.read(data, Rows()) + reading.read(b"", Rows(), final=True)
    return reading.tally, refused
