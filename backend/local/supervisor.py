"""Keeps the parts running: starts them, waits until they are ready, starts again what died, and ends them in order."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from backend.domain.errors import AtelierError, Misconfigured
from backend.local.account import Account
from backend.local.processes import Identity, dies_with_us, end_leftovers, end_session, identify
from backend.local.state import Home

FIRST_PAUSE = 0.2  # seconds before a part that died is started again; doubled each time
LONGEST_PAUSE = 10.0
STEADY = 30.0  # seconds after which a part counts as well again
MEND_AFTER = 3  # quick deaths in a row before a part is mended, where it can be
LONGEST_LOG = 20_000_000  # bytes; the older half of a log is kept beside it


def first_of(group: BaseException) -> BaseException:
    """What to tell of several failures at once: the first that has a mend, else the first."""
    leaves, found = [group], []
    while leaves:
        error = leaves.pop(0)
        if isinstance(error, BaseExceptionGroup):
            leaves.extend(error.exceptions)
        else:
            found.append(error)
    return next((error for error in found if isinstance(error, AtelierError)), found[0])


async def nothing() -> None:
    """What a part does after it started, where it does nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One program. `ready` is asked until it says yes, `started` runs after each start, `mend` after several deaths.

    Where two of it may share its address, `answers` says whether it is the process of this id that is ready there: such
    a part is replaced without a gap.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str]
    address: str = ""
    account: Account | None = None
    stop: signal.Signals = signal.SIGTERM
    if_orphaned: signal.Signals = signal.SIGTERM
    patience: float = 60.0  # seconds to become ready
    grace: float = 20.0  # seconds to end, as in production: ten for requests under way, then the pools
    started: Callable[[], Awaitable[None]] = nothing
    mend: Callable[[], Awaitable[None]] | None = None
    answers: Callable[[int], Awaitable[bool]] | None = None


class Child:
    """A part as a process, over all its restarts."""

    def __init__(self, part: Part, supervisor: "Supervisor") -> None:
        self.part = part
        self.identity: Identity | None = None
        self.since = 0.0
        self.restarts = 0
        self.ready = False
        self._supervisor = supervisor
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._ending = False
        self._turn = asyncio.Lock()

    @property
    def log(self) -> Path:
        return self._supervisor.home.logs / f"{self.part.name}.log"

    async def start(self) -> None:
        """Start and wait until ready; `Misconfigured` with its last words where it does not get there."""
        await self._launch()
        self._keeper = asyncio.create_task(self._keep(), name=f"keeper of {self.part.name}")

    async def _launch(self) -> None:
        process = await self._spawn()
        self._adopt(process)
        await self._wait_until(self.part.ready, process)
        await self.part.started()
        self.ready = True
        self._supervisor.write_record()

    async def _spawn(self) -> asyncio.subprocess.Process:
        part = self.part
        account = part.account.options() if part.account else {}
        try:
            with self.log.open("ab") as log:
                return await asyncio.create_subprocess_exec(
                    *part.command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=dict(part.environment),
                    start_new_session=True,
                    preexec_fn=dies_with_us(part.if_orphaned),
                    **account,
                )
        except OSError as error:
            raise Misconfigured(f"{part.name} cannot be started: {error.strerror}: {part.command[0]}.") from error

    def _adopt(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.identity = identify(process.pid)
        self.since = time.time()
        self._supervisor.write_record()

    async def _wait_until(self, ready: Callable[[], Awaitable[bool]], process: asyncio.subprocess.Process) -> None:
        part = self.part
        deadline = time.monotonic() + part.patience
        while not await ready():
            if process.returncode is not None:
                raise Misconfigured(f"{part.name} ended as it started: {self._last_words()} (more in {self.log}).")
            if time.monotonic() > deadline:
                raise Misconfigured(f"{part.name} was not ready after {part.patience:.0f} s: see {self.log}.")
            await asyncio.sleep(0.05)

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            if lines:
                return lines[-1].strip()[:300].removeprefix("atelier: ").rstrip(".")
        return "it said nothing"

    async def _keep(self) -> None:
        deaths, pause = 0, FIRST_PAUSE
        while (process := self._process) is not None:
            code = await process.wait()
            async with self._turn:
                if self._ending:
                    return
                if self._process is not process:
                    continue  # replaced meanwhile
                self.ready = False
                if time.time() - self.since > STEADY:
                    deaths, pause = 0, FIRST_PAUSE
                deaths += 1
                how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
                self._supervisor.tell(f"{self.part.name} died ({how}); starting it again")
                self._supervisor.write_record()
                _sweep(self.identity)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                began = time.monotonic()
                try:
                    if self.part.mend is not None and deaths % MEND_AFTER == 0:
                        self._supervisor.tell(f"{self.part.name} keeps dying: making it anew")
                        await self.part.mend()
                    await self._launch()
                except Misconfigured as error:
                    self._supervisor.tell(error.detail)
                    self._kill()
                    continue
                self.restarts += 1
                self._supervisor.write_record()
                self._supervisor.tell(f"{self.part.name} is back after {time.monotonic() - began:.1f} s")

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                self._process.kill()

    async def replace(self) -> None:
        """Start it anew, for changed code. `Misconfigured` where that fails; what shares its address goes on then."""
        async with self._turn:
            if self.part.answers is not None and self.ready:
                await self._take_over(self.part.answers)
                return
            self.ready = False
            await self._end()
            await self._launch()

    async def _take_over(self, answers: Callable[[int], Awaitable[bool]]) -> None:
        """Begin the next one beside this one, and end this one when the next answers."""
        before, process = self._process, await self._spawn()
        try:
            await self._wait_until(lambda: answers(process.pid), process)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise
        left = self.identity
        self._adopt(process)
        await self._end(before, left)

    async def stop(self) -> None:
        self._ending = True
        await self._end()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def _end(self, process: asyncio.subprocess.Process | None = None, identity: Identity | None = None) -> None:
        """End a process with what it left, this part's own unless another is named."""
        process, identity = process or self._process, identity or self.identity
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self.part.stop)
            try:
                async with asyncio.timeout(0.5 if self._supervisor.hurried else self.part.grace):
                    await process.wait()
            except TimeoutError:
                self._supervisor.tell(f"{self.part.name} did not end by itself; ended it")
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        _sweep(identity)


@dataclass(slots=True)
class Supervisor:
    """All parts. `tell` says what happened to one; the record lets `status` and the next start know them."""

    home: Home
    tell: Callable[[str], None]
    facts: dict[str, Any] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    hurried: bool = False

    def sweep_leftovers(self) -> None:
        """End what is left of a run that was killed. Call it holding the home: then nobody needs them."""
        record = self.home.read("run/system.json")
        left = []
        for part in reversed(record.get("parts", [])):
            with contextlib.suppress(KeyError, TypeError, ValueError):
                left.append((Identity(**part["identity"]), signal.Signals(part["stop"])))
        end_leftovers(left)

    def write_record(self) -> None:
        parts = [
            {
                "name": child.part.name,
                "address": child.part.address,
                "identity": asdict(child.identity),
                "stop": int(child.part.if_orphaned),
                "since": child.since,
                "restarts": child.restarts,
                "ready": child.ready,
                "log": str(child.log),
            }
            for child in self.children
            if child.identity is not None
        ]
        self.home.write("run/system.json", {"pid": os.getpid(), **self.facts, "parts": parts})

    async def start(self, *parts: Part) -> None:
        """Start parts at the same moment and wait for all."""
        fresh = [Child(part, self) for part in parts]
        self.children.extend(fresh)
        try:
            async with asyncio.TaskGroup() as group:
                for child in fresh:
                    group.create_task(child.start())
        except BaseExceptionGroup as several:
            raise first_of(several) from None

    async def drop(self, name: str) -> None:
        """End one part and forget it."""
        for child in [child for child in self.children if child.part.name == name]:
            await child.stop()
            self.children.remove(child)

    async def roll(self) -> None:
        """Replace what runs our own code, one of each kind at a time, so that somebody always answers.

        `Misconfigured` where one does not start: the others are left as they are.
        """
        ours = [child for child in self.children if "backend.cli" in child.part.command]
        for turn in range(max((_number(child) for child in ours), default=0) + 1):
            replacing = (child.replace() for child in ours if _number(child) == turn)
            failures = [each for each in await asyncio.gather(*replacing, return_exceptions=True) if each is not None]
            if failures:
                raise failures[0]

    async def stop(self) -> None:
        """End everything, the last started first; instances of one kind together."""
        for name in dict.fromkeys(_kind(child) for child in reversed(self.children)):
            await asyncio.gather(*(child.stop() for child in self.children if _kind(child) == name))
        self.children.clear()
        self.write_record()

    def trim_logs(self) -> None:
        for child in self.children:
            with contextlib.suppress(OSError):
                if child.log.stat().st_size > LONGEST_LOG:
                    child.log.with_suffix(".old.log").write_bytes(child.log.read_bytes())
                    os.truncate(child.log, 0)


def _sweep(left: Identity | None) -> None:
    """End what a process left in its session: an orphaned Nginx worker goes on holding the port."""
    if left is not None:
        end_session(left, signal.SIGKILL)


def _kind(child: Child) -> str:
    """api-1 and api-2 are one kind."""
    return child.part.name.partition("-")[0]


def _number(child: Child) -> int:
    return int(child.part.name.partition("-")[2] or 0)
