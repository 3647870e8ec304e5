"""What every page carries against other sites: the content policy, the token in each form, cookies that stay here."""

import hmac
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import Cookie
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from backend.domain import addresses
from backend.domain.errors import Forbidden
from backend.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE_PATH = "/console"
SESSION = "atelier_session"
DOOR = "atelier_door"  # a stranger's token, so that nobody else can sign them in

_HOST = re.compile(r"[A-Za-z0-9.*\-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?")


def policy(photo_hosts: Sequence[str]) -> str:
    """The content security policy: our own files, and pictures of reviews from the configured hosts."""
    hosts = " ".join(host for host in photo_hosts if _HOST.fullmatch(host))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' {hosts}".strip(),
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def is_shown(url: str, photo_hosts: Sequence[str]) -> bool:
    """Whether a photo may be loaded into a page; else it is a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and (parts.netloc in photo_hosts or parts.hostname in photo_hosts)


def is_link(url: str) -> bool:
    """Whether an address from outside may become a link at all."""
    return url.startswith(("http://", "https://"))


def is_https(request: Request) -> bool:  # type: ignore[type-arg]
    """Whether the browser came by https, perhaps to a proxy that we trust to say so."""
    settings: Settings = request.app.state.settings
    if request.client is not None and request.client.host in settings.trusted_proxies:
        return request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    return request.url.scheme == "https"


def origin(request: Request) -> str:  # type: ignore[type-arg]
    """Where the console is, as the browser's address has it: what a link begins with that is sent to somebody."""
    return f"{'https' if is_https(request) else 'http'}://{request.headers.get('host', '')}"


def address(request: Request) -> str:  # type: ignore[type-arg]
    """Where the browser is, as the proxies we trust saw it."""
    settings: Settings = request.app.state.settings
    peer = request.client.host if request.client else ""
    return addresses.caller(peer, request.headers.get("x-forwarded-for", ""), settings.trusted_proxies)


def cookie_name(request: Request, name: str) -> str:  # type: ignore[type-arg]
    """By https the name itself promises that no page without it can have set the cookie."""
    return f"__Secure-{name}" if is_https(request) else name


def read_cookie(request: Request, name: str) -> str | None:  # type: ignore[type-arg]
    return request.cookies.get(cookie_name(request, name))


def make_cookie(request: Request, name: str, value: str, max_age: int | None) -> Cookie:  # type: ignore[type-arg]
    """A cookie for the console alone, that no script reads and no other site sends; a `max_age` of 0 removes it."""
    return Cookie(
        key=cookie_name(request, name),
        value=value,
        max_age=max_age,
        path=COOKIE_PATH,
        httponly=True,
        secure=is_https(request),
        samesite="lax",
    )


def form_token(settings: Settings, holder: str) -> str:
    """The token in every form of one session (or of one stranger): worth nothing with another's cookie."""
    return hmac.new(settings.secret.encode(), f"form:{holder}".encode(), "sha256").hexdigest()


async def check_form(request: Request) -> None:  # type: ignore[type-arg]
    """Refuse a change that did not come from a form of ours; raise `Forbidden` with the mend."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("This came from another site. Open the console and try again there.")
    holder = read_cookie(request, SESSION) or read_cookie(request, DOOR)
    given = request.headers.get("x-csrf-token") or (await request.form()).get("csrf", "")
    expected = form_token(request.app.state.settings, holder) if holder else ""
    if not holder or not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forbidden("This page is older than your session. Load it again, then repeat what you did.")


def safe_next(wanted: str | None, default: str = "/console/") -> str:
    """Where to go on after signing in: only a page of the console, whatever the link said."""
    if not wanted or not wanted.startswith("/console/") or not wanted.isprintable() or "\\" in wanted:
        return default
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or ".." in parts.path or "//" in parts.path:
        return default
    return default if parts.path in ("/console/login", "/console/logout") else wanted


class Headers:
    """Middleware of the console: its security headers on every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        settings: Settings = scope["litestar_app"].state.settings
        fixed = {
            "content-security-policy": policy(settings.photo_hosts),
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower(): value for name, value in message["headers"]}
                if b"cache-control" not in given:
                    fixed["cache-control"] = "no-store"
                    fixed["vary"] = "HX-Request, HX-Target, Cookie"
                added = [(name.encode(), value.encode()) for name, value in fixed.items()]
                names = {name for name, _ in added}
                message["headers"] = [
                    *((name, value) for name, value in message["headers"] if name.lower() not in names),
                    *added,
                ]
            await send(message)

        await self.app(scope, receive, send_with_headers)
