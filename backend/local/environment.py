"""What the parts are told: their settings, as environment variables; and what a shell beside them needs."""

import os
from collections.abc import Mapping
from pathlib import Path

import backend
from backend.local.ports import HOST
from backend.local.state import Home

ATTACHED = "run/environment.json"
ROOT = Path(backend.__file__).parents[1]

_DATABASE = ("ATELIER_DATABASE_URL", "ATELIER_OWNER_URL", "ATELIER_READER_URL", "ATELIER_REPLICA_URLS")
_BUCKET = ("ATELIER_S3_ENDPOINT", "ATELIER_S3_REGION", "ATELIER_S3_PATH_STYLE")


def inherited(*, own_database: bool, own_bucket: bool) -> dict[str, str]:
    """The caller's environment, without what would lead the parts past our own database or bucket."""
    dropped = set(_DATABASE if own_database else ()) | set(_BUCKET if own_bucket else ())
    prefixes = (("PG",) if own_database else ()) + (("AWS_",) if own_bucket else ())
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and name.removesuffix("_FILE") not in dropped and not name.startswith(prefixes or "\0")
    }
    # What is on loopback is reached without the caller's proxy.
    for name in ("NO_PROXY", "no_proxy"):
        kept[name] = ",".join(filter(None, (kept.get(name), HOST, "localhost")))
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), kept.get("PYTHONPATH"))))
    kept["PYTHONUNBUFFERED"] = "1"
    return kept


def attach(home: Home, added: Mapping[str, str]) -> None:
    """Leave what other commands need to reach this system; only the home's owner may read it."""
    home.write(ATTACHED, dict(added))


def attached(path: Path) -> dict[str, str]:
    """The settings of the system that runs in a home; none where none runs."""
    home = Home(path)
    return {str(name): str(value) for name, value in home.read(ATTACHED).items()} if home.in_use else {}


def join() -> None:
    """Let a shell's command reach the system that runs here, unless it was told of a database itself."""
    if not {"ATELIER_DATABASE_URL", "ATELIER_DATABASE_URL_FILE"} & os.environ.keys():
        os.environ.update(attached(Path(os.environ.get("ATELIER_HOME") or ".atelier").absolute()))
