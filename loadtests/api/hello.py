"""The least that a Python server can do, served as our instances are: what no handler of ours can pass."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from backend.protocol import OnePiece

BODY = b"hello"
Message = dict[str, Any]
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(BODY))],
}


async def hello(scope: Message, _receive: object, send: Callable[[Message], Awaitable[None]]) -> None:
    """The bare ASGI application."""
    assert scope["type"] == "http"
    await send(_START)
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    uvicorn.run(
        hello,
        port=int(sys.argv[1]),
        loop="uvloop",
        http=OnePiece,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=75,
    )
