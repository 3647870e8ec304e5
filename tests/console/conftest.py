"""Colleagues of each role, and a browser that knows how to fill in a form."""

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from backend.domain.roles import Role
from backend.services import passwords, sessions
from backend.store.database import Database
from tests import cast

PASSWORD = "correct horse battery"  # what every colleague in these tests has
_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Browser:
    """An HTTP client that posts forms as a page's own form would."""

    http: httpx.AsyncClient

    async def get(self, url: str, **headers: str) -> httpx.Response:
        return await self.http.get(url, headers=headers)

    async def token(self, url: str = "/console/account") -> str:
        found = _TOKEN.search((await self.get(url)).text)
        assert found, f"no form on {url}"
        return found[1]

    async def post(self, url: str, data: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Post a form with the token of this session."""
        return await self.http.post(url, data={"csrf": await self.token(), **(data or {})}, headers=headers)

    async def sign_in(self, email: str, password: str = PASSWORD, forwarded: str = "", **more: str) -> httpx.Response:
        fields = {"csrf": await self.token("/console/login"), "email": email, "password": password, **more}
        headers = {"x-forwarded-for": forwarded} if forwarded else {}
        return await self.http.post("/console/login", data=fields, headers=headers)

    async def sign_out(self) -> httpx.Response:
        return await self.post("/console/logout")


@pytest.fixture(scope="session")
def _hash() -> str:
    return passwords._hasher.hash(PASSWORD)


@pytest.fixture
async def people(database: Database, _hash: str) -> None:
    """One colleague of each role, three products, no review."""
    await cast.people(database, _hash)
    async with database.write() as writer:
        await cast.catalogue(writer)


@pytest.fixture
async def stranger(client: httpx.AsyncClient, people: None) -> Browser:
    """A browser that nobody is signed in with."""
    return Browser(client)


Enter = Callable[[Role], Awaitable[Browser]]


@pytest.fixture
async def enter(client: httpx.AsyncClient, database: Database, people: None) -> AsyncIterator[Enter]:
    """`await enter(Role.LEAD)` gives that colleague's own browser, signed in without the cost of a password."""
    opened: list[httpx.AsyncClient] = []

    async def one(role: Role) -> Browser:
        own = httpx.AsyncClient(transport=client._transport, base_url=client.base_url)
        opened.append(own)
        token = secrets.token_urlsafe(32)
        async with database.write() as writer:
            await writer.execute(
                sessions.queries["start_session"],
                {
                    "token_hash": sessions.token_hash(token),
                    "user_id": list(Role).index(role) + 1,
                    "lifetime": sessions.LIFETIME,
                },
            )
        own.cookies.set("atelier_session", token, domain="testserver.local", path="/console")
        return Browser(own)

    yield one
    for own in opened:
        await own.aclose()


@pytest.fixture
async def moderator(enter: Enter) -> Browser:
    return await enter(Role.MODERATOR)
