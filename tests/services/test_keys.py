"""The API's keys: what opens, what does not, and for how long an answer is believed."""

import pytest

from backend.domain.actors import SYSTEM, Actor
from backend.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from backend.services import keys
from backend.services.keys import Keyring
from backend.store.database import Database
from tests import cast

pytestmark = pytest.mark.anyio


@pytest.fixture
async def made(database: Database) -> tuple[int, str]:
    async with database.write() as writer:
        return await keys.add(writer, SYSTEM, " Shop ", ["proxy", "proxy"])


async def test_a_key_opens(database: Database, made: tuple[int, str]) -> None:
    key = await Keyring(database).verify(made[1])
    assert (key.id, key.name, key.scopes) == (made[0], "Shop", frozenset({"proxy"}))


async def test_only_its_hash_is_stored(database: Database, made: tuple[int, str]) -> None:
    async with database.read(secret=True) as reader:
        row = await reader.fetch_one("select * from api_key")
    assert row is not None
    assert len(row["key_hash"]) == 32
    assert made[1] not in repr(row)


async def test_another_does_not(database: Database, made: tuple[int, str]) -> None:
    keyring = Keyring(database)
    for wrong in (made[1] + "x", made[1].swapcase(), "", "\udcff\x00", "x" * 10_000):
        with pytest.raises(Unauthenticated):
            await keyring.verify(wrong)


async def test_a_revoked_key_works_no_longer_than_answers_are_believed(
    database: Database, made: tuple[int, str]
) -> None:
    now = 1000.0
    keyring = Keyring(database, lambda: now)
    await keyring.verify(made[1])
    async with database.write() as writer:
        await keys.revoke(writer, SYSTEM, made[0])
    now += keys.BELIEVED - 0.1
    await keyring.verify(made[1])
    now += 0.2
    with pytest.raises(Unauthenticated):
        await keyring.verify(made[1])


async def test_an_instance_keeps_only_so_many_answers(
    database: Database, made: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "KEPT", 3)
    keyring = Keyring(database)
    for number in range(10):
        with pytest.raises(Unauthenticated):
            await keyring.verify(f"guess {number}")
        assert len(keyring._answers) <= 3
    assert (await keyring.verify(made[1])).id == made[0]


async def test_what_is_done_with_keys_leaves_a_trace(database: Database, made: tuple[int, str]) -> None:
    await cast.people(database)
    async with database.write() as writer:
        await keys.revoke(writer, cast.ADMINISTRATOR, made[0])
    async with database.read() as reader:
        events = await reader.fetch_all("select action, subject_kind, subject_id, actor_kind from event order by id")
    assert [(row["action"], row["subject_id"], row["actor_kind"]) for row in events] == [
        ("add", made[0], "system"),
        ("revoke", made[0], "user"),
    ]


async def test_a_key_is_revoked_once(database: Database, made: tuple[int, str]) -> None:
    async with database.write() as writer:
        await keys.revoke(writer, SYSTEM, made[0])
    for number in (made[0], 404):
        with pytest.raises(NotFound):
            async with database.write() as writer:
                await keys.revoke(writer, SYSTEM, number)


async def test_faults_are_named_together(database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        async with database.write() as writer:
            await keys.add(writer, SYSTEM, "  ", ["admin"])
    assert [fault.field for fault in refused.value.errors] == ["scope", "name"]


@pytest.mark.parametrize("actor", [cast.VIEWER, cast.MODERATOR, cast.LEAD, cast.OPERATOR, cast.PUBLIC])
async def test_only_administrators_may(database: Database, made: tuple[int, str], actor: Actor) -> None:
    async with database.write() as writer:
        for refused in (
            keys.add(writer, actor, "Shop", []),
            keys.revoke(writer, actor, made[0]),
            keys.list_keys(writer, actor),
        ):
            with pytest.raises(Forbidden):
                await refused
