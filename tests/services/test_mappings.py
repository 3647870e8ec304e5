"""Saved mappings: kept under a name in versions, by whom, with their trace; and only by who may import."""

import pytest

from backend.domain.errors import FieldError, Forbidden, Invalid, NotFound
from backend.services import importing
from backend.store.database import Database, Row
from tests import cast

pytestmark = pytest.mark.anyio
DEFINITION = {"photos": {"columns": {"id": "Größe"}}}


async def save(database: Database, name: str = "shop", definition: dict[str, object] | None = None) -> Row:
    async with database.write() as writer:
        return await importing.save_mapping(
            writer, cast.OPERATOR, name, definition or DEFINITION, check=lambda _definition: None
        )


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await cast.people(database, "x")


async def test_kept_listed_and_removed_with_its_trace(database: Database) -> None:
    assert (await save(database))["version"] == 1
    assert (await save(database))["version"] == 2
    await save(database, "another")
    async with database.read(fresh=True) as reader:
        listed = await importing.list_mappings(reader, cast.VIEWER)
        assert [(row["name"], row["version"], row["user_name"]) for row in listed] == [
            ("another", 1, "Operator"),
            ("shop", 2, "Operator"),
        ]
        assert (await importing.one_mapping(reader, cast.VIEWER, "shop"))["definition"] == DEFINITION
    async with database.write() as writer:
        await importing.remove_mapping(writer, cast.OPERATOR, "shop")
    async with database.read(fresh=True) as reader:
        assert [row["name"] for row in await importing.list_mappings(reader, cast.VIEWER)] == ["another"]
        events = await reader.fetch_all("select action, subject_id, counts, actor_id from event order by id")
    assert [(row["action"], row["subject_id"], row["counts"]) for row in events] == [
        ("save", 1, {"version": 1}),
        ("save", 1, {"version": 2}),
        ("save", events[2]["subject_id"], {"version": 1}),
        ("remove", 1, {}),
    ]
    assert {row["actor_id"] for row in events} == {cast.OPERATOR.id}


@pytest.mark.parametrize("name", ["", "A", "a b", "-a", "a/b", "a.toml", "a" * 64, "ä", "a\n", "a\x00"])
async def test_names_are_plain(database: Database, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        await save(database, name)
    assert [error.field for error in refused.value.errors] == ["name"]


async def test_what_the_check_refuses_and_what_is_too_long_is_not_kept(database: Database) -> None:
    def check(_definition: object) -> None:
        raise Invalid("No.", errors=(FieldError("photos", "No."),))

    with pytest.raises(Invalid, match="No"):
        async with database.write() as writer:
            await importing.save_mapping(writer, cast.OPERATOR, "shop", DEFINITION, check=check)
    with pytest.raises(Invalid, match="longer than"):
        await save(database, definition={"photos": {"files": "x" * 70_000}})
    async with database.read(fresh=True) as reader:
        assert await importing.list_mappings(reader, cast.VIEWER) == []


async def test_only_who_may_import_changes_mappings(database: Database) -> None:
    await save(database)
    async with database.write() as writer:
        for actor in (cast.VIEWER, cast.MODERATOR, cast.LEAD, cast.PUBLIC):
            with pytest.raises(Forbidden):
                await importing.save_mapping(writer, actor, "shop", DEFINITION, check=lambda _definition: None)
            with pytest.raises(Forbidden):
                await importing.remove_mapping(writer, actor, "shop")
        with pytest.raises(Forbidden):
            await importing.list_mappings(writer, cast.PUBLIC)


async def test_an_unknown_name_is_told_with_the_nearest(database: Database) -> None:
    async with database.write() as writer:
        with pytest.raises(NotFound, match="None is saved"):
            await importing.one_mapping(writer, cast.VIEWER, "shop")
        with pytest.raises(NotFound, match="None is saved"):
            await importing.remove_mapping(writer, cast.OPERATOR, "shop")
    await save(database)
    async with database.read(fresh=True) as reader:
        with pytest.raises(NotFound, match=r"no mapping shp\. Do you mean shop\?"):
            await importing.one_mapping(reader, cast.VIEWER, "shp")
        with pytest.raises(NotFound, match="Saved are: shop"):
            await importing.one_mapping(reader, cast.VIEWER, "zzz")
