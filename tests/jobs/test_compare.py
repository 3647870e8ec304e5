"""What is stored already is left out while it is read: it is counted, and never staged."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.imports import SHELVES, STAGED
from backend.jobs.progress import Progress
from backend.settings import Settings
from backend.store.database import Database
from etl import sample
from tests.examples import tried
from tests.jobs.delivery import assert_sound, counts, imported, rejects_of, review, rows, write
from tests.postgres import Server

pytestmark = pytest.mark.usefixtures("machine_code")
FILES = dict(zip(STAGED, sample.FILES, strict=True))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows are already more than are settled at once, or than stay in memory."""
    from etl.compiled import arrays, comparing

    monkeypatch.setattr(comparing, "PAGE", 7)
    monkeypatch.setattr(arrays, "SMALL", 0)
    monkeypatch.setattr(arrays, "MOST", 0)
    monkeypatch.setattr(arrays, "_AT_ONCE", 7)


class Staged:
    """Counts what is staged when it is all read."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.database_url
        self.rows: dict[str, int] = {}

    def __call__(self, progress: Progress) -> None:
        if progress.stage == "relate":
            with psycopg.connect(self._url) as db:
                names = [
                    name for (name,) in db.execute("select tablename::text from pg_tables where schemaname = 'staging'")
                ]
                for name in names:
                    kind = name.rsplit("_", 1)[0]
                    if kind in (*STAGED, "refused"):
                        (self.rows[kind],) = db.execute(f"select count(*) from staging.{name}").fetchone() or (0,)


@pytest.mark.anyio
async def test_nothing_of_the_same_content_is_staged(database: Database, settings: Settings, tmp_path: Path) -> None:
    truth = sample.write(tmp_path / "1", products=60, reviews=600, seed=6)
    await imported(database, settings, tmp_path / "1")
    staged = Staged(settings)
    run = await imported(database, settings, shutil.copytree(tmp_path / "1", tmp_path / "2"), staged)
    assert {name: file["unchanged"] for name, file in run["by_name"].items()} == {
        name: file.taken for name, file in truth.items()
    }
    # What belongs to nothing is refused again, and known to be without being staged.
    names = truth["characteristics.csv"].rejected["duplicate_name"]
    assert (staged.rows["products"], staged.rows["characteristics"], staged.rows["reviews"]) == (0, names, 0)
    lost = {
        fmt: sum(truth[name].rejected[why] for why in ("orphan", "other_product", "itself"))
        for fmt, name in FILES.items()
    }
    assert staged.rows["refused"] == sum(lost[fmt] for fmt in STAGED if fmt not in SHELVES)
    assert (staged.rows["photos"], staged.rows["characteristic_ratings"]) == (0, 0)
    assert {fmt: staged.rows[fmt] for fmt in SHELVES} == {fmt: lost[fmt] for fmt in SHELVES}
    await assert_sound(database)


@pytest.mark.anyio
async def test_only_what_is_new_or_changed_is_staged(database: Database, settings: Settings, tmp_path: Path) -> None:
    files = {
        "characteristics": ["10,1,Fit", "11,1,Length"],
        "reviews": [review(number) for number in range(1, 9)],
        "reviews_photos": [f"{number},{number},https://a.example/{number}.jpg" for number in range(1, 5)],
        "characteristic_reviews": [f"{number},10,{number},4" for number in range(1, 9)],
    }
    await imported(database, settings, write(tmp_path / "1", **files))
    files["reviews"][1] = review(2, rating=1)
    files["reviews"].append(review(9))
    files["reviews_photos"][2] = "3,3,https://a.example/other.jpg"
    files["characteristic_reviews"][3] = "4,10,4,1"
    files["characteristic_reviews"].append("9,11,5,2")
    staged = Staged(settings)
    run = await imported(database, settings, write(tmp_path / "2", **files), staged)
    # Reviews 2 and 9; and 3, 4 and 5, whose parts have changed; with all the parts of these.
    expected = {**dict.fromkeys((*STAGED, "refused"), 0), "reviews": 5, "photos": 3, "characteristic_ratings": 5}
    assert staged.rows == expected
    assert {name: counts(file) for name, file in run["by_name"].items()} == {
        "characteristics.csv": {"unchanged": 2},
        "reviews.csv": {"inserted": 1, "updated": 4, "unchanged": 4},
        "reviews_photos.csv": {"updated": 1, "unchanged": 3},
        "characteristic_reviews.csv": {"inserted": 1, "updated": 1, "unchanged": 7},
    }
    await assert_sound(database)


@pytest.mark.anyio
async def test_what_is_refused_while_reading_says_the_same_as_what_is_related(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """Whether a characteristic that just comes is taken, reading does not know: it may not judge by it."""
    files = {"characteristics": ["10,1,Fit", "20,2,Size"], "reviews": [review(1), review(2)]}
    await imported(database, settings, write(tmp_path / "1", **files))
    files["characteristics"].append("30,2,Size")  # its name is taken
    files["characteristic_reviews"] = [
        "1,20,1,4",
        "2,30,1,4",
        "3,77,1,4",
        "4,10,99,4",
        "5,30,99,4",
        "6,77,99,4",
        "7,10,2,4",
    ]
    run = await imported(database, settings, write(tmp_path / "2", **files))
    found = await rejects_of(database, run["id"])
    assert [
        (reasons, columns, raw[:1]) for name, reasons, columns, raw in found if name.startswith("characteristic_r")
    ] == [
        (["other_product"], ["characteristic_id"], b"1"),
        (["orphan"], ["characteristic_id"], b"2"),
        (["orphan"], ["characteristic_id"], b"3"),
        (["orphan"], ["review_id"], b"4"),
        (["orphan", "orphan"], ["review_id", "characteristic_id"], b"5"),
        (["orphan", "orphan"], ["review_id", "characteristic_id"], b"6"),
    ]
    assert counts(run["by_name"]["characteristic_reviews.csv"]) == {"inserted": 1, "rejected": 6}
    await assert_sound(database)


@pytest.mark.anyio
async def test_of_an_orphan_that_is_refused_anew_the_old_one_is_not_taken(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """Rating 1 comes again, of a characteristic that is nowhere; refused photo 2 has but the number of a rating."""
    characteristics = ["10,1,Fit"]
    await imported(
        database,
        settings,
        write(
            tmp_path / "1",
            characteristics=characteristics,
            reviews=[review(2)],
            characteristic_reviews=["1,10,1,4", "2,10,1,3"],
        ),
    )
    folder = write(
        tmp_path / "2",
        characteristics=characteristics,
        reviews=[review(1), review(2)],
        reviews_photos=['2,99,"https://a.example/1"'],
        characteristic_reviews=["1,77,1,5"],
    )
    run = await imported(database, settings, folder)
    assert counts(run["by_name"]["characteristic_reviews.csv"]) == {"rejected": 1}
    stored = await rows(database, "select ratings from review where id = 1")
    assert stored == [{"ratings": [2, 10, 3]}]
    waiting = await rows(
        database, "select format, id, characteristic_id from import_orphan where resolved_run is null order by 1, 2"
    )
    assert [tuple(row.values()) for row in waiting] == [("characteristic_ratings", 1, 77), ("photos", 2, None)]
    await assert_sound(database)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "name",
    ["reviews", *(pytest.param(name, marks=pytest.mark.long) for name in ("reviews_photos", "characteristic_reviews"))],
)
async def test_a_part_of_a_delivery_takes_nothing_away(
    database: Database, settings: Settings, tmp_path: Path, name: str
) -> None:
    sample.write(tmp_path / "1", products=50, reviews=300, seed=6)
    first = await imported(database, settings, tmp_path / "1")
    folder = write(tmp_path / "2", **{name: (tmp_path / "1" / f"{name}.csv").read_bytes()})
    run = await imported(database, settings, folder)
    (file,) = run["files"]
    assert file["unchanged"] == first["by_name"][f"{name}.csv"]["inserted"]
    assert file["inserted"] + file["updated"] == 0
    await assert_sound(database)


@pytest.fixture(scope="module")
def db(postgres: Server) -> Iterator[psycopg.Connection[tuple[int, int]]]:
    with psycopg.connect(postgres.url("postgres")) as connection:
        yield connection


@tried(150)
@given(st.lists(st.integers(1, 2**31 - 1), max_size=12), st.lists(st.text(max_size=40), max_size=5))
def test_hashes_are_those_of_postgres(
    db: psycopg.Connection[tuple[int, int]], numbers: list[int], texts: list[str]
) -> None:
    from etl.compiled.postgres_hash import of_ints, of_texts

    texts = [text.replace("\0", "").encode("utf-8", "ignore").decode() for text in texts]
    theirs = db.execute(
        "select hash_array_extended(%s::int[], 0), hash_array_extended(%s::text[], 0)", (numbers, texts)
    )
    data = [text.encode() for text in texts]
    ends = np.cumsum([len(text) for text in data], dtype=np.int64)
    joined = np.frombuffer(b"".join(data) + bytes(8), np.uint8).copy()
    assert theirs.fetchone() == (of_ints(np.array(numbers, np.int32)), of_texts(joined, ends))
