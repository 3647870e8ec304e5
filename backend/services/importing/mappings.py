"""Saved mappings: kept under a name, shown, removed, and copied into the run that is asked for with one."""

import json
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from psycopg.types.json import Jsonb

from backend.domain.actors import Actor
from backend.domain.errors import FieldError, Invalid, NotFound
from backend.domain.roles import Permission
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("import_mappings")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
LONGEST = 64 * 1024  # of a definition as JSON, in characters
Check = Callable[[Mapping[str, Any]], object]


async def save_mapping(writer: Writer, actor: Actor, name: str, definition: Mapping[str, Any], *, check: Check) -> Row:
    """Keep a mapping under a name, as a new version where there is one; its `id`, `name` and `version`.

    `check` is the ETL's: the application hands it in. It raises `Invalid` with every error of the definition.
    """
    actor.require(Permission.IMPORT)
    if not NAME.match(name):
        message = "1 to 63 small letters, digits, - and _; the first one a letter or a digit."
        raise Invalid("A mapping cannot have this name.", errors=(FieldError("name", message),))
    if len(json.dumps(definition)) > LONGEST:
        raise Invalid(f"The mapping is longer than {LONGEST:,} characters.")
    check(definition)
    saved = await writer.fetch_one(
        queries["save"],
        {
            "name": name,
            "definition": Jsonb(dict(definition)),
            "user_id": actor.id if actor.kind == "user" else None,
        },
    )
    assert saved is not None
    await trace.record(writer, actor, "save", ("mapping", saved["id"]), counts={"version": saved["version"]})
    return saved


async def list_mappings(reader: Reader, actor: Actor) -> list[Row]:
    """Every saved mapping by name, with its definition, its version and who saved it."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["list"])


async def one_mapping(reader: Reader, actor: Actor, name: str) -> Row:
    """A saved mapping; raise `NotFound`, with the nearest name, where there is none."""
    actor.require(Permission.READ)
    found = await _find(reader, name)
    if found is None:
        raise NotFound(await _unknown(reader, name))
    return found


async def remove_mapping(writer: Writer, actor: Actor, name: str) -> None:
    """Forget a mapping. Runs that were asked for with it keep their copy."""
    actor.require(Permission.IMPORT)
    found = await _find(writer, name)
    if found is None or not await writer.execute(queries["remove"], {"mapping_id": found["id"]}):
        raise NotFound(await _unknown(writer, name))
    await trace.record(writer, actor, "remove", ("mapping", found["id"]))


async def option_of(reader: Reader, name: str) -> dict[str, Any]:
    """What a run keeps of a saved mapping: a copy, which no later version changes. `Invalid` for an unknown name."""
    found = await _find(reader, name)
    if found is None:
        message = await _unknown(reader, name)
        raise Invalid(message, errors=(FieldError("mapping", message),))
    return {"name": found["name"], "version": found["version"], "definition": found["definition"]}


async def _find(reader: Reader, name: str) -> Row | None:
    # What cannot be a name is none that the database could be asked for.
    return await reader.fetch_one(queries["one"], {"name": name}) if NAME.match(name) else None


async def _unknown(reader: Reader, name: str) -> str:
    names = [row["name"] for row in await reader.fetch_all(queries["list"])]
    near = get_close_matches(name[:80], names, n=1, cutoff=0.4)
    there_are = f" Saved are: {', '.join(names[:10])}." if names else " None is saved."
    return f"There is no mapping {name[:80]}.{f' Do you mean {near[0]}?' if near else there_are}"
