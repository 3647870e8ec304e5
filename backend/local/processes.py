"""Which processes are ours, after a crash too: known by their number and the moment they began."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken for a later one of the same number."""

    pid: int
    began: str
    boot: str

    @property
    def alive(self) -> bool:
        return self.boot == boot() and began(self.pid) == self.began


def boot() -> str:
    """This run of the machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def began(pid: int) -> str | None:
    """When a process began, in whatever unit the system tells it; None where there is none, or only a zombie."""
    if LINUX:
        fields = _stat(pid)
        return None if fields is None or fields[0] in "ZX" else fields[19]
    told = subprocess.run(["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return told.stdout.strip() or None


def identify(pid: int) -> Identity:
    return Identity(pid, began(pid) or "", boot())


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat after the name, from the state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def dies_with_us(how: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program, so that Linux ends it when we are killed; None elsewhere."""
    if not LINUX:
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def end_session(leader: Identity, how: signal.Signals) -> None:
    """Signal what a child left running in its session after it ended itself, as Nginx its workers."""
    if not LINUX:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader.pid, how)
        return
    now = _stat(leader.pid)
    if leader.boot != boot() or (now is not None and now[19] != leader.began):
        return  # The number is somebody else's by now, and so none of the old session is left.
    for process in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(process.name))
        if fields is not None and int(fields[3]) == leader.pid and fields[0] not in "ZX":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(process.name), how)


def end_leftovers(leftovers: Iterable[tuple[Identity, signal.Signals]], patience: float = 10.0) -> None:
    """End what an earlier run left, gently first. Blocks for at most a little over `patience` seconds."""
    remaining = list(leftovers)
    for identity, how in remaining:
        if identity.alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(identity.pid, how)
    deadline = time.monotonic() + patience
    while any(identity.alive for identity, _ in remaining) and time.monotonic() < deadline:
        time.sleep(0.02)
    for identity, _ in remaining:
        if identity.alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(identity.pid, signal.SIGKILL)
        end_session(identity, signal.SIGKILL)
