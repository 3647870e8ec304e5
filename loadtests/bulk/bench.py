"""A bulk change as the job does it, before-images and numbers included, beside one plain UPDATE, in turns.

Both find the same published rows, and everything written before is on the disk. After each run its rows are as they
were: a bulk change is taken back by its own job, which is timed, too.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from backend.domain.actors import SYSTEM
from backend.domain.bulk import SetStatus
from backend.domain.jobs import JobState, Wish
from backend.domain.states import ReviewState
from backend.jobs import bulk as carrying
from backend.jobs.pace import Pace
from backend.services import checking, jobs
from backend.services.bulk import receipts, running
from backend.settings import Settings
from backend.store.database import Database
from loadtests.api.place import FULL, Place

ROWS = 1_000_000  # at scale 1
BAR = 1.5  # times as long as one plain UPDATE
LONGEST_MS = 500  # a transaction
CHECKED = checking.TITLES.keys() - {"pages"}  # whose rows the bench's data does not have
# The first of them, as a delivery brought them, product by product; or as many evenly among all.
CHOOSE = """
    create table chosen as select id, version from review where state = 'published' order by id limit %(rows)s
"""
SPREAD = """
    create table chosen as
    select id, version from (
        select id, version, row_number() over (order by id) as place, count(*) over () as all_rows
        from review where state = 'published'
    ) as published
    where place * %(rows)s / all_rows <> (place - 1) * %(rows)s / all_rows
    order by id
"""
FREEZE = """
    insert into bulk_part (bulk_id, last, ids, versions)
    select %(bulk_id)s, max(id), array_agg(id order by id), array_agg(version order by id)
    from (
        select review.id, review.version, (row_number() over (order by review.id) - 1) / 250 as part
        from review join chosen using (id)
    ) as numbered group by part
"""
PLAIN = "update review set state = %(state)s, version = version + 1 where id in (select id from chosen)"


@dataclass
class Report:
    """Seconds of each run, in their pairs; what was wrong."""

    rows: int
    plain: list[float] = field(default_factory=list)
    bulk: list[float] = field(default_factory=list)
    revert: list[float] = field(default_factory=list)
    longest_ms: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        return [ours / theirs for ours, theirs in zip(self.bulk, self.plain, strict=True)]

    @property
    def holds(self) -> bool:
        """Whether both bars hold."""
        return statistics.median(self.ratios) <= BAR and self.longest_ms <= LONGEST_MS

    def as_json(self) -> str:
        """For programs."""
        return json.dumps({**asdict(self), "ratios": self.ratios, "holds": self.holds}, indent=2)

    def in_words(self) -> str:
        """For people: medians, and the least and the most."""
        lines = [f"{self.rows:,} reviews hidden, {len(self.plain)} pairs in turns"]
        for name, seconds in (
            ("one plain UPDATE", self.plain),
            ("bulk change", self.bulk),
            ("taken back", self.revert),
        ):
            middle = statistics.median(seconds)
            spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
            lines.append(f"{name:<18}{middle:8.2f} s  ({spread})  {self.rows / middle:10,.0f} rows/s")
        ratios = self.ratios
        middle = statistics.median(ratios)
        lines.append(f"{'ratio':<18}{middle:8.2f}    ({min(ratios):.2f} to {max(ratios):.2f})  bar {BAR}")
        lines.append(f"{'longest':<18}{self.longest_ms:8.0f} ms  bar {LONGEST_MS} ms")
        return "\n".join(lines + self.faults)


class Bench:
    """Enter its place before; `run` gives the report."""

    def __init__(self, place: Place, tell: Callable[[str], None]) -> None:
        self._place = place
        self._tell = tell
        url = place.server.url
        self._settings = Settings(
            home=place.work,
            database_url=url(FULL, "atelier_app"),
            owner_url=url(FULL, "atelier_owner"),
            reader_url=url(FULL, "atelier_read"),
            secret="for the bench only",  # noqa: S106 -- it guards nothing
            instance="bench",
            local=True,
        )
        self._db: psycopg.Connection[Any] = psycopg.connect(url(FULL), autocommit=True)

    def run(self, pairs: int, *, spread: bool = False) -> Report:
        """Alternate, each first in every second pair."""
        self._db.execute(SPREAD if spread else CHOOSE, {"rows": int(ROWS * self._place.scale)})
        self._db.execute(
            "alter table chosen add primary key (id); analyze chosen; grant select on chosen to atelier_app"
        )
        (rows,) = self._db.execute("select count(*) from chosen").fetchone() or (0,)
        report = Report(rows)
        for number in range(pairs):
            for what in (self._plain, self._bulk) if number % 2 == 0 else (self._bulk, self._plain):
                what(report)
            self._tell(f"pair {number + 1}: {report.plain[-1]:.2f} s and {report.bulk[-1]:.2f} s")
        return report

    def _plain(self, report: Report) -> None:
        self._settle()
        began = time.perf_counter()
        self._db.execute(PLAIN, {"state": "hidden"})
        report.plain.append(time.perf_counter() - began)
        self._db.execute(PLAIN, {"state": "published"})

    def _bulk(self, report: Report) -> None:
        self._settle()
        asyncio.run(self._changed(report))

    async def _changed(self, report: Report) -> None:
        async with Database(self._settings) as database:
            async with database.write() as writer:
                bulk_id = await receipts.of_chosen(writer, SYSTEM, [1], ZoneInfo("UTC"))
                await receipts.add(writer, SYSTEM, bulk_id, SetStatus(ReviewState.HIDDEN, "spam"))
                await writer.execute("delete from bulk_part where bulk_id = %s", (bulk_id,))
                await writer.execute(FREEZE, {"bulk_id": bulk_id})
                await writer.execute(receipts.queries["settle"], {"bulk_id": bulk_id})
                job_id = await running.start(writer, SYSTEM, bulk_id, "Bench.", str(report.rows))
            report.bulk.append(await self._carried(database, job_id, carrying.run, report))
            async with database.write() as writer:
                job_id = await running.start_revert(writer, SYSTEM, bulk_id)
            report.revert.append(await self._carried(database, job_id, carrying.revert, report))
            async with database.read() as reader:
                receipt = await receipts.one(reader, SYSTEM, bulk_id)
                if receipt["revert_counts"].get("reversed") != report.rows:
                    report.faults.append(f"taken back: {receipt['revert_counts']}")
                report.faults += [str(fault) for fault in await checking.check(reader, CHECKED)]

    async def _carried(
        self, database: Database, job_id: int, carry: Callable[..., Awaitable[Wish | None]], report: Report
    ) -> float:
        async with database.write() as writer:
            job = await jobs.begin(writer, job_id)
        if job is None:
            return 0.0  # it was few enough to be done at once
        pace = Pace(database)
        began = time.perf_counter()
        await carry(database, self._settings, job, pace)
        seconds = time.perf_counter() - began
        async with database.write() as writer:
            await jobs.end(writer, job_id, JobState.FINISHED)
        report.longest_ms = max(report.longest_ms, pace.longest * 1000)
        return seconds

    def _settle(self) -> None:
        self._db.execute("vacuum review, product_rollup, review_before")
        self._place.settle()
