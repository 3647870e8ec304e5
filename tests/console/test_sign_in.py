"""Getting in, getting out, and not getting in."""

import re

import pytest

from backend.domain.actors import SYSTEM
from backend.domain.roles import Role
from backend.services import accounts, sessions
from backend.store.database import Database
from tests.console.conftest import PASSWORD, Browser, Enter

pytestmark = pytest.mark.anyio


async def test_the_right_password_opens_the_page_that_was_wanted(stranger: Browser) -> None:
    turned_away = await stranger.get("/console/reviews?rating=1")
    assert turned_away.status_code == 303
    assert turned_away.headers["location"] == "/console/login?next=/console/reviews%3Frating%3D1"

    page = await stranger.get(turned_away.headers["location"])
    assert 'value="/console/reviews?rating=1"' in page.text
    entered = await stranger.sign_in("moderator@example.org", next="/console/reviews?rating=1")
    assert (entered.status_code, entered.headers["location"]) == (303, "/console/reviews?rating=1")
    assert (await stranger.get("/console/reviews?rating=1")).status_code == 200


async def test_the_cookie_is_out_of_reach(stranger: Browser) -> None:
    entered = await stranger.sign_in("VIEWER@example.org")
    cookie = next(value for value in entered.headers.get_list("set-cookie") if value.startswith("atelier_session="))
    assert {"HttpOnly", "Path=/console", "SameSite=lax"} <= set(cookie.split("; "))
    assert len(re.match(r"atelier_session=([^;]+)", cookie)[1]) == 43  # type: ignore[index]  # 256 bits


async def test_behind_https_the_cookie_says_so(stranger: Browser) -> None:
    token = await stranger.http.get("/console/login", headers={"x-forwarded-proto": "https"})
    cookie = token.headers["set-cookie"]
    assert cookie.startswith("__Secure-atelier_door=")
    assert "Secure" in cookie.split("; ")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/console/",
        "//evil.example/console/",
        "/console/../reviews",
        "/console//evil.example",
        "/\\evil.example",
        "/console/\\evil.example",
        "javascript:alert(1)",
        "/console/login",
        "/reviews",
        "/console/\nx",
    ],
)
async def test_nobody_is_sent_elsewhere(stranger: Browser, wanted: str) -> None:
    entered = await stranger.sign_in("viewer@example.org", next=wanted)
    assert entered.headers["location"] == "/console/"


async def test_a_wrong_password_and_an_unknown_account_read_alike(stranger: Browser) -> None:
    wrong = await stranger.sign_in("viewer@example.org", "not this one at all")
    unknown = await stranger.sign_in("nobody@example.org", "not this one at all")
    assert wrong.status_code == unknown.status_code == 401
    assert "That did not match." in wrong.text
    for page in (wrong, unknown):
        assert "Four tries are left" in page.text
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", wrong.text) == strip.sub("", unknown.text)


async def test_five_tries_then_a_pause_even_for_the_right_password(stranger: Browser, database: Database) -> None:
    for left in ("Four tries are", "Three tries are", "Two tries are", "One try is"):
        assert left in (await stranger.sign_in("viewer@example.org", "wrong " * 3)).text
    for password in ("wrong " * 3, PASSWORD):
        paused = await stranger.sign_in("viewer@example.org", password)
        assert paused.status_code == 429
        assert 0 < int(paused.headers["retry-after"]) <= 900
    assert (await stranger.sign_in("lead@example.org")).status_code == 303, "others may enter meanwhile"

    async with database.write() as writer:
        await writer.execute("update login_throttle set last_at = last_at - interval '16 minutes'")
    assert (await stranger.sign_in("viewer@example.org")).status_code == 303


async def test_an_address_that_tries_everybody_is_paused_too(
    stranger: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "TRIES_PER_ADDRESS", 2)
    for name, status in (("a", 401), ("b", 429)):
        assert (await stranger.sign_in(f"{name}@example.org", "wrong " * 3, "192.0.2.7")).status_code == status
    assert (await stranger.sign_in("lead@example.org", forwarded="192.0.2.7")).status_code == 429
    # What somebody writes into the header before a proxy of ours adds to it does not make them another.
    assert (await stranger.sign_in("lead@example.org", forwarded="198.51.100.1, 192.0.2.7")).status_code == 429
    assert (await stranger.sign_in("lead@example.org", forwarded="192.0.2.8")).status_code == 303


async def test_the_table_holds_neither_tokens_nor_addresses(stranger: Browser, database: Database) -> None:
    await stranger.sign_in("viewer@example.org")
    await stranger.sign_in("lead@example.org", "wrong " * 3)
    token = stranger.http.cookies["atelier_session"]
    async with database.write() as writer:
        stored = str(await writer.fetch_all("select * from session")) + str(
            await writer.fetch_all("select * from login_throttle")
        )
    assert token not in stored
    assert "example.org" not in stored


async def test_signing_in_again_ends_the_session_that_was_there(stranger: Browser, database: Database) -> None:
    await stranger.sign_in("viewer@example.org")
    first = stranger.http.cookies["atelier_session"]
    await stranger.sign_in("viewer@example.org")
    assert stranger.http.cookies["atelier_session"] != first
    async with database.write() as writer:
        assert await writer.fetch_value("select count(*) from session") == 1


async def test_signing_out_ends_the_session_itself(moderator: Browser) -> None:
    token = moderator.http.cookies["atelier_session"]
    assert (await moderator.sign_out()).headers["location"] == "/console/login"
    moderator.http.cookies.set("atelier_session", token, path="/console")
    assert (await moderator.get("/console/reviews")).status_code == 303


@pytest.mark.parametrize("change", ["seen_at = now() - interval '11 hours'", "expires_at = now()"])
async def test_a_session_ends_when_idle_and_in_any_case(moderator: Browser, database: Database, change: str) -> None:
    async with database.write() as writer:
        await writer.execute(f"update session set {change}")
    assert (await moderator.get("/console/reviews")).status_code == 303


async def test_use_keeps_a_session_alive(moderator: Browser, database: Database) -> None:
    async with database.write() as writer:
        await writer.execute("update session set seen_at = now() - interval '9 hours'")
    assert (await moderator.get("/console/reviews")).status_code == 200
    async with database.write() as writer:
        assert await writer.fetch_value("select now() - max(seen_at) < interval '1 minute' from session")


async def test_a_disabled_colleague_is_out_at_once(moderator: Browser, database: Database) -> None:
    async with database.write() as writer:
        await accounts.disable(writer, SYSTEM, "moderator@example.org")
    assert (await moderator.get("/console/reviews")).status_code == 303
    assert (await moderator.sign_in("moderator@example.org")).status_code == 401


async def test_a_session_made_while_its_owner_was_disabled_opens_nothing(
    moderator: Browser, database: Database
) -> None:
    async with database.write() as writer:
        await writer.execute("update user_account set disabled_at = now() where id = 2")
    assert (await moderator.get("/console/reviews")).status_code == 303


async def test_the_browsers_time_zone_is_kept_once(stranger: Browser, database: Database) -> None:
    for zone, kept in (("Nowhere/Land", "UTC"), ("Europe/Lisbon", "Europe/Lisbon"), ("Asia/Tokyo", "Europe/Lisbon")):
        await stranger.sign_in("viewer@example.org", zone=zone)
        async with database.read() as reader:
            assert await reader.fetch_value("select time_zone from user_account where id = 1") == kept


async def test_each_role_begins_where_its_work_is(enter: Enter) -> None:
    for role, place in (
        (Role.VIEWER, "reviews"),
        (Role.MODERATOR, "queue"),
        (Role.LEAD, "queue"),
        (Role.OPERATOR, "imports"),
        (Role.ADMINISTRATOR, "queue"),
    ):
        browser = await enter(role)
        assert (await browser.get("/console/")).headers["location"] == f"/console/{place}"
