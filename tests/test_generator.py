"""The small load generator counts what was answered, and takes nothing but a 200 for an answer."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from loadtests.generator import WrongAnswerError, _Own

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, list[str]]]:
    """An address that answers every request with the status asked for, and the paths it was asked."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            asked.append(head.split()[1].decode())
            writer.write(f"HTTP/1.1 {request.param} X\r\nContent-Length: 3\r\n\r\nabc".encode())

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield f"http://{host}:{port}", asked


@pytest.mark.parametrize("shop", [200], indirect=True)
async def test_what_was_answered_is_counted(shop: tuple[str, list[str]]) -> None:
    url, asked = shop
    rate = await _Own(url, ["/reviews?product_id={}"], 3).run(0.3)
    assert rate.per_second == pytest.approx(len(asked) / 0.3)
    assert 0 < rate.p99 < 1000
    assert set(asked) == {f"/reviews?product_id={number}" for number in (1, 2, 3)}


@pytest.mark.parametrize("shop", [500], indirect=True)
async def test_anything_but_a_200_ends_it(shop: tuple[str, list[str]]) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        await _Own(shop[0], ["/"], 1).run(0.3)
    assert caught.group_contains(WrongAnswerError, match="500")
