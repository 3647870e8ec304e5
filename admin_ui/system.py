"""The service as the console tells it: twelve figures with their targets and courses, and the words of each part."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from admin_ui import charts, formats
from admin_ui.charts import Spark
from admin_ui.words import Word
from backend.domain.targets import NO_ANSWER, PROVEN_RATE, SILENT, TARGETS
from backend.services.system import Look
from backend.services.system.standing import Server
from backend.store.database import Row

Course = list[float | None]

QUEUES = {"imports": "Imports", "jobs": "What people ask for", "chores": "Housekeeping"}
_VARIABLE = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure. `missed` says that its target is; None where nothing could be judged. `href` leads to its part."""

    name: str
    value: str
    unit: str
    remark: str
    missed: bool | None
    course: Course
    spark: Spark
    href: str
    digits: int


def tiles(look: Look) -> list[Tile]:
    """The twelve figures, in two rows: what callers feel, and what it stands on."""
    return [*_felt(look), *_below(look)]


def judged(shown: Iterable[Tile]) -> tuple[int, int]:
    """How many figures are within their targets, of how many that could be judged."""
    found = [tile.missed for tile in shown if tile.missed is not None]
    return found.count(False), len(found)


def _felt(look: Look) -> list[Tile]:
    traffic, points = look.traffic, look.traffic.points
    busy = traffic.rate > PROVEN_RATE
    made = [
        _tile(
            "Requests/s",
            figure(traffic.rate),
            "",
            f"{'over the' if busy else 'proven to'} {PROVEN_RATE:,}{' that are proven' if busy else ''}",
            busy,
            [point.rate for point in points],
            "#routes",
            limit=PROVEN_RATE,
        ),
        _target(look, "errors", "Errors", traffic.now.failing, "%", [point.served.failing for point in points]),
    ]
    for code, course in (
        ("p50", [point.api.p50 for point in points]),
        ("p95", [point.api.p95 for point in points]),
        ("p99", [point.api.p99 for point in points]),
    ):
        made.append(_target(look, code, code, getattr(traffic.now_api, code), "ms", course))
    return made


def _target(look: Look, code: str, name: str, value: float | None, unit: str, course: Course) -> Tile:
    """A figure of requests, against its target; few of them say nothing."""
    target = TARGETS[code]
    read = {reading.code: reading.missed for reading in look.readings()}
    limit = target.limit_told()
    missed: bool | None = read.get(code, False)
    if value is None:
        missed, remark = None, "no request in 5 min"
    elif missed:
        remark = f"over {limit}{since(look, code)}"
    elif target.missed(value):
        missed, remark = None, "of too few to judge"
    else:
        remark = f"up to {limit}"
    return _tile(name, "—" if value is None else figure(value), unit, remark, missed, course, "#routes", target.limit)


def _below(look: Look) -> list[Tile]:
    stands, courses = look.standing, look.courses
    size = len(look.traffic.points)

    def course(code: str) -> Course:
        return courses.get(code, [None] * size)

    gone = [each["name"] for each in stands.instances if each["silent"] > SILENT]
    primary = stands.servers[0]
    stalled = stands.jobs("stalled")
    return [
        _lag(look, course("lag")),
        _tile(
            "Instances",
            str(stands.serving()),
            f"of {len(stands.instances)}",
            f"{gone[0]} is gone" if len(gone) == 1 else f"{len(gone)} are gone" if gone else "all of them",
            bool(gone),
            course("serving"),
            "#instances",
        ),
        _limited(
            look,
            "connections",
            "Connections",
            primary.taken,
            f"of {primary.most_connections}",
            course("connections"),
            "#postgres",
            shown=str(primary.connections),
            limit="up to 80 %",
        ),
        _tile(
            "Jobs waiting",
            f"{stands.jobs('waiting'):,}",
            "",
            "counting took too long"
            if stands.queues is None
            else f"{stalled:,} stalled"
            if stalled
            else "none stalled",
            None if stands.queues is None else stalled > 0,
            course("waiting"),
            "#queue",
        ),
        _oldest(look, course("oldest")),
        _storage(look, course("storage")),
        _disk(look, course("disk")),
    ]


def _lag(look: Look, course: Course) -> Tile:
    replicas = look.standing.servers[1:]
    away = [each.name for each in replicas if each.lag_seconds is None]
    if away:
        return _tile("Replica lag", "—", "", f"{away[0]} does not answer", True, course, "#postgres")
    most = max((each.lag_seconds for each in replicas if each.lag_seconds is not None), default=None)
    return _limited(look, "lag", "Replica lag", most, "s", course, "#postgres", "no replica")


def _oldest(look: Look, course: Course) -> Tile:
    seconds = look.standing.oldest
    if seconds is None:
        return _tile("Oldest report", "—", "", "none waits", None, course, "/console/queue")
    shown, unit = formats.rough(seconds).split(" ")
    return _limited(look, "oldest", "Oldest report", seconds / 3600, unit, course, "/console/queue", shown=shown)


def _storage(look: Look, course: Course) -> Tile:
    places = look.standing.storage
    away = [row["subject"] for row in places if row["value"] >= NO_ANSWER]
    worst = max((row["value"] for row in places), default=None)
    count = f"reachable, {len(places)} {'place' if len(places) == 1 else 'places'}"
    drawn: Course = [None if value is not None and value >= NO_ANSWER else value for value in course]
    if away:
        remark = f"{len(away)} of {len(places)} do not answer" if len(places) > 1 else "does not answer"
        return _tile("Storage", "—", "", remark, True, drawn, "#storage")
    return _limited(look, "storage", "Storage", worst, "ms", drawn, "#storage", "no place is known", limit=count)


def _disk(look: Look, course: Course) -> Tile:
    shares = [
        (100 * each["disk_used"] / each["disk_size"], each["name"])
        for each in look.standing.instances
        if each["disk_size"]
    ]
    share, _ = max(shares, default=(None, ""))
    return _limited(look, "disk", "Disk", share, "%", course, "#instances", "nobody told")


def _limited(
    look: Look,
    code: str,
    name: str,
    value: float | None,
    unit: str,
    course: Course,
    href: str,
    none: str = "",
    *,
    shown: str = "",
    limit: str = "",
) -> Tile:
    """A figure against its target; `none` is said where there is nothing to judge."""
    target = TARGETS[code]
    if value is None:
        return _tile(name, "—", "", none, None, course, href)
    missed = target.missed(value)
    told = target.limit_told()
    remark = f"over {told}{since(look, code)}" if missed else limit or f"up to {told}"
    return _tile(name, shown or figure(value), unit, remark, missed, course, href, target.limit)


def _tile(
    name: str,
    value: str,
    unit: str,
    remark: str,
    missed: bool | None,
    course: Course,
    href: str,
    limit: float | None = None,
) -> Tile:
    digits = 0 if all(value is None or value == int(value) for value in course) else 2
    return Tile(name, value, unit, remark, missed, course, charts.spark(course, limit), href, digits)


def live(look: Look) -> dict[str, float | None]:
    """What a load test measures, as it is now without one: requests/s, errors as a share, milliseconds."""
    traffic = look.traffic
    failing, api = traffic.now.failing, traffic.now_api
    errors = None if failing is None else failing / 100
    return {"rate": traffic.rate, "errors": errors, "p50": api.p50, "p95": api.p95, "p99": api.p99}


def since(look: Look, code: str) -> str:
    """` for 5 min` where an alert says since when; nothing else."""
    began = [alert["began_at"] for alert in look.open if alert["code"] == code]
    return f" for {formats.rough((look.at - min(began)).total_seconds())}" if began else ""


def figure(value: float) -> str:
    """812, 17, 3.1, 0.02: as many digits as one reads at a glance."""
    if value >= 10:  # noqa: PLR2004 -- below it the tenths matter
        return f"{value:,.0f}"
    if value >= 1:
        return f"{value:.1f}"
    return f"{value:.2f}" if value else "0"


def milliseconds(value: float | None) -> str:
    """17 ms; a dash where there is none."""
    return "—" if value is None else f"{figure(value)} ms"


def told(alert: Row) -> str:
    """What an alert saw: at its worst where it has ended."""
    value = alert["worst"] if "latest" not in alert or alert["held_since"] else alert["latest"]
    target = TARGETS.get(alert["code"])
    if target is None:
        return f"{alert['code']} {alert['subject']}".strip()
    if alert["code"] == "storage" and value >= NO_ANSWER:
        return f"{alert['subject']} does not answer"
    return target.told(alert["subject"], value)


def grave(alert: Row) -> bool:
    """Whether callers feel it."""
    target = TARGETS.get(alert["code"])
    return target is not None and target.grave


def limit(alert: Row) -> str:
    """The target as it was then: 250 ms."""
    target = TARGETS.get(alert["code"])
    return f"{alert['target']:,.0f} {target.unit if target else ''}".strip()


def route(name: str) -> str:
    """A route without the names of its variables: PUT /reviews/…/helpful."""
    return _VARIABLE.sub("…", name)


def state(row: Row, revision: str) -> Word:
    """An instance in a word."""
    if row["silent"] > SILENT:
        return Word("bad", "reject", f"Gone for {formats.rough(row['silent'])}")
    if row["revision"] != revision:
        return Word("warn", "warn", "Other schema")
    return Word("good", "approve", "Working" if row["role"] == "worker" else "Serving")


def server_state(server: Server) -> Word:
    """A Postgres in a word."""
    if server.connections is None:
        return Word("bad", "reject", "Does not answer")
    return Word("good", "approve", "Serving") if server.serves else Word("warn", "warn", "Out of rotation")


def shares(look: Look) -> dict[str, float]:
    """What each instance served within the last five minutes, in per cent of all of its kind."""
    counts = {name: served.requests for name, served in look.traffic.instances.items()}
    kinds: dict[str, int] = {}
    for each in look.standing.instances:
        kinds[each["role"]] = kinds.get(each["role"], 0) + counts.get(each["name"], 0)
    return {
        each["name"]: 100 * counts.get(each["name"], 0) / kinds[each["role"]]
        for each in look.standing.instances
        if kinds[each["role"]]
    }


def rows(look: Look, shown: list[Tile]) -> list[tuple[datetime, list[str]]]:
    """The courses as a table, newest first."""
    found = [(point.at, [_cell(tile, place) for tile in shown]) for place, point in enumerate(look.traffic.points)]
    return found[::-1]


def _cell(tile: Tile, place: int) -> str:
    value = tile.course[place]
    return "—" if value is None else f"{value:,.{tile.digits}f}"
