"""Static files by content: their addresses carry a hash, so that browsers may keep them for ever."""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

FOLDER = Path(__file__).parent / "static"
PREFIX = "/console/static/"

# Joined into one file each: a browser that is new here asks for two, not for twenty. Styles are in the order of layers,
_STYLES = (
    "tokens",
    "fonts",
    "base",
    "shell",
    "controls",
    "table",
    "states",
    "charts",
    "figures",
    "review",
    "queue",
    "pages",
    "reviews",
    "people",
    "bulk",
    "imports",
    "load_tests",
    "system",
    "adapt",
)
# of the scripts each builds on those before it.
_SCRIPTS = ("page", "choosing", "places", "saying", "keys")
_TYPES = {".woff2": "font/woff2", ".js": "text/javascript", ".svg": "image/svg+xml", ".css": "text/css"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served. `fixed` says that its name changes with its content, whatever the query string."""

    body: bytes
    media_type: str
    digest: str
    fixed: bool


@cache
def manifest() -> dict[str, Asset]:
    """Every file below static/, by its path there, and those that are joined; read once."""
    paths = [path for path in sorted(FOLDER.rglob("*")) if path.is_file()]
    found = {path.relative_to(FOLDER).as_posix(): _asset(path.name, path.read_bytes()) for path in paths}
    for joined, names in (("css/all.css", _STYLES), ("js/all.js", _SCRIPTS)):
        folder, _, last = joined.partition("/")
        suffix = last.removeprefix("all")
        found[joined] = _asset(last, b"\n".join(found[f"{folder}/{name}{suffix}"].body for name in names))
    return found


def _asset(name: str, body: bytes) -> Asset:
    suffix = PurePosixPath(name).suffix
    return Asset(
        body=body,
        media_type=_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "text/plain",
        digest=hashlib.sha256(body).hexdigest()[:12],
        fixed=suffix == ".woff2",
    )


def address(name: str) -> str:
    """The address of a static file, with the hash of its content."""
    asset = manifest()[name]
    return f"{PREFIX}{name}" if asset.fixed else f"{PREFIX}{name}?v={asset.digest}"
