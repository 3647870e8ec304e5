"""The steps of an operator's day, in their order."""

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from loadtests import delivery
from loadtests.api import machine
from loadtests.api.measured import Measured
from loadtests.api.measuring import Measuring
from loadtests.api.place import FULL
from loadtests.api.subjects import Soak
from loadtests.api.system import System
from loadtests.delivery import Delivery
from loadtests.imports import runs
from loadtests.operator.jobs import Ended, Jobs
from loadtests.operator.place import Place
from loadtests.operator.report import Report

DIRT = 0.01
BULK = 100_000  # reviews, at scale 1
_ALONE = 5  # the traffic by itself lasts a fifth as long
_IMPORT, _BULK = "import of the next delivery", "bulk change"
_REFUSED = "records were refused"  # mended, they name what is not there: the run stops before it writes
Tell = Callable[[str], None]


def run(scale: float, seconds: float, rate: int, folder: Path | None, tell: Tell) -> Report:
    """The whole day. `seconds` are those of the traffic beside the jobs, `rate` its requests a second."""
    with Place(folder, scale) as place, System(place) as system:
        report = Report(scale, machine.facts())
        day = _Day(place, system, report, tell)
        day.deliver(_written(place, scale, tell, next_one=False))
        day.index()
        day.repair()
        day.check()
        day.jobs(_written(place, scale, tell, next_one=True), seconds, rate)
        day.check()
    return report


class _Day:
    def __init__(self, place: Place, system: System, report: Report, tell: Tell) -> None:
        self._place = place
        self._system = system
        self._report = report
        self._tell = tell
        self._jobs = Jobs(place)
        self._run = 0

    def deliver(self, given: Delivery) -> None:
        self._place.settle()
        self._report.live, said = self._atelier("etl", "run", given.folder.as_uri(), "--json", "--no-index")
        told = json.loads(said)
        self._run = told["run"]
        self._report.rows = sum(file["records"] for file in told["files"])
        self._report.rejected = sum(file["rejected"] for file in told["files"])
        self._tell(f"  live after {self._report.live:.1f} s")

    def index(self) -> None:
        """Index the words of all reviews, which a run leaves to be done when it is live."""
        self._report.indexing = self._jobs.index()
        self._tell(f"  indexed after {self._report.indexing:.1f} s more")

    def repair(self) -> None:
        """Apply the repair that takes most to each kind of rejects, as a lead does in the console."""
        with self._jobs.worker():
            before, began = self._stored(), time.perf_counter()
            for signature, name in self._jobs.fitting(self._run):
                ended = self._jobs.run(self._jobs.ask_repair(self._run, signature, name))
                if _REFUSED in ended.said:
                    self._report.stayed += 1
                elif ended.said:
                    self._report.wrong.append(f"the repair {name}: {ended.said}")
                else:
                    self._report.repairs += 1
            self._report.repairing = time.perf_counter() - began
        self._report.repaired = self._stored() - before
        self._tell(f"  repaired after {self._report.repairing:.1f} s more")

    def jobs(self, following: Delivery, seconds: float, rate: int) -> None:
        """The traffic by itself, the jobs by themselves, and both at once."""
        jobs, measuring = self._jobs, Measuring(self._place, self._system, 1, seconds)
        jobs.choose(int(BULK * self._report.scale), measuring.facts(FULL).reviews["random"])
        self._report.alone = self._traffic(seconds / _ALONE, rate)
        with jobs.worker():
            run_id, receipt = self._both(jobs, following, self._report.jobs_alone)
            reverted = jobs.job(jobs.ask_revert(receipt))
            self._report.said.append(f"  the bulk change was taken back in {reverted.seconds:.1f} s. {reverted.said}")
            self._atelier("etl", "rollback", str(run_id))
            with ThreadPoolExecutor(1) as aside:
                traffic = aside.submit(self._traffic, seconds, rate)
                self._both(jobs, following, self._report.jobs_beside)
                self._report.beside = traffic.result()

    def check(self) -> None:
        """Every derived number against the reviews."""
        try:
            self._atelier("db", "check")
        except runs.BrokenRunError as error:
            self._report.wrong.append(error.detail)

    def _both(self, jobs: Jobs, following: Delivery, took: dict[str, float]) -> tuple[int, int]:
        """Both jobs at once: the run's id, and the receipt's."""
        for name in delivery.NAMES:  # other ETags, so that nothing is taken for loaded
            os.utime(following.folder / name)
        run_id = jobs.ask_import(following.folder.as_uri())
        job_id, receipt = jobs.ask_bulk()
        for name, ended in ((_BULK, jobs.job(job_id)), (_IMPORT, jobs.run(run_id))):
            took[name] = ended.seconds
            self._note(name, ended)
        return run_id, receipt

    def _note(self, name: str, ended: Ended) -> None:
        self._tell(f"  {name}: {ended.seconds:.1f} s. {ended.said}")
        if ended.said.startswith("It is "):
            self._report.wrong.append(f"{name}: {ended.said}")
        elif ended.said:
            self._report.said.append(f"  {name}: {ended.said}")

    def _traffic(self, seconds: float, rate: int) -> Measured:
        measuring = Measuring(self._place, self._system, 1, seconds)
        measured = measuring.measure(Soak(rate))
        self._report.wrong += measuring.wrong
        self._tell(f"  {measured.rate:,.0f}/s, p99 {measured.p99:.1f} ms, {measured.errors} errors")
        return measured

    def _stored(self) -> int:
        """Rows that runs have brought so far."""
        return self._place.count(FULL, "select coalesce(sum(inserted + updated), 0) from import_file")

    def _atelier(self, *arguments: str) -> tuple[float, str]:
        seconds, _, said = runs.atelier(self._place, FULL, *arguments)
        return seconds, said


def _written(place: Place, scale: float, tell: Tell, *, next_one: bool) -> Delivery:
    folder = place.folder / f"{'next' if next_one else 'dirty'}-{scale:g}"
    return delivery.write(folder, scale=scale, dirt=DIRT, next_one=next_one, tell=tell)
