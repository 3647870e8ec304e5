"""Colleagues of each role, and a browser that knows how to fill in a form."""

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from litestar import Litestar

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
    _tokens: dict[tuple[str | None, ...], str] = field(default_factory=dict)

    async def get(self, url: str, **headers: str) -> httpx.Response:
        return await self.http.get(url, headers=headers)

    async def token(self, url: str = "/console/account") -> str:
        found = _TOKEN.search((await self.get(url)).text)
        assert found, f"no form on {url}"
        return found[1]

    async def post(self, url: str, data: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Post a form with the token of this session, which its first page tells for all."""
        session = tuple(cookie.value for cookie in self.http.cookies.jar)
        token = self._tokens.get(session) or await self.token()
        self._tokens[session] = token
        return await self.http.post(url, data={"csrf": token, **(data or {})}, headers=headers)

    async def sign_in(self, email: str, password: str = PASSWORD, forwarded: str = "", **more: str) -> httpx.Response:
        fields = {"csrf": await self.token("/console/login"), "email": email, "password": password, **more}
        headers = {"x-forwarded-for": forwarded} if forwarded else {}
        return await self.http.post("/console/login", data=fields, headers=headers)

    async def sign_out(self) -> httpx.Response:
        return await self.post("/console/logout")


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Argon2 at its least: what a hash has to cost is no matter of these tests, and they make and check hundreds."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_hasher", hasher := PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patched.setattr(passwords, "_NOBODY", hasher.hash("nobody's"))
        yield


@pytest.fixture(scope="session")
def _hash(_cheap_hashes: None) -> str:
    return passwords._hasher.hash(PASSWORD)


@pytest.fixture
def database(app: Litestar) -> Database:
    """The application's own: connecting to the server once more costs as much as most tests."""
    opened: Database = app.state.database
    return opened


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
