"""A Chromium to test with: the system's, else Playwright's own, else Debian's package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from backend.domain.errors import Misconfigured

# The shell has no window to draw around a page, for which the others take as long as for the page itself.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# It shall speak of nothing but our pages, and to nobody but loopback.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def flags() -> list[str]:
    """What Chromium is started with. As root its sandbox does not work, and only then is it left out."""
    return [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def find() -> Path | None:
    """A Chromium that starts, or None. ATELIER_TEST_BROWSER names another one."""
    candidates = [Path(found) for name in NAMES if (found := shutil.which(name))]
    if named := os.environ.get("ATELIER_TEST_BROWSER"):
        candidates.insert(0, Path(named))
    candidates.append(ON_MACOS)
    return next((path for path in candidates if _starts(path)), None) or _playwrights_own()


def demand() -> Path:
    """A Chromium, installed where there is none yet. `Misconfigured` says what to do where it cannot be."""
    if found := find():
        return found
    installers = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        installers.append(["apt-get", "update", "-q"])
        install = ["apt-get", "install", "-q", "-y", "--no-install-recommends"]
        installers += [[*install, "chromium-headless-shell"], [*install, "chromium"]]
    for command in installers:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
        if found := find():
            return found
    raise Misconfigured(
        "No browser can be had: install Chromium (Debian and Ubuntu: apt-get install chromium; macOS: Google Chrome), "
        "or name one by ATELIER_TEST_BROWSER."
    )


def _playwrights_own() -> Path | None:
    """Where Playwright keeps its own. Asked in another process, because there may be one Playwright in each."""
    asking = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    done = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, check=False)
    path = Path(done.stdout.strip())
    return path if done.stdout.strip() and _starts(path) else None


def _starts(path: Path) -> bool:
    """Whether it is there and its libraries too: some systems have a stub in its place."""
    if not path.exists():
        return False
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
