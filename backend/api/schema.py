"""GET /schema/openapi.json: the API told to programs."""

from functools import cache

import msgspec
from litestar import Response, get

from backend.api import openapi
from backend.api.parse import ApiRequest


@get("/schema/openapi.json", include_in_schema=False, sync_to_thread=False)
def openapi_document(request: ApiRequest) -> Response[bytes]:
    """The OpenAPI document of this instance."""
    return Response(_encoded(request.app.state.settings.count_cap), media_type="application/json")


@cache
def _encoded(cap: int) -> bytes:
    return msgspec.json.encode(openapi.document(cap))
