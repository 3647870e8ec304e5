"""As many instances and replicas as asked for: all are read from, `status` shows each, and none is left behind."""

import asyncio
import signal
from collections import Counter

import httpx
import psycopg
import pytest

from backend.local.environment import attached
from backend.local.state import Home
from backend.local.status import Seen, look
from backend.settings import Settings
from tests.local.conftest import Shell

pytestmark = pytest.mark.long


def parts(shell: Shell) -> dict[str, Seen]:
    settings = Settings.from_environment({"ATELIER_HOME": str(shell.home)})
    return {part.name: part for part in asyncio.run(look(settings))}


def read(home: Home, times: int = 120) -> tuple[Counter[str], Counter[str]]:
    """Which instances answered, and which databases."""
    served: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    with httpx.Client(base_url=home.read("run/system.json")["address"], trust_env=False) as client:
        for _ in range(times):
            answer = client.get("/reviews?product_id=1")
            assert answer.status_code == 200
            served[answer.headers["x-served-by"]] += 1
            sources[answer.headers["x-read-from"]] += 1
    return served, sources


def test_three_instances_two_replicas_then_none(shell: Shell, home: Home) -> None:
    running = shell.up("--api", "3", "--replicas", "2", "--console", "1")
    seen = parts(shell)
    assert {"api-1", "api-2", "api-3", "console-1", "replica-1", "replica-2"} <= seen.keys()
    assert all(part.well for part in seen.values())
    assert "bytes behind" in seen["replica-2"].says
    served, sources = read(home)
    assert served.keys() == {"api-1", "api-2", "api-3"}
    assert sources.keys() == {"replica-1", "replica-2"}
    assert min(sources.values()) > 30
    deployed = shell.run("deploy")
    assert (deployed.returncode, deployed.stdout.splitlines()[-1]) == (0, "done"), deployed.stderr
    assert parts(shell)["api-3"].pid != seen["api-3"].pid
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)

    again = shell.up("--api", "1", "--console", "1", "--replicas", "0")
    assert read(home, 10)[1].keys() == {"primary"}
    assert not [name for name in parts(shell) if name.startswith("replica")]
    url = attached(home.path)["ATELIER_READER_URL"]
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from pg_replication_slots").fetchone() == (0,)
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=60)
