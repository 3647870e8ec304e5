"""The trace as people read it: each event as a sentence, with the way to what it is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from admin_ui import words
from backend.services.audit import Filters
from backend.store.database import Row

LARGEST_ID = 9_223_372_036_854_775_807

# Icon, and what was done, as it stands between who did it and what it was done to.
DEEDS: dict[str, tuple[str, str]] = {
    "hide": ("reject", "hid"),
    "approve": ("approve", "approved"),
    "undo": ("undo", "took back a change of"),
    "report": ("flag", "reported"),
    "submit": ("reply", "wrote"),
    "hold": ("hold", "held"),
    "notice": ("info", "noted"),
    "note": ("note", "left a note on"),
    "reply": ("reply", "replied to"),
    "edit": ("edit", "edited"),
    "bulk": ("edit", "changed many reviews by"),
    "merge": ("products", "merged"),
    "recompute": ("wrench", "counted anew the numbers of"),
    "delete": ("x", "deleted"),
    "breaker": ("lock", "stopped reports from hiding more of"),
    "erase": ("minus", "erased"),
    "redact": ("minus", "redacted"),
    "add": ("plus", "added"),
    "change": ("edit", "changed"),
    "move": ("edit", "moved"),
    "set": ("edit", "set"),
    "save": ("edit", "saved"),
    "remove": ("x", "removed"),
    "revoke": ("x", "revoked"),
    "disable": ("lock", "shut out"),
    "enable": ("user", "let in again"),
    "invite": ("user", "invited"),
    "withdraw-invitation": ("x", "withdrew the invitation of"),
    "join": ("user", "joined"),
    "sign-in": ("user", "signed in"),
    "sign-out": ("lock", "signed out everywhere"),
    "sign-out-elsewhere": ("lock", "signed out everywhere else"),
    "ask": ("jobs", "asked for"),
    "pause": ("pause", "paused"),
    "resume": ("play", "resumed"),
    "cancel": ("x", "cancelled"),
    "request": ("imports", "asked for"),
    "import": ("imports", "imported a file in"),
    "request-rollback": ("undo", "asked to roll back"),
    "rollback": ("undo", "rolled back a file of"),
}
# Done to nobody else: the sentence ends with them.
_ONES_OWN = frozenset({"join", "sign-in", "sign-out-elsewhere"})

# What an event may be about: its name in a sentence, and where to look at it.
SUBJECTS: dict[str, tuple[str, str]] = {
    "review": ("review", "/console/reviews/{}"),
    "product": ("product", "/console/products/{}"),
    "run": ("run", "/console/imports/{}"),
    "job": ("job", "/console/jobs/{}"),
    "user": ("person", "/console/people/{}"),
    "key": ("API key", "/console/people/keys"),
    "rule": ("screening rule", "/console/settings/screening"),
    "reason": ("reason", "/console/settings/reasons"),
    "mapping": ("mapping", ""),
    "template": ("reply template", "/console/settings/templates"),
    "view": ("view", ""),
}

ACTORS: dict[str, str] = {
    "rule": "A rule",
    "public": "The public",
    "import": "An import",
    "system": "The system",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in words. `subject` is empty where the sentence ends with who did it."""

    id: int
    at: datetime
    icon: str
    who: str
    deed: str
    subject: str
    href: str
    remark: str


def told(event: Row) -> Entry:
    """An event as a sentence: who, what, to whom, and with what remark."""
    icon, deed = DEEDS.get(event["action"], ("info", event["action"].replace("-", " ")))
    name, place = SUBJECTS[event["subject_kind"]]
    own = event["action"] in _ONES_OWN
    number = event["subject_id"]
    if own:
        subject = ""
    elif event["subject_kind"] == "user":
        subject = event["subject_name"] or "somebody"
    elif event["subject_kind"] == "reason":
        subject = f"the reason {event['reason_title'] or event['reason']}"
    elif event["subject_name"]:
        subject = f"the {name} {event['subject_name']}"
    else:
        subject = f"{name} {number:,}" if number else f"a {name}"
    return Entry(
        id=event["id"],
        at=event["at"],
        icon=icon,
        who=_who(event),
        deed=deed,
        subject=subject,
        href=place.format(number) if subject and (number or "{" not in place) else "",
        remark=_remark(event),
    )


def parse(pairs: Iterable[tuple[str, str]]) -> tuple[Filters, int | None]:
    """What an address asks of the trace, and the id before which; what cannot be read is not asked."""
    given = dict(reversed([(name, value) for name, value in pairs if value]))
    who = given.get("who", "")
    subject = given.get("about", "")
    return (
        Filters(
            user_id=_number(who),
            actor_kind=who if who in ACTORS else None,
            action=given["action"] if given.get("action") in DEEDS else None,
            subject_kind=subject if subject in SUBJECTS else None,
            subject_id=_number(given.get("id", "")),
            day=_day(given.get("day", "")),
        ),
        _number(given.get("before", "")),
    )


def asked(filters: Filters) -> list[tuple[str, Any]]:
    """The filters as pairs of an address."""
    pairs = [
        ("who", filters.user_id or filters.actor_kind),
        ("action", filters.action),
        ("about", filters.subject_kind),
        ("id", filters.subject_id),
        ("day", filters.day),
    ]
    return [(name, value) for name, value in pairs if value is not None]


def _who(event: Row) -> str:
    if event["actor_kind"] == "user":
        return event["actor_name"] or f"Person {event['actor_id']}"
    if event["actor_kind"] == "key":
        return f"API key {event['actor_id']}"
    return ACTORS[event["actor_kind"]]


def _remark(event: Row) -> str:
    parts = [event["reason_title"] if event["subject_kind"] != "reason" else ""]
    parts.append(event["cause"] if event["subject_kind"] != "template" else "")
    parts += [f"{count:,} {name.replace('_', ' ')}" for name, count in event["counts"].items()]
    fields = [words.FIELDS.get(name, name.replace("_", " ").removesuffix(" hash")) for name in event["fields"]]
    if event["action"] in ("change", "undo", "set", "redact") and fields:
        parts.append(", ".join(fields).lower())
    return "; ".join(part for part in parts if part)


def _number(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID)):
        return int(text)
    return None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Midnight in a zone must be a moment that the database knows.
    return day if date(1970, 1, 2) <= day <= date(9000, 1, 1) else None
