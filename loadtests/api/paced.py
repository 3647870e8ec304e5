"""Requests at a steady rate, whether or not earlier ones have been answered: a program of its own.

It reads a plan from a file and prints a report, both JSON. An answer's time counts from when its request was due: one
that had to wait for a connection has waited. Every answer's status is checked, every read's beginning, and some whole.
"""

import asyncio
import gc
import json
import subprocess
import sys
from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import uvloop

from loadtests.api.measured import BrokenMeasurementError, Measured
from loadtests.place import ROOT

STATUS = {"list": 200, "meta": 200, "helpful": 204, "submit": 201}
_WHOLE = 20  # of so many reads one is read whole
_DRAIN = 10.0  # seconds for the last answers
Request = tuple[str, str, str]  # its kind, how the answer begins, and the request as it is sent


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent to a port on loopback: all requests, in order, so many a second."""

    port: int
    rate: float
    connections: int
    requests: list[Request]


@dataclass(slots=True)
class Report:
    """Milliseconds of each answer that was right; `answers` by kind, and what was wrong, by what it was."""

    times: list[float]
    answers: dict[str, int]
    wrong: dict[str, int]
    seconds: float


def run(plan: Plan, folder: Path) -> tuple[Measured, dict[str, int], dict[str, int]]:
    """Carry out a plan in another process: what was measured, the right answers by kind, and what was wrong."""
    path = folder / "plan.json"
    path.write_text(json.dumps(asdict(plan)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "loadtests.api.paced", str(path)],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BrokenMeasurementError.of("The paced load", done.stderr)
    report = Report(**json.loads(done.stdout))
    times = sorted(report.times) or [0.0]
    p50, p90, p99 = (times[int((len(times) - 1) * share)] for share in (0.5, 0.9, 0.99))
    errors = sum(report.wrong.values())
    measured = Measured(len(report.times) / report.seconds, p50, p90, p99, errors, len(report.times))
    return measured, report.answers, report.wrong


class _Pacer:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._idle: list[_Connection] = []
        self._waiting: deque[tuple[float, Request]] = deque()
        self._open = 0
        self._times: list[float] = []
        self._answers: Counter[str] = Counter()
        self._wrong: Counter[str] = Counter()

    async def run(self) -> Report:
        loop = asyncio.get_running_loop()
        for _ in range(self._plan.connections):
            await self.connect()
        began = loop.time()
        for number, request in enumerate(self._plan.requests):
            due = began + number / self._plan.rate
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            self._open += 1
            self._waiting.append((due, request))
            self.send()
        until = loop.time() + _DRAIN
        while self._open and loop.time() < until:
            await asyncio.sleep(0.01)
        if self._open:
            self._wrong["no answer"] += self._open
        seconds = max(loop.time() - began, len(self._plan.requests) / self._plan.rate)
        return Report(self._times, dict(self._answers), dict(self._wrong), seconds)

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._plan.port)
        self.free(connection)

    def free(self, connection: "_Connection") -> None:
        self._idle.append(connection)
        self.send()

    def send(self) -> None:
        while self._idle and self._waiting:
            self._idle.pop().ask(*self._waiting.popleft())

    def lost(self, connection: "_Connection", *, asked: bool) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
        if asked:
            self._open -= 1
            self._wrong["broken connection"] += 1
        task = asyncio.get_running_loop().create_task(self.connect())
        task.add_done_callback(lambda done: done.exception())

    def answered(self, taken: float, request: Request, status: int, body: bytes) -> None:
        kind, begins, _ = request
        self._open -= 1
        if status != STATUS[kind]:
            self._wrong[f"{kind}: {status}"] += 1
        elif not body.startswith(begins.encode()) or not self._whole(kind, body):
            self._wrong[f"{kind}: another answer"] += 1
        else:
            self._answers[kind] += 1
            self._times.append(taken * 1000)

    def _whole(self, kind: str, body: bytes) -> bool:
        if kind not in ("list", "meta") or self._answers[kind] % _WHOLE:
            return True
        told: dict[str, Any] = json.loads(body)
        if kind == "list":
            return len(told["results"]) <= int(told["count"])
        given, recommended = (sum(map(int, told[key].values())) for key in ("ratings", "recommended"))
        return bool(given == recommended)


class _Connection(asyncio.Protocol):
    """One request under way, or none."""

    def __init__(self, pacer: _Pacer) -> None:
        self._pacer = pacer
        self._loop = asyncio.get_running_loop()
        self._request: Request | None = None
        self._due = 0.0
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own, which is none by descent

    def ask(self, due: float, request: Request) -> None:
        self._due, self._request, self._got = due, request, b""
        self._transport.write(request[2].encode())

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or self._request is None:
            return
        _, told, length = head.lower().partition(b"\r\ncontent-length: ")
        if told and len(body) < int(length.partition(b"\r\n")[0]):
            return
        request, self._request = self._request, None
        self._pacer.answered(self._loop.time() - self._due, request, int(head[9:12]), body)
        if b"\r\nconnection: close" in head.lower():
            self._transport.close()
        else:
            self._pacer.free(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._pacer.lost(self, asked=self._request is not None)


def main(path: str) -> None:
    """Carry out the plan of a file, and print the report."""
    told = json.loads(Path(path).read_text(encoding="utf-8"))
    told["requests"] = [tuple(each) for each in told["requests"]]
    gc.freeze()  # its own rests, for a plan of tens of thousands, are not the service's
    report = uvloop.run(_Pacer(Plan(**told)).run())
    print(json.dumps(asdict(report)))


if __name__ == "__main__":
    main(sys.argv[1])
