"""Templates into answers: a whole page, or the blocks of it that htmx asked for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from markupsafe import Markup

from admin_ui import assets, formats, security, words
from admin_ui.visits import Visit, tastes
from backend.settings import Settings

HTML = "text/html"


@cache
def environment() -> Environment:
    """The templates, strict about names that do not exist; read again when they change."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=formats.number,
        size=formats.size,
        duration=formats.duration,
        ago=formats.ago,
        day=formats.day,
        rough=formats.rough,
        masked=formats.masked,
        raw_text=formats.raw_text,
        moment=_moment,
        full_moment=_full_moment,
        clock=_clock,
        coded=formats.coded,
        query=query,
        field=lambda name: words.FIELDS.get(name, name),
    )
    made.globals.update(
        asset=assets.address,
        share=formats.share,
        hexadecimal=formats.hexadecimal,
        words=words,
        is_link=security.is_link,
    )
    # Macros are global, so that a block rendered by itself has them too.
    made.globals["ui"] = made.get_template("ui.html").module
    made.globals["draw"] = made.get_template("charts.html").module
    made.globals["parts"] = made.get_template("review_parts.html").module
    return made


def is_htmx(request: Request) -> bool:  # type: ignore[type-arg]
    """Whether a part of a page is wanted. A page that the browser's history asks for again is wanted whole."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def wants(request: Request, target: str) -> bool:  # type: ignore[type-arg]
    """Whether htmx will put the answer into the element of this id."""
    return is_htmx(request) and request.headers.get("hx-target", "").rpartition("#")[2] == target


def text(
    request: Request,  # type: ignore[type-arg]
    template: str,
    visit: Visit | None,
    context: Mapping[str, Any],
    blocks: Sequence[str] = (),
) -> Markup:
    """A template as HTML; of it only these blocks, where some are named."""
    settings: Settings = request.app.state.settings
    variables = {
        "visit": visit,
        "tastes": visit.tastes if visit else tastes(request),
        "csrf": visit.csrf if visit else "",
        "path": request.url.path,
        "here": _here(request),
        "instance": settings.instance,
        "is_shown": lambda url: security.is_shown(url, settings.photo_hosts),
        **context,
    }
    loaded = environment().get_template(template)
    if not blocks:
        return Markup(loaded.render(variables))  # noqa: S704 -- the template has escaped what was not its own
    parts: list[str] = []
    for block in blocks:
        parts.extend(loaded.blocks[block](loaded.new_context(variables)))
    return Markup("".join(parts))  # noqa: S704 -- the same


def render(
    request: Request,  # type: ignore[type-arg]
    template: str,
    visit: Visit | None,
    context: Mapping[str, Any],
    *,
    blocks: Sequence[str] = (),
    status: int = 200,
    cookies: Iterable[Cookie] = (),
) -> Response[str]:
    """An answer of HTML: a page, or the blocks of it."""
    body = text(request, template, visit, context, blocks)
    return Response(str(body), media_type=HTML, status_code=status, cookies=list(cookies))


def go_to(
    request: Request,  # type: ignore[type-arg]
    url: str,
    cookies: Iterable[Cookie] = (),
) -> Response[Any]:
    """On to another page after a change: a redirect, which htmx is told in its own words."""
    if is_htmx(request):
        return Response(b"", status_code=200, headers={"HX-Redirect": url}, cookies=list(cookies))
    return Redirect(url, status_code=303, cookies=list(cookies))


def _here(request: Request) -> str:  # type: ignore[type-arg]
    """Where the browser stands: what a form comes back to."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def query(pairs: Iterable[tuple[str, Any]]) -> str:
    """`?a=1&b=2`, or nothing for no pairs."""
    encoded = urlencode(list(pairs))
    return f"?{encoded}" if encoded else ""


@pass_context
def _moment(context: Context, at: datetime | None) -> Markup:
    """A time in the viewer's zone, the full one behind it."""
    if at is None:
        return Markup("—")
    zone = context["visit"].zone
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(), formats.full_moment(at, zone), formats.moment(at, zone)
    )


@pass_context
def _full_moment(context: Context, at: datetime) -> str:
    return formats.full_moment(at, context["visit"].zone)


@pass_context
def _clock(context: Context, at: datetime) -> Markup:
    zone = context["visit"].zone
    return Markup('<time datetime="{}" title="{}">{:%H:%M:%S}</time>').format(
        at.isoformat(), formats.full_moment(at, zone), at.astimezone(zone)
    )
