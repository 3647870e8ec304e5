"""The generator of whole deliveries: the size asked for, the same bytes for the same seed, one making for one stamp."""

import csv
import shutil
from collections import Counter
from pathlib import Path

import pytest

from etl.sample.truth import Outcome
from loadtests import delivery
from loadtests.delivery import NAMES, Delivery, kept

SCALE = 0.001


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    return delivery.write(tmp_path_factory.mktemp("made") / "clean", scale=SCALE, dirt=0)


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    return delivery.write(tmp_path_factory.mktemp("made") / "dirty", scale=SCALE, dirt=0.1)


def lines(made: Delivery, name: str) -> list[list[str]]:
    with (made.folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def test_a_clean_delivery_has_the_rows_of_the_full_set(clean: Delivery) -> None:
    counts = {name: len(lines(clean, name)) for name in NAMES}
    assert counts == {name: file.records for name, file in clean.truth.items()}
    assert list(counts.values()) == [1_000, 3_348, 5_775, 2_743, 19_328, 2_200, 2_000, 11_300, 5_700, 4_500]
    assert all(not len(file.planted) for file in clean.truth.values())


def test_rows_made_together_may_all_be_of_the_next_delivery(
    clean: Delivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_ROWS", 25)
    made = delivery.write(tmp_path, scale=SCALE, dirt=0)
    assert {name: len(lines(made, name)) for name in NAMES} == {name: len(lines(clean, name)) for name in NAMES}


def test_it_is_as_real_deliveries_are(clean: Delivery) -> None:
    data = (clean.folder / "reviews.csv").read_bytes()
    rows = lines(clean, "reviews.csv")
    ids = [int(row[0]) for row in rows]
    assert ids == sorted(set(ids))
    assert 1.005 < ids[-1] / len(ids) < 1.02  # gaps
    assert 250 < len(data) / len(rows) < 310
    bodies = [row[5] for row in rows]
    broken = [body for body in bodies if "\n" in body]
    assert 0.12 < len(broken) / len(bodies) < 0.18
    assert 0.2 < sum("\r\n" in body for body in broken) / len(broken) < 0.5
    assert 0.01 < sum(not "".join(row).isascii() for row in rows) / len(rows) < 0.04
    (_, most), *_ = Counter(row[1] for row in rows).most_common(1)
    assert 0.05 * len(rows) <= most < 0.1 * len(rows)


def test_everything_belongs_to_something(clean: Delivery) -> None:
    ids = {name: {row[0] for row in lines(clean, name)} for name in NAMES}
    product_of = {row[0]: row[1] for row in lines(clean, "characteristics.csv")}
    reviewed = {row[0]: row[1] for row in lines(clean, "reviews.csv")}
    assert set(product_of.values()) | set(reviewed.values()) <= ids["product.csv"]
    assert {row[1] for row in lines(clean, "reviews_photos.csv")} <= ids["reviews.csv"]
    assert all(product_of[row[1]] == reviewed[row[2]] for row in lines(clean, "characteristic_reviews.csv"))
    assert {row[1] for name in ("features.csv", "styles.csv") for row in lines(clean, name)} == ids["product.csv"]
    assert (
        {row[1] for row in lines(clean, "skus.csv")}
        == {row[1] for row in lines(clean, "photos.csv")}
        == ids["styles.csv"]
    )
    pairs = [row[1:] for row in lines(clean, "related.csv")]
    assert {product for pair in pairs for product in pair} == ids["product.csv"]
    assert all(product != other for product, other in pairs)


@pytest.mark.parametrize("name", NAMES)
def test_the_clean_rows_of_a_dirty_delivery_are_those_of_the_clean_one(
    clean: Delivery, dirty: Delivery, name: str
) -> None:
    spoilt, plain = (dirty.folder / name).read_bytes(), (clean.folder / name).read_bytes()
    planted = dirty.truth[name].planted
    at = spoilt.index(b"\n") + 1
    kept_rows = []
    for each in planted:
        kept_rows.append(spoilt[at : each.offset])
        at = each.offset + each.length
    kept_rows.append(spoilt[at:])
    assert len(planted) / dirty.truth[name].records > 0.05
    place = plain.index(b"\n") + 1
    for rows in filter(None, kept_rows):
        place = plain.index(rows, place) + len(rows)
    outcomes = {each.fate.outcome for each in planted}
    assert {Outcome.REJECTED, Outcome.TAKEN} <= outcomes


def test_the_next_delivery_differs_a_little(clean: Delivery, tmp_path: Path) -> None:
    following = delivery.write(tmp_path / "next", scale=SCALE, dirt=0, next_one=True)
    before = {row[0]: row for row in lines(clean, "reviews.csv")}
    after = {row[0]: row for row in lines(following, "reviews.csv")}
    assert len(after.keys() - before.keys()) == following.new["reviews.csv"] == 1
    assert 0 < len(before.keys() - after.keys()) < 10
    changed = [number for number in before.keys() & after.keys() if before[number] != after[number]]
    assert len(changed) == following.changed["reviews.csv"]
    assert 0.005 < len(changed) / len(before) < 0.015
    for name, count in following.new.items():
        assert len({row[0] for row in lines(following, name)} - {row[0] for row in lines(clean, name)}) == count


def test_what_is_there_is_kept_and_what_was_made_otherwise_is_made_anew(tmp_path: Path) -> None:
    made = delivery.write(tmp_path / "x", scale=0.0001, dirt=0.2, seed=1)
    files = {name: (made.folder / name).read_bytes() for name in NAMES}
    (made.folder / "product.csv").write_bytes(b"kept")
    assert delivery.write(tmp_path / "x", scale=0.0001, dirt=0.2, seed=1) == made
    assert (made.folder / "product.csv").read_bytes() == b"kept"
    for spoil in (kept.forget, shutil.rmtree):  # as where the making was cut off, or the files were cleared away
        spoil(made.folder)
        assert delivery.write(tmp_path / "x", scale=0.0001, dirt=0.2, seed=1) == made
        assert {name: (made.folder / name).read_bytes() for name in NAMES} == files
    other = delivery.write(tmp_path / "x", scale=0.0001, dirt=0.2, seed=2)
    assert all((other.folder / name).read_bytes() != files[name] for name in NAMES if "char" not in name)
