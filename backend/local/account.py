"""As whom the servers run, and where they can keep their files.

Postgres refuses to run as root. Started by root it runs as an account that is there already, and where that account
cannot reach the home or the binaries, as below /root, both get a place that it can.
"""

import grp
import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.domain.errors import Misconfigured
from backend.local.state import Home

CANDIDATES = ("postgres", "nobody")
ELSEWHERE = Path("/var/lib/atelier")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine. `other` when it is not who we are ourselves."""

    uid: int
    gid: int
    other: bool

    @property
    def name(self) -> str:
        return pwd.getpwuid(self.uid).pw_name

    @property
    def group(self) -> str:
        return grp.getgrgid(self.gid).gr_name

    def options(self) -> dict[str, Any]:
        """Arguments of `subprocess` with which a command runs as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.other else {}

    def can_enter(self, folder: Path) -> bool:
        """Whether it gets there through every folder above."""
        return self._succeeds("/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder))

    def can_run(self, program: Path) -> bool:
        return self._succeeds(str(program), "--version")

    def _succeeds(self, *command: str) -> bool:
        try:
            done = subprocess.run(command, cwd="/", capture_output=True, check=False, **self.options())
        except PermissionError:
            return False
        return done.returncode == 0

    def own(self, path: Path) -> None:
        if self.other:
            os.chown(path, self.uid, self.gid)

    def folder(self, path: Path) -> Path:
        """A folder of its own, made where there is none."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.own(path)
        return path


def choose(data: Path) -> Account:
    """Who we are; as root whoever owns the data already, else the first account that is made for such a thing."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), other=False)
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, other=True)
    for name in CANDIDATES:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Account(found.pw_uid, found.pw_gid, other=True)
    raise Misconfigured(
        f"Postgres does not run as root, and there is no account {' or '.join(CANDIDATES)}: run as an ordinary user."
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where the servers keep their files: in the home, or where their account can reach them."""

    folder: Path
    account: Account
    moved: bool


def place_of(home: Path) -> Path:
    """The place outside the home, for a home that the servers' account cannot enter."""
    return ELSEWHERE / hashlib.sha256(os.fsencode(home)).hexdigest()[:12]


def settle(home: Home) -> Place:
    """The place for this home's servers. Once chosen it stays, because the data is there."""
    inside, outside = home.path / "servers", place_of(home.path)
    kept = home.recall("servers")
    folder = Path(kept) if kept else inside
    account = choose(folder / "primary")
    if not kept and account.other and not account.can_enter(home.path):
        folder = outside
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder == outside:
            ELSEWHERE.chmod(0o755)
        folder.chmod(0o711)
    except OSError as error:
        raise Misconfigured(f"{folder} cannot be written ({error.strerror}): set ATELIER_HOME to another.") from error
    if not account.can_enter(folder):
        raise Misconfigured(
            f"Postgres runs as {account.name}, who cannot enter {folder}: set ATELIER_HOME to a folder that it can."
        )
    if kept != str(folder):
        home.remember(servers=str(folder))
    return Place(folder, account, folder == outside)


def reachable(installed: Path, program: str, place: Place) -> Path:
    """The folder of a package's binaries, copied to the place where the account cannot run them as they are."""
    if place.account.can_run(installed / program):
        return installed
    package = installed.parents[1]
    stamp = hashlib.sha256(f"{package} {package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = place.folder / f"binaries-{stamp}"
    if not copy.exists():
        for stale in place.folder.glob("binaries-*"):
            shutil.rmtree(stale)
        fresh = place.folder / "binaries-new"
        fresh.mkdir(mode=0o755)
        skip = shutil.ignore_patterns("include", "__pycache__", "*.py")
        shutil.copytree(package, fresh / package.name, ignore=skip, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        fresh.rename(copy)
    there: Path = copy / package.name / installed.relative_to(package)
    if not place.account.can_run(there / program):
        raise Misconfigured(
            f"{place.account.name} cannot run {there / program}: set ATELIER_HOME to a folder where programs may run."
        )
    return there
