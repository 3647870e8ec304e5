"""The console's vocabulary: what each code of the system is called, and the icon and tone that stand with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin_ui import formats
from backend.domain.decisions import Outcome
from backend.domain.errors import AtelierError, Conflict
from backend.domain.imports import FileState, RunState, repairs_of
from backend.domain.jobs import JobState
from backend.domain.reports import REASONS
from backend.domain.roles import Role
from backend.domain.screening import Action, Kind
from backend.domain.states import ReviewState


@dataclass(frozen=True, slots=True)
class Word:
    """A state in words. `tone` is good, warn, bad, live or off: it colours the icon, never the word."""

    tone: str
    icon: str
    text: str


REVIEW: dict[str, Word] = {
    ReviewState.PUBLISHED: Word("off", "eye", "Published"),
    ReviewState.APPROVED: Word("good", "approve", "Approved"),
    ReviewState.HELD: Word("warn", "hold", "Held"),
    ReviewState.REPORTED: Word("warn", "flag", "Reported"),
    ReviewState.HIDDEN: Word("bad", "reject", "Hidden"),
    ReviewState.REMOVED: Word("off", "minus", "Removed"),
}

RUN: dict[str, Word] = {
    RunState.WAITING: Word("off", "wait", "Waiting"),
    RunState.RUNNING: Word("live", "live", "Running"),
    RunState.FINISHED: Word("good", "approve", "Finished"),
    RunState.FAILED: Word("bad", "reject", "Failed"),
    RunState.CANCELLED: Word("off", "minus", "Cancelled"),
    RunState.REVERSING: Word("live", "live", "Rolling back"),
    RunState.REVERSED: Word("off", "undo", "Rolled back"),
}

JOB: dict[str, Word] = {
    JobState.WAITING: Word("off", "wait", "Waiting"),
    JobState.RUNNING: Word("live", "live", "Running"),
    JobState.PAUSED: Word("warn", "hold", "Paused"),
    JobState.FINISHED: Word("good", "approve", "Finished"),
    JobState.FAILED: Word("bad", "reject", "Failed"),
    JobState.CANCELLED: Word("off", "minus", "Cancelled"),
}
# What a kind of job is called, by its name in backend/jobs/work.py.
JOBS: dict[str, str] = {
    "import": "Import",
    "freeze": "Freeze a selection",
    "bulk": "Bulk change",
    "revert": "Take a bulk change back",
    "export": "Export",
    "find": "Find a reviewer",
    "erase": "Erase a reviewer",
    "redact": "Redact personal data",
}

FILE: dict[str, Word] = {
    FileState.WAITING: Word("off", "wait", "Waiting"),
    FileState.READING: Word("live", "live", "Reading"),
    FileState.READ: Word("live", "live", "Read"),
    FileState.MERGED: Word("good", "approve", "Merged"),
    FileState.SKIPPED: Word("off", "minus", "Skipped"),
    FileState.FAILED: Word("bad", "reject", "Failed"),
}
JUDGED = Word("good", "approve", "Judged")  # what a file of a dry run is instead of merged

# What a load test came to, and how its load rises and falls.
LOAD_TEST: dict[str, Word] = {
    "held": Word("good", "approve", "Held"),
    "missed": Word("bad", "reject", "Missed"),
    "partial": Word("off", "minus", "Broken off"),
}
SHAPES: dict[str, str] = {"ramp": "Ramp", "steady": "Steady", "spike": "Spike", "soak": "Soak"}

# What a file is before it is imported.
GLANCES: dict[str, Word] = {
    "read": Word("good", "check", "Understood"),
    "broken": Word("bad", "warn", "Not understood"),
    "skipped": Word("off", "minus", "Skipped"),
}

ROLES: dict[str, str] = {
    Role.VIEWER: "Viewer",
    Role.MODERATOR: "Moderator",
    Role.LEAD: "Lead",
    Role.OPERATOR: "Operator",
    Role.ADMINISTRATOR: "Administrator",
}

# What a role lets somebody do, in a line.
ROLE_MEANS: dict[str, str] = {
    Role.VIEWER: "Reads everything; changes nothing.",
    Role.MODERATOR: "Judges reviews, replies, changes up to 1,000 at once.",
    Role.LEAD: "As a moderator; also changes of any size, reasons, reply templates, screening, erasing people’s data.",
    Role.OPERATOR: "Runs imports and looks after the system; reports reviews, does not judge them.",
    Role.ADMINISTRATOR: "Everything, and decides who may enter.",
}

# What a rule of screening looks for, and how its numbers are asked for.
SCREENS: dict[str, tuple[str, str]] = {
    Kind.LINKS: ("Links", "Addresses of web pages in the title, text or name"),
    Kind.CONTACTS: ("Contacts", "E-mail addresses and telephone numbers in the title, text or name"),
    Kind.WORDS: ("Words", "Words or phrases from a list, however they are written"),
    Kind.COPIES: ("Copies", "A text nearly the same as another review of the product"),
    Kind.FLOOD: ("Floods", "Many reviews of one known voter within hours"),
}
SCREEN_NUMBERS: dict[str, str] = {
    "most": "At most",
    "percent": "Alike by, %",
    "among": "Compared with",
    "hours": "Within, hours",
}
SCREENED: dict[str, tuple[str, str, str]] = {
    Action.PUBLISH: ("eye", "Publish", "and note it in the review’s history"),
    Action.HOLD: ("hold", "Hold", "until a moderator has seen it"),
    Action.REFUSE: ("reject", "Refuse", "and say why; it is not stored"),
}

# What decisions came to.
OUTCOMES: dict[str, str] = {
    Outcome.REFUSED: "Refused",
    Outcome.STOOD: "Let stand",
    Outcome.HELD: "Held back before anybody saw it",
    Outcome.WITHHELD: "Hidden by reports until judged",
    Outcome.UNDONE: "Taken back",
}

# Icon and past tense of what stands in the trace; `{reason}` is the reason's title.
ACTIONS: dict[str, tuple[str, str]] = {
    "hide": ("reject", "hid it"),
    "approve": ("approve", "approved it"),
    "undo": ("undo", "took a decision back"),
    "report": ("flag", "reported it"),
    "submit": ("reply", "wrote it"),
    "hold": ("hold", "held it"),
    "reply": ("reply", "replied as the merchant"),
    "note": ("note", "left a note"),
    "notice": ("info", "noted it"),
    "edit": ("edit", "edited it"),
    "import": ("imports", "updated it"),
    "rollback": ("undo", "was rolled back"),
    "recompute": ("wrench", "counted its numbers anew"),
    "breaker": ("flag", "let further reports only queue for an hour"),
    "bulk": ("edit", "changed it, with others"),
    "merge": ("products", "merged it"),
}

# Where what did it has its page, and what it is called there.
PLACES: dict[str, tuple[str, str]] = {"run": ("imports", "Run"), "job": ("jobs", "Job")}

ACTORS: dict[str, str] = {
    "user": "Somebody",
    "key": "A client of the API",
    "public": "The public",
    "rule": "A rule",
    "import": "An import",
    "system": "The system",
}

# What a decision was, for whoever has just made it or takes it back.
DECIDED: dict[str, str] = {
    "hide": "Hidden",
    "approve": "Approved",
    "hold": "On hold",
    "reply": "Replied",
    "edit": "Saved",
    "undo": "Taken back",
}

# What reviewers chose from, worst or smallest first; the stored value is the place in this list.
SCALES: dict[str, tuple[str, str, str, str, str]] = {
    "Size": ("A size too small", "Half a size too small", "Perfect", "Half a size too big", "A size too big"),
    "Width": ("Too narrow", "Slightly narrow", "Perfect", "Slightly wide", "Too wide"),
    "Comfort": ("Uncomfortable", "Slightly uncomfortable", "Ok", "Comfortable", "Perfect"),
    "Quality": ("Poor", "Below average", "What was expected", "Pretty great", "Perfect"),
    "Length": ("Runs short", "Runs slightly short", "Perfect", "Runs slightly long", "Runs long"),
    "Fit": ("Runs tight", "Runs slightly tight", "Perfect", "Runs slightly loose", "Runs loose"),
}

FIELDS: dict[str, str] = {
    "state": "Status",
    "summary": "Title",
    "body": "Text",
    "response": "Reply",
    "rating": "Rating",
    "recommend": "Recommends",
    "reviewer_name": "Reviewer",
    "product_id": "Product",
    "ratings": "Characteristics",
    "helpfulness": "Helpful",
    "helpfulness_base": "Helpful, as delivered",
    "written_at": "Written",
    "photo_urls": "Photos",
    "reviewer_email": "E-mail",
}

# A product's kept numbers, by their columns.
NUMBERS: dict[str, str] = {
    "stars_1": "1 star",
    "stars_2": "2 stars",
    "stars_3": "3 stars",
    "stars_4": "4 stars",
    "stars_5": "5 stars",
    "recommended": "Recommend it",
    "not_recommended": "Do not recommend it",
    "ratings": "Ratings",
    "ratings_sum": "Sum of ratings",
}

# A run merges (relate, merge), loads an empty system (build) or catalogue (fill), or only judges, being a dry one.
STAGES: dict[str, str] = {
    "pin": "Pin objects",
    "read": "Read and clean",
    "shelve": "Read the catalogue",
    "relate": "Check relations",
    "merge": "Merge and rollups",
    "build": "Build indexes",
    "fill": "Fill the catalogue",
    "judge": "Judge, write nothing",
}

# What may have been repaired in a delivered row.
REPAIRS: dict[str, str] = {
    "control": "control characters were taken out",
    "encoding": "a text in Latin-1 or Mac-Roman was read as such",
    "mojibake": "a text that was read in a wrong encoding before was mended",
    "email": "an e-mail address without its shape was kept",
    "name": "a name in another case is as storefronts know it",
    "default": "a missing value got its default",
    "url": "an address got its https",
    "named": "somebody chose a repair for it when it was refused",
}

# Why a record was refused, by the import's codes.
REJECTS: dict[str, str] = {
    "struct": "a quote in an impossible place",
    "fields": "too many or too few fields",
    "missing": "no value",
    "integer": "not a whole number",
    "number": "not a number",
    "range": "outside of what it may be",
    "id_range": "an id that is born here",
    "date": "no date",
    "date_range": "before 1995 or after 2099",
    "boolean": "neither true nor false",
    "encoding": "bytes in no certain encoding",
    "url": "not an http address",
    "name": "no characteristic that storefronts know",
    "too_long": "longer than makes sense",
    "orphan": "what it belongs to does not exist",
    "other_product": "of another product",
    "itself": "a product beside itself",
    "duplicate_name": "a second characteristic of this name",
    # What a mapping told to reject.
    "control": "control characters",
    "mojibake": "read in a wrong encoding before",
    "email": "no e-mail address",
    "default": "nothing where a default would stand",
}


def told(error: AtelierError) -> str:
    """A refusal, with what somebody else did and when where that is known."""
    change = error.change if isinstance(error, Conflict) else None
    return f"{did(change)} Look again, then decide." if change else error.detail


def did(change: Mapping[str, Any]) -> str:
    """Who did what to a review and when, as a sentence: `Ana hid it as duplicate, 3 min ago.`"""
    who = change["actor_name"] or ACTORS[change["actor_kind"]]
    what = ACTIONS.get(change["action"], ("", "changed it"))[1]
    reason = f" as {change['reason_title'].lower()}" if change["reason_title"] else ""
    return f"{who} {what}{reason}, {formats.ago(change['at'])}."


def job(kind: str) -> str:
    """What a kind of job is called; one that has no words yet, by its name."""
    return JOBS.get(kind) or kind.replace("_", " ").replace("-", " ").capitalize()


def plain(code: str | None) -> str:
    """A name of the system's own as people write it: `characteristic_ratings` is characteristic ratings."""
    return (code or "no known format").replace("_", " ")


def screens(kind: str, settings: dict[str, Any]) -> str:
    """The numbers of a rule of screening as a phrase."""
    match kind:
        case Kind.WORDS:
            count = len(settings["words"])
            return f"{count:,} {'word or phrase' if count == 1 else 'words and phrases'}"
        case Kind.COPIES:
            return f"{settings['percent']} % alike or more, among the newest {settings['among']}"
        case Kind.FLOOD:
            return f"more than {settings['most']:,} within {settings['hours']} hours"
    return f"more than {settings['most']}" if settings["most"] else "any at all"


def whose(who: str) -> str:
    """Who changed rows that a rollback left alone: `run 7`, `user 3`, or one of the actors."""
    kind, _, number = who.partition(" ")
    if number:
        return f"Run {number}" if kind == "run" else f"Colleague {number}"
    return {"reviews": "Reviews that refer to it", "public": "Votes and reports"}.get(who, ACTORS.get(who, who))


def repaired(bits: int | None) -> str:
    """What a row keeps of how it was read, in words; empty where nothing was repaired."""
    told = "; ".join(REPAIRS[name] for name in repairs_of(bits))
    return told[:1].upper() + told[1:]


def reported_for(code: str | None) -> str:
    """What a report gave as its reason; a code that is on no list stands for itself."""
    return REASONS.get(code or "", code or "")


# What Nginx says of its cache.
_CACHED = {
    "HIT": "Kept by Nginx",
    "STALE": "Kept by Nginx, out of date",
    "UPDATING": "Kept by Nginx, being fetched anew",
    "MISS": "Not kept: asked for now",
    "EXPIRED": "Ran out: asked for now",
    "BYPASS": "Passed by: asked for now",
}


def cached(told: str, age: str, keeps: str) -> str:
    """What an answer's headers say of caches, in words."""
    parts = [_CACHED.get(told, told or "No cache on the way")]
    if age.isdigit():
        parts.append(f"{int(age)} s old")
    if found := re.search(r"max-age=(\d{1,9})", keeps):
        parts.append(f"may be kept for {int(found[1]):,} s")
    elif "no-cache" in keeps:
        parts.append("asked about at each use")
    return ", ".join(parts)


def scale(name: str | None, value: int) -> str:
    """What a characteristic's value says; the bare figure for a characteristic that has no scale."""
    steps = SCALES.get(name or "")
    return steps[value - 1] if steps and 1 <= value <= len(steps) else f"{value} of 5"


def counted(number: int, what: str) -> str:
    """1 photo, 2 photos."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def shown(field: str, value: Any) -> str:
    """A column's value as people read it."""
    if field == "state":
        word = REVIEW.get(str(value))
        return word.text if word else str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None or value == "" else str(value)
