"""Where and with what was measured, so that two runs can be told apart."""

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backend.local.nginx import binary
from loadtests.api.place import postgres_version
from loadtests.place import ROOT

_PACKAGES = ("litestar", "uvicorn", "uvloop", "httptools", "psycopg", "msgspec")


def facts() -> dict[str, Any]:
    """Cores, CPU, memory in bytes, kernel, versions, and the commit, with a `+` where files differ from it."""
    return {
        "cores": os.cpu_count(),
        "cpu": _found(r"model name\s*:\s*(.*)", _text("/proc/cpuinfo")) or platform.processor(),
        "memory": int(_found(r"MemTotal:\s*(\d+)", _text("/proc/meminfo")) or 0) * 1024,
        "kernel": f"{platform.system()} {platform.release()}",
        "versions": {
            "python": platform.python_version(),
            "postgres": postgres_version(),
            "nginx": _found(r"nginx/(\S+)", _said(binary(), "-v")),
            "wrk": _found(r"wrk \S*?([\d.]+)", _said("wrk", "-v")),
            **{package: version(package) for package in _PACKAGES},
        },
        "commit": _commit(),
    }


def _commit() -> str:
    if shutil.which("git") is None:
        return ""
    commit = _said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD").strip()
    changed = _said("git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no").strip()
    return commit + "+" * bool(changed)


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1].strip() if found else ""
