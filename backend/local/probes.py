"""Small questions to the parts: are you there, are you ready."""

import asyncio
import contextlib
import json
from http import HTTPStatus

import psycopg

from backend.local.ports import HOST

PATIENCE = 2.0  # seconds


async def get(port: int, path: str) -> tuple[int, bytes]:
    """One GET on loopback: status and body; status 0 where nobody answers in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return 0, b""
    with contextlib.suppress(IndexError, ValueError):
        return int(head.split(None, 2)[1]), body
    return 0, b""


async def is_ready(port: int, path: str = "/health/ready") -> bool:
    return (await get(port, path))[0] == HTTPStatus.OK


async def is_ready_as(process: int, port: int) -> bool:
    """Whether the process of this id answers there, and is ready; of several that share the port any may answer."""
    code, body = await get(port, "/health/ready")
    return code == HTTPStatus.OK and json.loads(body)["process"] == process


async def connects(url: str) -> bool:
    """Whether a Postgres takes a connection."""
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=2):
            return True
    except psycopg.Error:
        return False
