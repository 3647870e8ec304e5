"""The sample delivery: the same bytes for the same seed, readable prose, and a truth that reading it confirms."""

from collections import Counter
from pathlib import Path

import pytest

from etl import sample
from etl.clean import Cleaner, Refusal
from etl.opening import open_file
from etl.records import Cutter, Fault, unquoted
from etl.seen import Seen
from etl.sources import Sources

RELATIONS = {"orphan", "other_product", "duplicate_name", "itself"}


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, sample.Truth]:
    folder = tmp_path_factory.mktemp("sample")
    return folder, sample.write(folder, products=400, reviews=6_000, seed=7)


@pytest.mark.parametrize("block", [1 << 20, 4_099])
def test_reading_confirms_the_truth(delivery: tuple[Path, sample.Truth], block: int) -> None:
    folder, truth = delivery
    sources = Sources()
    for each in sources.objects(folder.as_uri()):
        opening = open_file(sources, each)
        cutter = Cutter(
            len(opening.understood.header), opening.understood.keys, offset=opening.offset, line=opening.line
        )
        cleaner, seen, found = Cleaner(opening.understood), Seen(), sample.FileTruth(blank=opening.blank)
        data = (folder / each.name).read_bytes()[opening.offset :]
        refused: list[tuple[int, int, int, tuple[str, ...], tuple[str, ...]]] = []
        blocks = [data[start : start + block] for start in range(0, len(data), block)]
        for piece in (piece for part in [*blocks, b""] for piece in cutter.feed(part, final=part == b"")):
            found.records += 1
            if isinstance(piece, Fault):
                found.rejected[piece.reason] += 1
                refused.append((piece.offset, piece.length, piece.line, (piece.reason,), ("",)))
                continue
            row = cleaner.clean(piece.fields)
            if isinstance(row, Refusal):
                assert len(row.reasons) == 1
                found.rejected[row.reasons[0]] += 1
                refused.append((piece.offset, piece.length, piece.line, tuple(row.reasons), tuple(row.columns)))
            elif not seen.add(int(str(row.values[0]))):
                found.duplicates += 1
            else:
                found.repaired.update(row.repairs)
        found.blank += cutter.blank
        planted = truth[each.name]
        expected = Counter({reason: count for reason, count in planted.rejected.items() if reason not in RELATIONS})
        assert (found.records, found.duplicates, found.blank) == (planted.records, planted.duplicates, planted.blank)
        assert found.rejected == expected
        assert found.repaired == planted.repaired
        told = [(at.offset, at.length, at.line, at.fate.reasons, at.fate.columns) for at in planted.rejects]
        assert refused == [each for each in told if each[3][0] not in RELATIONS]


def test_every_kind_of_dirt_is_there(delivery: tuple[Path, sample.Truth]) -> None:
    truth = delivery[1]
    assert set(truth["reviews.csv"].rejected) == {
        "range", "integer", "date", "date_range", "boolean", "id_range", "encoding", "fields", "struct",
    }  # fmt: skip
    assert set(truth["reviews.csv"].repaired) == {"email", "encoding", "mojibake", "control"}
    assert set(truth["characteristic_reviews.csv"].rejected) == {"range", "orphan", "other_product"}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    delivery: tuple[Path, sample.Truth], tmp_path: Path
) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    assert sample.write(again, products=400, reviews=6_000, seed=7) == delivery[1]
    sample.write(other, products=400, reviews=6_000, seed=8)
    for name in sample.FILES:
        assert (again / name).read_bytes() == (delivery[0] / name).read_bytes()
    assert (other / "reviews.csv").read_bytes() != (again / "reviews.csv").read_bytes()


def test_no_template_is_left_unwritten(delivery: tuple[Path, sample.Truth]) -> None:
    text = (delivery[0] / "reviews.csv").read_bytes()
    assert b"{" not in text
    assert b"}" not in text


def test_texts_are_quoted_and_varied_as_in_real_deliveries(delivery: tuple[Path, sample.Truth]) -> None:
    data = (delivery[0] / "reviews.csv").read_bytes()
    cutter = Cutter(12, keys=(0, 1))
    header = data.index(b"\n") + 1
    rows = [piece.fields for piece in cutter.feed(data[header:], final=True) if not isinstance(piece, Fault)]
    bodies = [fields[5] for fields in rows]
    assert all(body.startswith(b'"') for body in bodies)
    assert len(set(bodies)) > 0.9 * len(bodies)
    broken = [body for body in bodies if b"\n" in body]
    assert 0.10 < len(broken) / len(bodies) < 0.20
    assert 0.2 < sum(b"\r\n" in body for body in broken) / len(broken) < 0.5
    assert 0.01 < sum(not b"".join(fields).isascii() for fields in rows) / len(rows) < 0.04
    assert max(len(unquoted(body)) for body in bodies) < 1_000


def test_photos_point_at_images_that_are_promised(delivery: tuple[Path, sample.Truth]) -> None:
    promised = {f"http://127.0.0.1:8080/sample-photos/{name}" for name in sample.photo_names()}
    lines = (delivery[0] / "reviews_photos.csv").read_text().splitlines()[1:-1]
    found = {line.split('"')[1] for line in lines} - {"ftp://photos.example/1.jpg", "no photo", "javascript:alert(1)"}
    assert found <= promised
    assert len(found) > len(promised) / 2
