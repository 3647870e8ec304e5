"""People: invited by a link that works once, given roles, shut out; and never left without an administrator."""

import re
from datetime import timedelta

import psycopg
import pytest

from backend.domain.actors import SYSTEM
from backend.domain.errors import Conflict, NotFound
from backend.domain.roles import Role
from backend.services import accounts, invitations
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio

NEW = "a new horse, correct"
IDS = {role: number for number, role in enumerate(Role, 1)}
_LINK = re.compile(r"http://testserver(/console/invited\?token=([\w-]{43}))")


@pytest.fixture
async def administrator(enter: Enter) -> Browser:
    return await enter(Role.ADMINISTRATOR)


async def invited(administrator: Browser, email: str = "Ana@example.org", role: str = "lead") -> tuple[str, str]:
    """The address and the token of a new link."""
    made = await administrator.post("/console/people/invitations", {"email": email, "role": role})
    found = _LINK.search(made.text)
    assert found, made.text
    return found[1], found[2]


async def join(browser: Browser, token: str, name: str = "Ana", password: str = NEW) -> int:
    fields = {"csrf": await browser.token("/console/login"), "token": token, "name": name, "password": password}
    return (await browser.http.post("/console/invited", data=fields)).status_code


async def test_an_invitation_lets_one_person_in_once(
    administrator: Browser, stranger: Browser, database: Database
) -> None:
    page, token = await invited(administrator)
    assert "Ana@example.org" in (await administrator.get("/console/people")).text
    assert token not in (await administrator.get("/console/people")).text
    welcome = await stranger.get(page)
    assert "Administrator" in welcome.text
    assert "invited you as lead" in welcome.text
    assert await join(stranger, token) == 303
    assert (await stranger.get("/console/account")).status_code == 200
    assert (await stranger.get(page)).status_code == 404
    assert await join(stranger, token) == 404
    listed = (await administrator.get("/console/people")).text
    assert listed.count("Ana@example.org") == 1
    async with database.read(secret=True) as reader:
        events = await reader.fetch_all("select action, actor_id, subject_id from event order by id")
        assert token.encode() not in str(await reader.fetch_all("select * from invitation")).encode()
    assert [event["action"] for event in events] == ["invite", "join", "sign-in"]
    assert [event["subject_id"] for event in events] == [None, 6, 6]


@pytest.mark.parametrize(("name", "password"), [("", NEW), ("x" * 101, NEW), ("A\0na", NEW), ("Ana", "short")])
async def test_what_cannot_be_taken_leaves_the_link_as_it_is(
    administrator: Browser, stranger: Browser, name: str, password: str
) -> None:
    _, token = await invited(administrator)
    assert await join(stranger, token, name, password) == 422
    assert await join(stranger, token) == 303


async def test_a_link_ends_when_it_is_withdrawn_replaced_or_old(
    administrator: Browser, stranger: Browser, database: Database
) -> None:
    first, _ = await invited(administrator)
    second, _ = await invited(administrator, "ana@EXAMPLE.org", "viewer")
    assert (await stranger.get(first)).status_code == 404
    assert "as viewer" in (await stranger.get(second)).text
    async with database.write() as writer:
        await writer.execute("update invitation set expires_at = now()")
    assert (await stranger.get(second)).status_code == 404
    assert "too old" in (await administrator.get("/console/people")).text
    assert (await administrator.post("/console/people/invitations/2/withdraw")).status_code == 404
    assert (await administrator.post("/console/people/invitations/1/withdraw")).status_code == 303
    assert "Ana@example.org" not in (await administrator.get("/console/people")).text
    assert timedelta(hours=72) == invitations.LIFETIME
    for token in ("", "x", "x" * 5_000, "\0", "%FF"):
        assert (await stranger.http.get("/console/invited", params={"token": token})).status_code == 404


@pytest.mark.parametrize(
    ("email", "role", "status"),
    [
        ("nobody", "lead", 422),
        ("VIEWER@example.org", "lead", 409),
        ("a@b.example", "king", 422),
        ("a\0@b.c", "lead", 422),
    ],
)
async def test_who_cannot_be_invited(administrator: Browser, email: str, role: str, status: int) -> None:
    refused = await administrator.post("/console/people/invitations", {"email": email, "role": role})
    assert refused.status_code == status
    assert "token=" not in refused.text


async def test_a_role_holds_from_the_next_click(administrator: Browser, moderator: Browser) -> None:
    page = f"/console/people/{IDS[Role.MODERATOR]}"
    assert (await moderator.get("/console/settings/new-reason")).status_code == 403
    changed = await administrator.post(f"{page}/role", {"role": "lead"})
    assert "Moderator is lead from the next click on" in (await administrator.get(changed.headers["location"])).text
    assert (await moderator.get("/console/settings/new-reason")).status_code == 200
    assert (await administrator.post(f"{page}/role", {"role": "\0"})).status_code == 422


async def test_shut_out_at_once_and_let_in_again(administrator: Browser, moderator: Browser, stranger: Browser) -> None:
    page = f"/console/people/{IDS[Role.MODERATOR]}"
    await administrator.post(f"{page}/disable")
    assert (await moderator.get("/console/queue")).status_code == 303
    assert (await stranger.sign_in("moderator@example.org")).status_code == 401
    assert "Shut out" in (await administrator.get(page)).text
    await administrator.post(f"{page}/enable")
    assert (await stranger.sign_in("moderator@example.org")).status_code == 303


async def test_signed_out_everywhere(administrator: Browser, enter: Enter) -> None:
    here, there = await enter(Role.VIEWER), await enter(Role.VIEWER)
    page = f"/console/people/{IDS[Role.VIEWER]}"
    assert "<dt>Sessions</dt><dd>2</dd>" in (await administrator.get(page)).text
    await administrator.post(f"{page}/sign-out")
    assert [(await browser.get("/console/account")).status_code for browser in (here, there)] == [303, 303]
    assert "<dt>Sessions</dt><dd>0</dd>" in (await administrator.get(page)).text


async def test_the_last_administrator_stays(administrator: Browser) -> None:
    page = f"/console/people/{IDS[Role.ADMINISTRATOR]}"
    for change, form in (("disable", {}), ("role", {"role": "viewer"})):
        refused = await administrator.post(f"{page}/{change}", form)
        assert refused.status_code == 409
        assert "is the only administrator" in refused.text
    assert (await administrator.get("/console/people")).status_code == 200
    # One who is shut out is none that could let anybody in again.
    await administrator.post(f"/console/people/{IDS[Role.LEAD]}/role", {"role": "administrator"})
    await administrator.post(f"/console/people/{IDS[Role.LEAD]}/disable")
    assert (await administrator.post(f"{page}/disable")).status_code == 409


async def test_two_administrators_cannot_shut_each_other_out(database: Database, people: None) -> None:
    async with database.write() as writer:
        await accounts.set_role(writer, SYSTEM, IDS[Role.LEAD], Role.ADMINISTRATOR)
    async with database.write() as one:
        await accounts.disable(one, cast.ADMINISTRATOR, IDS[Role.LEAD])
        async with database.write() as other:
            await other.execute("set local lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await accounts.disable(other, SYSTEM, IDS[Role.ADMINISTRATOR])
    async with database.write() as other:
        with pytest.raises(Conflict):
            await accounts.disable(other, SYSTEM, IDS[Role.ADMINISTRATOR])


async def test_nobody_is_there(administrator: Browser, database: Database) -> None:
    for address in ("99", "0", "x", "9" * 40):
        assert (await administrator.get(f"/console/people/{address}")).status_code == 404
        assert (await administrator.post(f"/console/people/{address}/disable")).status_code == 404
    async with database.write() as writer:
        with pytest.raises(NotFound):
            await accounts.set_role(writer, SYSTEM, "nobody@example.org", Role.LEAD)


async def test_a_key_is_shown_once_and_revoked(administrator: Browser) -> None:
    made = await administrator.post("/console/people/keys", {"name": "Storefront Lisbon", "scope": "verified"})
    found = re.search(r"ar_[\w-]{43}", made.text)
    assert found
    listed = (await administrator.get("/console/people/keys")).text
    assert "Storefront Lisbon" in listed
    assert found[0] not in listed
    await administrator.post("/console/people/keys/1/revoke")
    assert "Revoked" in (await administrator.get("/console/people/keys")).text
    assert (await administrator.post("/console/people/keys/1/revoke")).status_code == 404
    for form in ({"name": ""}, {"name": "a\0b"}, {"name": "x" * 101}, {"name": "x", "scope": "everything"}):
        assert (await administrator.post("/console/people/keys", form)).status_code == 422
