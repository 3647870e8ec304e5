"""Static files, for an instance that no proxy serves them for."""

from pathlib import PurePosixPath

from litestar import Response, get
from litestar.params import FromPath

from admin_ui import assets
from admin_ui.routes.asking import AnyRequest
from backend.domain.errors import NotFound

FOR_EVER = "public, max-age=31536000, immutable"


@get("/static/{name:path}", name="console-static")
async def static(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """One file. Under the hash of its content a browser may keep it for ever; else it asks again each time."""
    asset = assets.manifest().get(str(PurePosixPath(name)).lstrip("/"))
    if asset is None:
        raise NotFound("There is no such file.")
    fresh = asset.fixed or request.query_params.get("v") == asset.digest
    headers = {"Cache-Control": FOR_EVER if fresh else "no-cache", "ETag": f'"{asset.digest}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    return Response(asset.body, media_type=asset.media_type, headers=headers)


handlers = [static]
