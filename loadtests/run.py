"""One load test from the beginning to its figures."""

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backend.domain.load_tests import LoadTest
from backend.settings import Settings
from loadtests import curves, furnishing, mix
from loadtests.place import ROOT
from loadtests.plan import Plan
from loadtests.swarm import Swarm, ceiling
from loadtests.thresholds import Limits


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, and where the report for browsers is."""

    test: LoadTest
    report: Path


def run(
    plan: Plan,
    settings: Settings | None,
    limits: Limits,
    folder: Path,
    tell: Callable[[str], None],
    *,
    revision: str = "",
    with_ceiling: bool = True,
) -> Outcome:
    """Carry out a plan. `settings` are those of the system it is sent to, where that is ours to furnish, else None.

    `revision` is its schema's, empty where that is not known.

    The HTML report and Locust's log go into `folder`. Ctrl-C ends it with what was counted by then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = time.strftime("%Y-%m-%d-%H%M%S")
    report, log = folder / f"{name}.html", folder / f"{name}.log"
    with tempfile.TemporaryDirectory(prefix="atelier-loadtest-") as place:
        highest = None
        if with_ceiling:
            tell("Measuring the tool by itself")
            highest = ceiling(plan, Path(place) / "ceiling", log)
        moderators = mix.counts(plan.journeys, plan.users).get("moderators", 0)
        with furnishing.furnished(settings, plan, moderators) if settings else nullcontext(plan) as ready:
            tell(_in_words(plan))
            swarm = Swarm(ready, Path(place) / "load", log, report)
            began = datetime.now(UTC)
            counted = swarm.run()
            ended = datetime.now(UTC)
    total = counted.total()
    asked = plan.rate if plan.pause and plan.shape in curves.EVEN else 0.0
    test = LoadTest(
        began_at=began,
        ended_at=ended,
        asked_by=_who(),
        host=plan.host,
        version=f"{_commit()}, revision {revision}".removeprefix(", ") if revision else "",
        shape=plan.shape,
        options=plan.options(),
        partial=swarm.interrupted,
        total=total,
        names=counted.by_name(),
        course=counted.course(),
        thresholds=limits.judge(total, asked),
        faults=counted.worst(),
        ceiling=highest,
    )
    return Outcome(test, report)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        return f"account {os.getuid()}"


def _commit() -> str:
    """This checkout's, with a `+` where files differ from it; empty without git."""
    if shutil.which("git") is None:
        return ""
    command = ("git", "-C", str(ROOT), "describe", "--always", "--exclude=*", "--dirty=+")
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _in_words(plan: Plan) -> str:
    pace = f", {plan.rate:,.0f} requests/s" if plan.rate else ""
    who = ", ".join(plan.journeys)
    return f"Sending load to {plan.host}: {plan.shape}, {plan.users:,} users ({who}){pace}, for {plan.seconds:,.0f} s"
