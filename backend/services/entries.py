"""What leads keep in an order of their own, each entry under its code: reasons for hiding, reply templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, LiteralString

from backend.domain.actors import Actor
from backend.domain.errors import Conflict, NotFound
from backend.domain.ordered import CODE, moved
from backend.domain.roles import Permission
from backend.store import trace
from backend.store.database import Reader, Row, Writer

Values = Mapping[str, str | bool]


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of one kind, by its statements: list, lock, one, add, change, put_in_order.

    `fields` are what an entry holds beside its code and its place. A service checks the values and who may change them.
    """

    name: Literal["reason", "template"]
    fields: tuple[str, ...]
    queries: Mapping[str, LiteralString]

    async def all(self, reader: Reader, actor: Actor) -> list[Row]:
        """Every entry in its order: code, position and the fields."""
        actor.require(Permission.READ)
        return await reader.fetch_all(self.queries["list"])

    async def one(self, reader: Reader, actor: Actor, code: str) -> Row:
        """One entry; `NotFound` where there is none of this code."""
        actor.require(Permission.READ)
        row = await reader.fetch_one(self.queries["one"], {"code": code}) if CODE.fullmatch(code) else None
        if row is None:
            raise self._unknown(code)
        return row

    async def lock(self, writer: Writer, code: str) -> list[Row]:
        """Every entry in its order, this one among them, until the transaction ends; `NotFound` where it is not."""
        rows = await writer.fetch_all(self.queries["lock"])
        if all(row["code"] != code for row in rows):
            raise self._unknown(code)
        return rows

    async def add(self, writer: Writer, actor: Actor, values: Values) -> None:
        """A further entry, behind the others, of its code and its fields. `Conflict` where its code is taken."""
        if await writer.fetch_value(self.queries["add"], values) is None:
            raise Conflict(f"There is a {self.name} {values['code']} already.")
        await self._record(writer, actor, "add", str(values["code"]), self.fields)

    async def change(self, writer: Writer, actor: Actor, values: Values) -> None:
        """Give the entry of this code these fields; `NotFound` where there is none."""
        if not await writer.execute(self.queries["change"], values):
            raise self._unknown(str(values["code"]))
        await self._record(writer, actor, "change", str(values["code"]), self.fields)

    async def move(self, writer: Writer, actor: Actor, code: str, by: int) -> None:
        """Move an entry up (-1) or down (1) in the order. At its end it stays where it is."""
        actor.require(Permission.LEAD)
        codes = [row["code"] for row in await self.lock(writer, code)]
        if await writer.execute(self.queries["put_in_order"], {"codes": moved(codes, code, by)}):
            await self._record(writer, actor, "move", code, ("position",))

    async def _record(self, writer: Writer, actor: Actor, action: str, code: str, fields: tuple[str, ...]) -> None:
        of_reason = self.name == "reason"  # an event has a column for reasons
        await trace.record(
            writer,
            actor,
            action,
            (self.name, None),
            reason=code if of_reason else None,
            cause=None if of_reason else code,
            fields=fields,
        )

    def _unknown(self, code: str) -> NotFound:
        return NotFound(f"There is no {self.name} {code[:40]}.")
