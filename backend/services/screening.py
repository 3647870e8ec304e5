"""Screening: the rules that an operator sets, and what they make of a review before it is stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from backend.domain import screening
from backend.domain.actors import Actor
from backend.domain.drafts import Draft
from backend.domain.errors import Conflict, NotFound
from backend.domain.roles import Permission
from backend.domain.screening import Action, Kind, Match, Rule
from backend.store import sql, trace
from backend.store.database import Reader, Row, Writer

queries = sql.load("writes")

_BY_RULE = "rule "  # how the cause of its event begins


async def screen(writer: Writer, actor: Actor, draft: Draft, rows: Sequence[Mapping[str, Any]]) -> list[Match]:
    """The matches of a draft among active rules (each its `name`, `kind`, `action` and `settings`)."""
    matches = []
    for row in rows:
        rule = Rule(row["name"], Kind(row["kind"]), Action(row["action"]), row["settings"])
        if match := await _match(writer, actor, draft, rule):
            matches.append(match)
    return matches


async def note(writer: Writer, actor: Actor, review_id: int, matches: Sequence[Match]) -> None:
    """Tell in the trace which rules a stored review met, and what came of it."""
    if not matches:
        return
    held = screening.decided(matches) is Action.HOLD
    names = ", ".join(match.rule.name for match in matches)
    rule = Actor(kind="rule", request_id=actor.request_id)
    fields = ("state",) if held else ()
    await trace.record(
        writer, rule, "hold" if held else "notice", ("review", review_id), cause=f"{_BY_RULE}{names}", fields=fields
    )


async def rules_met(reader: Reader, actor: Actor, events: Sequence[Mapping[str, Any]]) -> list[Rule]:
    """The rules that, by a review's events, it met when it was sent. One that was removed since is known by nothing."""
    actor.require(Permission.READ)
    causes = [event["cause"] or "" for event in events if event["actor_kind"] == "rule"]
    names = [
        name for cause in causes if cause.startswith(_BY_RULE) for name in cause.removeprefix(_BY_RULE).split(", ")
    ]
    if not names:
        return []
    rows = await reader.fetch_all(queries["list_rules"])
    return [
        Rule(row["name"], Kind(row["kind"]), Action(row["action"]), row["settings"])
        for row in rows
        if row["name"] in names
    ]


async def list_rules(reader: Reader, actor: Actor) -> list[Row]:
    """Every rule by name: id, name, kind, action, settings, active."""
    actor.require(Permission.READ)
    return await reader.fetch_all(queries["list_rules"])


async def one_rule(reader: Reader, actor: Actor, name: str) -> Row:
    """One rule; `NotFound` where there is none of this name."""
    for row in await list_rules(reader, actor):
        if row["name"] == name:
            return row
    raise NotFound(f"There is no rule {name[:40]}.")


async def set_rule(writer: Writer, actor: Actor, rule: Rule, *, active: bool, new: bool = False) -> None:
    """Keep a rule under its name, in place of what stood there. It holds for whatever is sent from now on.

    `Conflict` where it is to be `new` and there is one of its name.
    """
    actor.require(Permission.LEAD)
    if new and any(row["name"] == rule.name for row in await writer.fetch_all(queries["list_rules"])):
        raise Conflict(f"There is a rule {rule.name} already.")
    rule_id = await writer.fetch_value(
        queries["set_rule"],
        {
            "name": rule.name,
            "kind": rule.kind.value,
            "action": rule.action.value,
            "settings": Jsonb(dict(rule.settings)),
            "active": active,
        },
    )
    await trace.record(writer, actor, "set", ("rule", rule_id), fields=("kind", "action", "settings", "active"))


async def remove_rule(writer: Writer, actor: Actor, name: str) -> None:
    """Forget a rule; what it held stays held. `NotFound` where there is none of this name."""
    actor.require(Permission.LEAD)
    rule_id = await writer.fetch_value(queries["remove_rule"], {"name": name})
    if rule_id is None:
        raise NotFound(f"There is no rule {name!r}: `atelier screening list` shows them.")
    await trace.record(writer, actor, "remove", ("rule", rule_id))


async def _match(writer: Writer, actor: Actor, draft: Draft, rule: Rule) -> Match | None:
    if rule.kind is Kind.COPIES:
        asked = {"product_id": draft.product_id, "body": draft.body, "among": rule.settings["among"]}
        return screening.matched_copy(rule, await writer.fetch_value(queries["similarity"], asked))
    if rule.kind is Kind.FLOOD:
        if actor.voter is None:
            return None
        known = {"voter": actor.voter, "hours": rule.settings["hours"]}
        await writer.execute(queries["lock_voter"], known)
        return screening.matched_flood(rule, await writer.fetch_value(queries["sent_by_voter"], known))
    return screening.matched_text(rule, draft)
