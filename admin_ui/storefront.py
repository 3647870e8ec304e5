"""What a storefront gets: the public address asked over HTTP as anybody asks it, with who answered and from where."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from backend.settings import Settings
from backend.store.database import Row

PATIENCE = 2.0  # seconds
LARGEST = 1_000_000  # bytes of an answer that are read
# What the public sees of a review's own columns.
COLUMNS = ("rating", "summary", "recommend", "response", "body", "reviewer_name", "helpfulness")
_TOKEN = re.compile(r'(?P<k>"(?:[^"\\]|\\.)*")(?=:)|(?P<s>"(?:[^"\\]|\\.)*")|(?P<v>-?\d[\d.eE+-]*|true|false|null)')


@dataclass(frozen=True, slots=True)
class Served:
    """An answer of the public address. `status` is 0 where there was none, and `why` says why.

    `instance`, `source` and `cache` are as the answer tells, empty where it does not; `behind` names the columns in
    which it differs from the database.
    """

    url: str
    status: int = 0
    milliseconds: float = 0
    instance: str = ""
    source: str = ""
    cache: str = ""
    keeps: str = ""
    age: str = ""
    body: str = ""  # of HTML
    behind: tuple[str, ...] = ()
    why: str = ""


def address(settings: Settings) -> str:
    """Where storefronts ask, without a slash at its end; empty where nobody has said."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    return f"http://127.0.0.1:{settings.port}" if settings.port else ""


async def served(settings: Settings, review: Row) -> Served:
    """What is served of a review at this moment. It takes `PATIENCE` at most."""
    base = address(settings)
    url = f"{base}/reviews/{review['id']}"
    if not base:
        return Served(url, why="Nobody has said where storefronts ask: ATELIER_PUBLIC_URL is not set.")
    began = time.perf_counter()
    try:
        status, headers, body = await asyncio.to_thread(_ask, url)
    except (OSError, HTTPException) as error:
        return Served(url, why=f"It does not answer: {type(error).__name__}.")
    milliseconds = (time.perf_counter() - began) * 1000
    told = _read(body)
    return Served(
        url,
        status,
        milliseconds,
        instance=headers.get("x-served-by", ""),
        source=headers.get("x-read-from", ""),
        cache=headers.get("x-cache", ""),
        keeps=headers.get("cache-control", ""),
        age=headers.get("age", ""),
        body=coloured(told) if told is not None else "",
        behind=_behind(told, review) if status == 200 else (),  # noqa: PLR2004
    )


def coloured(told: Any) -> Markup:
    """JSON as people read it, each token with its class: k for keys, s for strings, v for other values."""
    text = json.dumps(told, indent=2, ensure_ascii=False)
    parts, at = [], 0
    for token in _TOKEN.finditer(text):
        parts += [
            escape(text[at : token.start()]),
            Markup('<span class="{}">{}</span>').format(token.lastgroup, token[0]),
        ]
        at = token.end()
    return Markup("").join([*parts, escape(text[at:])])


def _ask(url: str) -> tuple[int, Mapping[str, str], bytes]:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=PATIENCE)
    try:
        connection.request("GET", parts.path, headers={"accept": "application/json"})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read(LARGEST)
    finally:
        connection.close()


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _behind(told: Any, review: Row) -> tuple[str, ...]:
    if not isinstance(told, dict):
        return ()
    # The merchant's reply that says "null" is none: deliveries have it so.
    stored = {**review, "response": None if review["response"] == "null" else review["response"]}
    return tuple(name for name in COLUMNS if told.get(name) != stored[name])
