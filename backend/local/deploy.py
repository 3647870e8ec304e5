"""`atelier deploy`: brings the database to this code's revision, then has the running system take the code up.

The supervisor runs the code it was started with; so this process, which runs the new one, migrates. It asks the
supervisor by a signal and reads in its record what comes of it.
"""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from backend.domain.errors import Misconfigured
from backend.local.environment import attached
from backend.local.state import Home
from backend.settings import Settings

ASK = signal.SIGUSR1
LOOK = 0.1  # seconds between two looks at the record
NOTHING_DONE = {"done": 0, "failure": ""}  # what the record says of rolls before the first


def deploy(settings: Settings, tell: Callable[[str], None]) -> None:
    """Migrate, then replace the instances and the worker, and `tell` each. `Misconfigured` where one does not start."""
    home = Home(settings.home)
    if not home.in_use:
        raise Misconfigured(f"Nothing runs in {home.path}: start it with `atelier up`.")
    record = home.read("run/system.json")
    if "address" not in record:
        raise Misconfigured("The system is only starting: wait until it is up.")
    if "rolls" not in record:
        raise Misconfigured("This system was started by code that cannot replace its instances: stop it, start it.")
    _migrate(attached(home.path)["ATELIER_OWNER_URL"], tell)
    os.kill(record["pid"], ASK)
    _follow(home, record, tell)


def _migrate(url: str, tell: Callable[[str], None]) -> None:
    from backend.store import migrations

    before, head = migrations.current(url), migrations.head()
    if before != head:
        migrations.upgrade(url)
    tell(f"schema at {head} already" if before == head else f"schema from {before} to {head}")


def _follow(home: Home, before: dict[str, Any], tell: Callable[[str], None]) -> None:
    """Tell each part that is replaced, until the supervisor says that it is done."""
    processes = _processes(before)
    while True:
        time.sleep(LOOK)
        now = home.read("run/system.json")
        for name, process in _processes(now).items():
            if process != processes.get(name):
                tell(f"{name} runs as process {process}")
                processes[name] = process
        if not home.in_use or now.get("pid") != before["pid"]:
            raise Misconfigured("The system was stopped meanwhile.")
        if now["rolls"]["done"] > before["rolls"]["done"]:
            break
    if now["rolls"]["failure"]:
        raise Misconfigured(f"{now['rolls']['failure']} What was not replaced goes on with the code it has.")
    tell("done")


def _processes(record: dict[str, Any]) -> dict[str, int]:
    return {part["name"]: part["identity"]["pid"] for part in record["parts"] if part["ready"]}
