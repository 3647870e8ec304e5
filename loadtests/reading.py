"""How fast reviews are read, cleaned and staged, beside a plain COPY of the same rows in the same run."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from psycopg.sql import SQL, Literal

from backend.store import migrations
from etl import sample, stage
from etl.compiled import ready
from etl.encode import Rows
from etl.opening import Opening, open_file
from etl.read import FileReading, read_file
from etl.seen import Seen
from etl.sources import Object, Sources
from tests.postgres import Server

RUN = 1
BARE = """
create table bare (id int, product_id int, rating smallint, date timestamptz, summary text, body text,
    recommend boolean, reported boolean, reviewer_name text, reviewer_email text, response text, helpfulness int)
"""
CLEAN = """
copy (
    select id, product_id, rating, written_at, summary, body, recommend, reported, reviewer_name, reviewer_email,
        response, helpfulness from staging.reviews_1 order by source_offset
) to {} with (format csv, force_quote (summary, body, reviewer_name, reviewer_email, response))
"""
Db = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """One way: the median of its seconds, rows a second, and the median, least and most of its ratio to plain COPY."""

    name: str
    seconds: float
    rows: float
    ratio: float
    least: float
    most: float


class Bench:
    """Generates reviews, then takes turns: a plain COPY of the clean ones, and the ways to be measured."""

    def __init__(self, reviews: int, rounds: int) -> None:
        self._reviews = reviews
        self._rounds = rounds

    def run(self, tell: Callable[[str], None]) -> list[Measured]:
        """Measure; `tell` is told what goes on."""
        ready.prepare(Path(".atelier")).join()
        with tempfile.TemporaryDirectory(prefix="atelier-bench-") as name, _database() as db:
            folder = Path(name)
            folder.chmod(0o777)  # the server writes and reads here as another user
            tell(f"Generating {self._reviews:,} reviews")
            sample.write(folder, products=max(1, self._reviews // 50), reviews=self._reviews)
            reading = _Reading(db, folder)
            reading.load()
            clean = Literal(str(folder / "clean.csv"))
            db.execute(SQL(CLEAN).format(clean))
            db.execute(BARE)
            db.commit()
            ways = {
                "plain COPY": lambda: db.execute(SQL("copy bare from {} (format csv)").format(clean)),
                "read, clean, encode": reading.read,
                "read, clean, encode, load": reading.load,
            }
            times: dict[str, list[float]] = {way: [] for way in ways}
            for number in range(self._rounds):
                tell(f"Round {number + 1} of {self._rounds}")
                for way, work in ways.items():
                    db.execute("truncate bare")
                    stage.create(db, RUN)
                    db.execute("delete from import_reject")
                    db.commit()
                    db.execute("checkpoint")
                    began = time.perf_counter()
                    work()
                    db.commit()
                    times[way].append(time.perf_counter() - began)
        return [_measured(way, times, self._reviews) for way in times]


class _Reading:
    def __init__(self, db: Db, folder: Path) -> None:
        self._db = db
        self._sources = Sources()
        self._object: Object
        (self._object,) = self._sources.objects((folder / "reviews.csv").as_uri())
        self._opening: Opening = open_file(self._sources, self._object)
        stage.create(db, RUN)
        db.execute("insert into import_run (source) values ('bench')")
        db.execute("insert into import_file (run_id, name, url) values (1, 'reviews.csv', 'bench')")
        db.commit()

    def read(self) -> None:
        """Without a database."""
        reading, rows = FileReading(self._opening, 1, Seen()), Rows()
        for block in self._sources.blocks(self._object):
            rows.clear()
            reading.read(block, rows)
        reading.read(b"", rows, final=True)
        assert reading.tally.accounts

    def load(self) -> None:
        """Into staging, as an import does."""
        sink = partial(stage.copy, self._db, self._opening.understood.format, RUN)
        read_file(self._db, self._sources, self._object, 1, self._opening, Seen(), sink, lambda _tally: None)


@contextmanager
def _database() -> Iterator[Db]:
    with Server() as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            for role in ("atelier_owner login createrole", "atelier_app login", "atelier_read login"):
                connection.execute(SQL("create role {}").format(SQL(role)))
            connection.execute("create database bench owner atelier_owner")
        migrations.upgrade(server.url("bench", "atelier_owner"))
        with psycopg.connect(server.url("bench")) as db:
            yield db


def _measured(way: str, times: dict[str, list[float]], reviews: int) -> Measured:
    plain, ours = times["plain COPY"], times[way]
    ratios = [mine / theirs for mine, theirs in zip(ours, plain, strict=True)]
    seconds = median(ours)
    return Measured(way, seconds, reviews / seconds, median(ratios), min(ratios), max(ratios))
