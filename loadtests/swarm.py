"""Locust as a program: it is given a plan, and what it counted is read when it has ended."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.domain.errors import Misconfigured
from backend.local import probes
from backend.local.ports import HOST, inner_ports
from backend.local.processes import dies_with_us
from loadtests import locustfile_path, mix
from loadtests.place import ROOT
from loadtests.plan import VARIABLE, Plan
from loadtests.tally import Tally

CEILING_SECONDS = (3.0, 5.0)  # half as long as the test, within these
CEILING_USERS = 16  # for each process: as many as keep it busy
_PATIENCE = 15.0  # seconds until a program is ready, or has ended after it was asked to


class Swarm:
    """Locust's processes for a plan, in a folder of its own. They end by themselves when the plan's time is over."""

    def __init__(self, plan: Plan, folder: Path, log: Path, html: Path | None = None) -> None:
        self._plan = plan.but(result=str(folder / "result.json"))
        self._folder, self._log, self._html = folder, log, html
        self.interrupted = False

    def run(self) -> Tally:
        """Until it is over, or Ctrl-C: then what was counted by then, and `interrupted` says so."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        told = self._folder / "plan.json"
        self._plan.write(told)
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._command(),
                env={**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: str(told)},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is ours to pass on, to the first process alone: it asks the others for their last counts.
                start_new_session=True,
                preexec_fn=dies_with_us(signal.SIGTERM),  # noqa: PLW1509 -- no thread of ours runs by then
            )
            try:
                process.wait()
            except KeyboardInterrupt:
                self.interrupted = True
                self._end(process)
            finally:
                if process.poll() is None:
                    process.kill()
                told.unlink()
        return self._result(process.returncode)

    def _command(self) -> list[str]:
        users = [mix.JOURNEYS[name].users for name in self._plan.journeys] or ["Nobody"]
        command = [
            *(sys.executable, "-P", "-m", "locust", "-f", str(locustfile_path()), "--headless", "--only-summary"),
            *("--host", self._plan.host, *(("--html", str(self._html)) if self._html else ())),
        ]
        if self._plan.processes > 1:
            port = str(next(inner_ports()))
            command += ["--processes", str(self._plan.processes)]
            command += ["--master-bind-host", HOST, "--master-bind-port", port]
            command += ["--master-host", HOST, "--master-port", port]
        return [*command, *users]

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_PATIENCE)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _result(self, status: int) -> Tally:
        path = Path(self._plan.result)
        if not path.is_file():
            if self.interrupted:
                return Tally()
            said = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise Misconfigured(f"Locust ended with status {status}: {said[-1] if said else 'it said nothing'}.")
        return Tally().take(json.loads(path.read_text(encoding="utf-8")))


def ceiling(plan: Plan, folder: Path, log: Path) -> float:
    """Requests a second that as many processes of Locust get out of a server that does nothing."""
    users, (least, most) = CEILING_USERS * plan.processes, CEILING_SECONDS
    with _hello(log) as url:
        nothing = plan.but(
            host=url,
            shape="steady",
            journeys=(),
            users=users,
            rate=0.0,
            seconds=min(most, max(least, plan.seconds / 2)),
            key="",
            accounts=(),
        )
        swarm = Swarm(nothing, folder, log)
        counted = swarm.run()
    if swarm.interrupted:
        raise KeyboardInterrupt
    return counted.usual_rate()


@contextmanager
def _hello(log: Path) -> Iterator[str]:
    port = next(inner_ports())
    with log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "loadtests.api.hello", str(port)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            preexec_fn=dies_with_us(signal.SIGTERM),  # noqa: PLW1509 -- no thread of ours runs by then
        )
    try:
        until = time.monotonic() + _PATIENCE
        while not asyncio.run(probes.is_ready(port, "/")):
            if process.poll() is not None or time.monotonic() > until:
                raise Misconfigured("The server that the tool is measured against does not start.")
            time.sleep(0.05)
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait()
