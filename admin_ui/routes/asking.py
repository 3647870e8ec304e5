"""What a request asks, out of its form and its address."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from litestar import Request

from admin_ui.security import safe_next
from backend.domain.errors import NotFound
from backend.services import filters
from backend.services.filters import Pairs

LARGEST_ID = 2_147_483_647
_LONGEST_ID = len(str(LARGEST_ID))

AnyRequest = Request[Any, Any, Any]


class Form:
    """A posted form: text only, the first of several unless all are asked for."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self._pairs = [(name, value) for name, value in pairs if isinstance(value, str)]

    def get(self, name: str, default: str = "") -> str:
        return next((value for key, value in self._pairs if key == name), default)

    def names(self) -> list[str]:
        """Each name once, in the order of the form."""
        return list(dict.fromkeys(name for name, _ in self._pairs))

    def all(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]


async def form(request: AnyRequest) -> Form:
    """The posted form of a request."""
    return Form(list((await request.form()).multi_items()))


def pairs(request: AnyRequest) -> list[tuple[str, str]]:
    """The query string's pairs, in their order."""
    return [(name, value) for name, value in request.query_params.multi_items() if isinstance(value, str)]


def an_id(text: str, what: str) -> int:
    """An id out of an address; raise `NotFound` for what cannot be one."""
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID and 0 < int(text) <= LARGEST_ID):
        raise NotFound(f"There is no {what} {text[:40]}.")
    return int(text)


def a_word(text: str) -> str | None:
    """A code of the system's own, such as a reason; None for what cannot be one."""
    return text if text.isascii() and text.replace("_", "").isalnum() else None


def some_ids(texts: list[str]) -> list[int]:
    """Those of the texts that are ids (of events, which count far)."""
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]  # noqa: PLR2004


def within(asked: Iterable[tuple[str, str]]) -> Pairs:
    """The list that one came from: the filters and the place that an address keeps under `list`, or else its own."""
    told = list(asked)
    kept = dict(told).get("list")
    source = told if kept is None else parse_qsl(kept)
    at = filters.cursor(source)
    return [*filters.parse(source).filters.pairs(), *([at.pair()] if at else [])]


def back(asked: Form, default: str) -> str:
    """The page a form was sent from, without what it said of the last decision."""
    wanted = safe_next(asked.get("back"), default)
    parts = urlsplit(wanted)
    kept = "&".join(part for part in parts.query.split("&") if part and not part.startswith(("done=", "left=")))
    return parts.path + (f"?{kept}" if kept else "")


def adding(url: str, more: list[tuple[str, int]]) -> str:
    """An address of ours with more at its end."""
    joined = "&".join(f"{name}={value}" for name, value in more)
    return url + (("&" if "?" in url else "?") + joined if joined else "")
