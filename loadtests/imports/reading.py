"""Reading reviews without what follows: alone, and with the load into staging."""

from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

from etl import stage
from etl.encode import Rows
from etl.opening import Opening, open_file
from etl.read import FileReading, read_file
from etl.seen import Seen
from etl.sources import Object, Sources
from loadtests.imports.place import Place

RUN = 1
_NAME = "reviews.csv"
Db = psycopg.Connection[Any]


class Reading:
    """Reads one delivery's reviews, in this process."""

    def __init__(self, place: Place, folder: Path) -> None:
        self._place = place
        self._sources = Sources()
        self._object: Object
        (self._object,) = self._sources.objects((folder / _NAME).as_uri())
        self._opening: Opening = open_file(self._sources, self._object)

    def alone(self) -> float:
        """Seconds to read, clean and encode, without a database."""
        began = perf_counter()
        reading, rows = FileReading(self._opening, 1, Seen()), Rows()
        for block in self._sources.blocks(self._object):
            rows.clear()
            reading.read(block, rows)
        reading.read(b"", rows, final=True)
        assert reading.tally.accounts
        return perf_counter() - began

    def with_load(self) -> float:
        """The same with the load, as an import does it."""
        with self._place.database() as name, psycopg.connect(self._place.server.url(name)) as db:
            stage.create(db, RUN)
            db.execute("insert into import_run (source) values ('bench')")
            db.execute("insert into import_file (run_id, name, url) values (1, 'reviews.csv', 'bench')")
            db.commit()
            self._place.settle()
            began = perf_counter()
            with stage.copying(lambda: psycopg.connect(self._place.server.url(name)), RUN) as write:
                sink, seen = partial(write, self._opening.understood.format), Seen()
                read_file(db, self._sources, self._object, 1, self._opening, seen, sink, lambda _: None)
            return perf_counter() - began
