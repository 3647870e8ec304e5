"""One's own account: password, time zone, sessions, tastes; and the shell's commands for everybody's."""

import click.testing
import pytest

from backend.commands.users import users
from backend.domain.errors import AtelierError
from backend.domain.roles import Role
from backend.settings import Settings
from backend.store.database import Database
from tests.console.conftest import PASSWORD, Browser, Enter

NEW = "a new horse, correct"


@pytest.mark.anyio
async def test_a_new_password_ends_the_other_sessions(enter: Enter, stranger: Browser) -> None:
    here, there = await enter(Role.VIEWER), await enter(Role.VIEWER)
    changed = await here.post("/console/account/password", {"current": PASSWORD, "new": NEW})
    assert changed.status_code == 303
    assert "The new password holds" in (await here.get(changed.headers["location"])).text
    assert (await there.get("/console/account")).status_code == 303
    assert (await stranger.sign_in("viewer@example.org")).status_code == 401
    assert (await stranger.sign_in("viewer@example.org", NEW)).status_code == 303


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("current", "new", "said"),
    [("wrong", NEW, "That is not your present password."), (PASSWORD, "short", "Use 12 to 200 characters.")],
)
async def test_a_refused_password_stands_beside_its_field(
    moderator: Browser, current: str, new: str, said: str
) -> None:
    refused = await moderator.post("/console/account/password", {"current": current, "new": new})
    assert refused.status_code == 422
    assert said in refused.text
    assert 'aria-invalid="true"' in refused.text


@pytest.mark.anyio
async def test_signing_out_elsewhere_keeps_this_session(enter: Enter) -> None:
    here, there = await enter(Role.VIEWER), await enter(Role.VIEWER)
    assert "2, this one among them" in (await here.get("/console/account")).text
    await here.post("/console/account/sign-out-elsewhere")
    assert "only this one" in (await here.get("/console/account")).text
    assert (await there.get("/console/account")).status_code == 303


@pytest.mark.anyio
async def test_an_unknown_time_zone_is_refused(moderator: Browser) -> None:
    for zone in ("Nowhere/Land", "", "../../etc/passwd", "\x00"):
        assert (await moderator.post("/console/account/time-zone", {"time_zone": zone})).status_code == 422
    assert (await moderator.post("/console/account/time-zone", {"time_zone": "Asia/Tokyo"})).status_code == 303


@pytest.mark.anyio
async def test_tastes_are_cookies_and_nothing_else_is_taken(moderator: Browser) -> None:
    await moderator.post("/console/tastes", {"theme": "dark"})
    assert '<html lang="en" data-theme="dark">' in (await moderator.get("/console/account")).text
    await moderator.post("/console/tastes", {"theme": 'evil" onload=x', "keys": "off"})
    page = (await moderator.get("/console/account")).text
    assert '<html lang="en" data-keys="off">' in page
    assert "evil" not in str(list(moderator.http.cookies.jar))
    assert "<kbd" not in page.split("<main")[0]


def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = "") -> click.testing.Result:
    monkeypatch.setenv("ATELIER_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("ATELIER_READER_URL", settings.reader_url)
    return click.testing.CliRunner().invoke(users, arguments, input=typed)


def test_people_from_the_shell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(settings, monkeypatch, "add", "ana@example.org", "--name", "Ana", "--role", "administrator", "--random")
    assert made.exit_code == 0, made.output
    assert len(made.output.split("Password: ")[1].strip()) == 20
    assert run(settings, monkeypatch, "add", "Zoe@example.org", "--name", "Zoë", typed=f"{NEW}\n").exit_code == 0
    listed = run(settings, monkeypatch, "list").output
    assert "ana@example.org" in listed
    assert "moderator" in listed
    assert run(settings, monkeypatch, "role", "zoe@example.org", "lead").exit_code == 0
    assert run(settings, monkeypatch, "disable", "zoe@example.org").exit_code == 0
    assert run(settings, monkeypatch, "passwd", "ana@example.org", typed=f"{NEW}\n").exit_code == 0
    for arguments, typed in (
        (("add", "ANA@example.org", "--name", "x", "--random"), ""),
        (("add", "no address", "--name", "x", "--random"), ""),
        (("passwd", "nobody@example.org", "--random"), ""),
        (("passwd", "ana@example.org"), "short\n"),
        (("disable", "ana@example.org"), ""),
        (("role", "ana@example.org", "viewer"), ""),
    ):
        refused = run(settings, monkeypatch, *arguments, typed=typed)
        assert isinstance(refused.exception, AtelierError), arguments


@pytest.mark.anyio
async def test_what_is_done_to_people_leaves_a_trace_without_them(
    settings: Settings, database: Database, moderator: Browser
) -> None:
    await moderator.post("/console/account/password", {"current": PASSWORD, "new": NEW})
    async with database.read() as reader:
        event = await reader.fetch_one("select * from event order by id desc limit 1")
    assert event is not None
    assert (event["action"], event["subject_kind"], event["subject_id"]) == ("change", "user", 2)
    assert event["fields"] == ["password_hash"]
    assert "example.org" not in str(event)
