"""Parts that die, hang and outlive their supervisor."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.domain.errors import Misconfigured
from backend.local.environment import ROOT
from backend.local.processes import LINUX, Identity, boot, end_leftovers, identify
from backend.local.state import Home
from backend.local.supervisor import Part, Supervisor

pytestmark = pytest.mark.anyio


async def yes() -> bool:
    return True


def part(name: str, script: str, **others: Any) -> Part:
    settings: dict[str, Any] = {"ready": yes, **others}
    return Part(name=name, command=["/bin/sh", "-c", script], environment={"PATH": os.environ["PATH"]}, **settings)


@pytest.fixture
def kept(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


async def until(true: Callable[[], bool], patience: float = 5.0) -> None:
    async with asyncio.timeout(patience):
        while not true():
            await asyncio.sleep(0.02)


async def test_what_dies_is_started_again_and_said(kept: Home) -> None:
    said: list[str] = []
    supervisor = Supervisor(kept, said.append)
    await supervisor.start(part("api-1", "sleep 60"))
    (child,) = supervisor.children
    assert child.identity is not None
    first = child.identity.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.restarts == 1)
    assert child.identity.pid != first
    assert said[0] == "api-1 died (signal SIGKILL); starting it again"
    assert said[1].startswith("api-1 is back after")
    (record,) = kept.read("run/system.json")["parts"]
    assert (record["restarts"], record["identity"]["pid"]) == (1, child.identity.pid)
    await supervisor.stop()
    assert not child.identity.alive


async def test_what_keeps_dying_is_made_anew(kept: Home) -> None:
    mended = asyncio.Event()

    async def mend() -> None:
        mended.set()

    supervisor = Supervisor(kept, lambda _: None)
    await supervisor.start(part("replica-1", "sleep 0.05", mend=mend))
    async with asyncio.timeout(10):
        await mended.wait()
    await supervisor.stop()


async def test_one_that_ends_as_it_starts_is_told_with_its_last_words(kept: Home) -> None:
    async def never() -> bool:
        return False

    supervisor = Supervisor(kept, lambda _: None)
    with pytest.raises(Misconfigured, match=r"^api-1 ended as it started: no database here \(more in .*api-1.log\)\.$"):
        await supervisor.start(part("api-1", "echo before; echo 'atelier: no database here.' >&2; exit 1", ready=never))
    await supervisor.stop()


async def test_a_program_that_is_not_there_is_told(kept: Home) -> None:
    supervisor = Supervisor(kept, lambda _: None)
    with pytest.raises(Misconfigured, match="nginx cannot be started: No such file"):
        await supervisor.start(Part(name="nginx", command=["/nowhere/nginx"], environment={}, ready=yes))


async def test_parts_end_in_the_order_they_need_each_other(kept: Home, tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    supervisor = Supervisor(kept, lambda _: None)
    for name in ("primary", "replica-1", "api-1", "api-2", "nginx"):
        up = tmp_path / f"{name}.up"

        async def ready(up: Path = up) -> bool:
            return await asyncio.to_thread(up.exists)

        script = f"trap 'echo {name} >> {ends}; exit 0' TERM; touch {up}; while :; do sleep 0.02; done"
        await supervisor.start(part(name, script, ready=ready))
    await supervisor.stop()
    ended = ends.read_text().split()
    assert ended[0] == "nginx"
    assert set(ended[1:3]) == {"api-1", "api-2"}
    assert ended[3:] == ["replica-1", "primary"]


async def test_one_that_does_not_end_is_ended_with_all_it_left(kept: Home, tmp_path: Path) -> None:
    said: list[str] = []
    ready = tmp_path / "ready"

    async def is_ready() -> bool:
        return bool(await asyncio.to_thread(lambda: ready.exists() and ready.read_text()))

    supervisor = Supervisor(kept, said.append)
    script = f"trap '' TERM; sleep 61 & echo $! > {ready}; while :; do sleep 0.1; done"
    await supervisor.start(part("worker", script, ready=is_ready, grace=0.3))
    left = identify(int(ready.read_text()))
    assert left.alive
    await supervisor.stop()
    assert said == ["worker did not end by itself; ended it"]
    await until(lambda: not left.alive)


def test_children_die_with_a_supervisor_that_is_killed(kept: Home) -> None:
    script = textwrap.dedent(f"""
        import asyncio, pathlib
        from backend.local.state import Home
        from backend.local.supervisor import Part, Supervisor
        async def yes(): return True
        async def main():
            supervisor = Supervisor(Home(pathlib.Path({str(kept.path)!r})), print)
            await supervisor.start(Part(name="api-1", command=["/bin/sleep", "62"], environment={{}}, ready=yes))
            print("up", flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    child = Identity(**kept.read("run/system.json")["parts"][0]["identity"])
    assert child.alive
    process.kill()
    process.communicate()
    if not LINUX:
        Supervisor(kept, print).sweep_leftovers()  # no kernel does it there: the next start does
    deadline = time.monotonic() + 5
    while identify(child.pid).began == child.began and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.alive


def test_the_next_start_ends_what_was_left_and_nothing_else() -> None:
    ours = subprocess.Popen(["/bin/sleep", "63"], start_new_session=True)
    other = subprocess.Popen(["/bin/sleep", "64"], start_new_session=True)
    try:
        mistaken = Identity(other.pid, "1", boot())  # the number of ours before, by now of somebody else
        before_reboot = Identity(other.pid, identify(other.pid).began, "another boot")
        end_leftovers([(each, signal.SIGTERM) for each in (identify(ours.pid), mistaken, before_reboot)])
        assert ours.wait(5) == -signal.SIGTERM
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_long_log_is_cut_and_the_old_one_kept(kept: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.local.supervisor.LONGEST_LOG", 10)

    async def run() -> None:
        supervisor = Supervisor(kept, lambda _: None)
        await supervisor.start(part("api-1", "echo twelve bytes and more; exec sleep 60"))
        log = supervisor.children[0].log
        await until(lambda: log.stat().st_size > 10)
        supervisor.trim_logs()
        assert log.stat().st_size == 0
        assert log.with_suffix(".old.log").read_text() == "twelve bytes and more\n"
        await supervisor.stop()

    asyncio.run(run())


def taking_over(folder: Path, script: str) -> Part:
    """A part of which two may run; each is ready when there is a file of its number."""

    async def answers(process: int) -> bool:
        return await asyncio.to_thread((folder / str(process)).exists)

    return part("api-1", script, answers=answers)


async def test_the_next_one_is_ready_before_the_one_before_ends(kept: Home, tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    script = f"trap 'ls {tmp_path}/[0-9]* > {ends}; exit 0' TERM; touch {tmp_path}/$$; while :; do sleep 0.02; done"
    supervisor = Supervisor(kept, lambda _: None)
    await supervisor.start(taking_over(tmp_path, script))
    (child,) = supervisor.children
    before = child.identity
    assert before is not None
    await until((tmp_path / str(before.pid)).exists)
    await child.replace()
    assert child.identity is not None
    assert {int(Path(line).name) for line in ends.read_text().split()} == {before.pid, child.identity.pid}
    assert not before.alive
    (record,) = kept.read("run/system.json")["parts"]
    assert (record["restarts"], record["identity"]["pid"]) == (0, child.identity.pid)
    # The next is kept running as the first was.
    os.kill(child.identity.pid, signal.SIGKILL)
    await until(lambda: child.restarts == 1)
    await supervisor.stop()


async def test_where_the_next_one_does_not_start_the_one_before_goes_on(kept: Home, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    script = f"test -e {broken} && {{ echo 'no such column' >&2; exit 1; }}; exec sleep 66"
    supervisor = Supervisor(kept, lambda _: None)
    await supervisor.start(taking_over(tmp_path, script))
    (child,) = supervisor.children
    before = child.identity
    assert before is not None
    broken.touch()
    with pytest.raises(Misconfigured, match="api-1 ended as it started: no such column"):
        await child.replace()
    assert child.identity == before
    assert before.alive
    await supervisor.stop()
    assert not before.alive
