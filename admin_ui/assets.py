"""Static files by content: their addresses carry a hash, so that browsers may keep them for ever."""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
PREFIX = "/console/static/"

# In the order of their layers.
STYLES = (
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
    "adapt",
)
# Each builds on those before it. They are deferred, so they run in this order, after htmx.
SCRIPTS = ("page", "choosing", "places", "saying", "keys")
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
    """Every file below static/, by its path there; read once."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            body = path.read_bytes()
            found[path.relative_to(FOLDER).as_posix()] = Asset(
                body=body,
                media_type=_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain",
                digest=hashlib.sha256(body).hexdigest()[:12],
                fixed=path.suffix == ".woff2",
            )
    return found


def address(name: str) -> str:
    """The address of a static file, with the hash of its content."""
    asset = manifest()[name]
    return f"{PREFIX}{name}" if asset.fixed else f"{PREFIX}{name}?v={asset.digest}"
