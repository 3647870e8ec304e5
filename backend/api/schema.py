"""GET /schema/openapi.json: the API told to programs. GET /schema: the same for people, by a vendored viewer."""

from functools import cache
from pathlib import Path

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from backend.api import openapi
from backend.api.parse import ApiRequest
from backend.domain.errors import NotFound

VIEWER = Path(__file__).parent / "viewer"
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}
_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@get("/schema/openapi.json", include_in_schema=False, sync_to_thread=False)
def openapi_document(request: ApiRequest) -> Response[bytes]:
    """The OpenAPI document of this instance."""
    return Response(_encoded(request.app.state.settings.count_cap), media_type="application/json")


@cache
def _encoded(cap: int) -> bytes:
    return msgspec.json.encode(openapi.document(cap))


@get("/schema", include_in_schema=False, sync_to_thread=False)
def viewer() -> Response[bytes]:
    """The document as a page, in which requests can be tried."""
    return _file("index.html")


@get("/schema/{name:str}", include_in_schema=False, sync_to_thread=False)
def viewer_file(name: FromPath[str]) -> Response[bytes]:
    """What that page is made of."""
    return _file(name)


def _file(name: str) -> Response[bytes]:
    if name not in _files():
        raise NotFound("There is nothing at this address.")
    return Response(_files()[name], media_type=_TYPES[Path(name).suffix], headers=_HEADERS)


@cache
def _files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in VIEWER.iterdir() if path.suffix in _TYPES}
