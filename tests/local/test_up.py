"""`atelier up` whole: from a first start over kills to an orderly end."""

import asyncio
import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter

import httpx
import pytest

from backend.local.state import Home
from backend.local.status import Seen, look
from backend.settings import Settings
from tests.local.conftest import Shell


def parts(shell: Shell) -> dict[str, Seen]:
    """What `atelier status` shows, without the time its start takes."""
    settings = Settings.from_environment({"ATELIER_HOME": str(shell.home)})
    return {part.name: part for part in asyncio.run(look(settings))}


def pid_of(shell: Shell, name: str) -> int:
    pid = parts(shell)[name].pid
    assert pid is not None
    return pid


def wait_until_well(shell: Shell, patience: float = 20.0) -> None:
    deadline = time.monotonic() + patience
    while ill := [part for part in parts(shell).values() if not part.well]:
        assert time.monotonic() < deadline, ill
        time.sleep(0.1)


class Readers:
    """GETs without a pause until told to stop."""

    def __init__(self, address: str) -> None:
        self.answers: Counter[str] = Counter()
        self.served: Counter[str] = Counter()
        self._go = True
        self._threads = [threading.Thread(target=self._read, args=(address,)) for _ in range(3)]

    def _read(self, address: str) -> None:
        with httpx.Client(base_url=address, timeout=20) as client:
            while self._go:
                try:
                    answer = client.get("/reviews?product_id=1")
                except httpx.HTTPError as error:
                    self.answers[repr(error)] += 1
                    continue
                self.answers[str(answer.status_code)] += 1
                self.served[answer.headers["x-served-by"]] += 1
                time.sleep(0.01)

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._go = False
        for thread in self._threads:
            thread.join()


def test_the_whole_life(shell: Shell, home: Home) -> None:
    system = shell.up()
    address = home.read("run/system.json")["address"]
    _demand_one_system(shell, address)
    _demand_reads_survive_kills(shell, address)
    _demand_a_restart_of_nginx(shell, address)
    _demand_an_end(shell, system)
    done = shell.run("status")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Nothing runs in" in done.stderr
    assert shell.run("reset", "--yes").returncode == 0
    assert list(home.path.iterdir()) == []


@pytest.mark.long
def test_killed_with_all_that_it_started_it_starts_none_the_worse(shell: Shell, home: Home) -> None:
    first = shell.up()
    address = home.read("run/system.json")["address"]
    first.kill()
    first.communicate()
    again = shell.up()
    assert home.read("run/system.json")["address"] == address
    wait_until_well(shell)
    _demand_an_end(shell, again)


def _demand_an_end(shell: Shell, system: "subprocess.Popen[str]") -> None:
    system.send_signal(signal.SIGINT)
    said, _ = system.communicate(timeout=50)
    assert system.returncode == 0, said
    assert "did not end by itself" not in said, shell.last_words()
    shell.demand_quiet()


def _demand_one_system(shell: Shell, address: str) -> None:
    second = shell.run("up")
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"It runs already at {address}" in second.stderr
    refused = shell.run("reset", "--yes")
    assert (refused.returncode, "runs already" in refused.stderr) == (1, True)
    shown = shell.run("status", "--json")
    assert shown.returncode == 0
    seen = {part["name"]: part for part in json.loads(shown.stdout)}
    instances = {"api-1", "api-2", "console-1", "console-2", "worker", "nginx"}
    assert {"system", "primary", "replica-1", "bucket", "schema", "service"} | instances == seen.keys()
    assert "bytes behind" in seen["replica-1"]["says"]
    assert shell.run("db", "check").returncode == 0  # a shell beside it reaches it without a word
    for line in (address, f"{address}/console/"):
        assert httpx.get(line, follow_redirects=True).status_code in (200, 404)


def _demand_reads_survive_kills(shell: Shell, address: str) -> None:
    instance, replica = pid_of(shell, "api-1"), pid_of(shell, "replica-1")
    with Readers(address) as readers:
        time.sleep(0.5)
        os.kill(instance, signal.SIGKILL)
        time.sleep(1)
        os.kill(replica, signal.SIGKILL)
        wait_until_well(shell)
        time.sleep(1)
    assert readers.answers.keys() == {"200"}
    assert readers.served.keys() == {"api-1", "api-2"}
    after = parts(shell)
    assert after["api-1"].restarts == after["replica-1"].restarts == 1
    assert after["api-1"].pid != instance


def _demand_a_restart_of_nginx(shell: Shell, address: str) -> None:
    """Its workers outlive it and hold the port: they are ended with it."""
    os.kill(pid_of(shell, "nginx"), signal.SIGKILL)
    time.sleep(0.3)
    wait_until_well(shell)
    assert httpx.get(f"{address}/health/ready").json()["ready"] is True
