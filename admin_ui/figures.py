"""The figures of the insights: each as a chart where it is one, and as a table to take along."""

from collections.abc import Callable, Mapping
from typing import Any

from admin_ui import charts, words
from admin_ui.charts import Chart
from admin_ui.spreadsheet import Table
from backend.domain.decisions import Outcome
from backend.services.insights import Insights
from backend.services.products import Month
from backend.services.reporting import MADE_BY, Report
from backend.store.database import Row

LIST = "/console/reviews"
HALF = 4  # labels under a chart that has half the page
DECIDED = tuple(outcome.value for outcome in Outcome)


def queue_chart(insights: Insights) -> Chart:
    """What people decided, a column a day, under the line of what was opened."""
    days = [{**day, "opened": day["reported"] + day["held"]} for day in insights.queue.days]
    return charts.columns(
        days,
        {"stood": "b2", "refused": "b1"},
        line="opened",
        label=_day,
        title=lambda day: (
            f"{_day(day)}: {day['opened']:,} opened, {day['stood']:,} let stand, {day['refused']:,} refused"
        ),
    )


def written_chart(insights: Insights) -> Chart:
    """Reviews by the day they were written; each day leads to its reviews."""
    return charts.columns(
        insights.written,
        {"delivered": "b2", "born": "b1"},
        label=_day,
        title=lambda day: f"{_day(day)}: {day['delivered']:,} delivered, {day['born']:,} born here",
        href=lambda day: f"{LIST}?from={day['day']}&to={day['day']}",
    )


def trend(months: list[Month]) -> dict[str, Chart]:
    """A product's reviews and their average, month by month."""
    rows = [{"month": each.month, "reviews": each.reviews, "average": each.average} for each in months]
    title = _told_month
    return {
        "reviews": charts.columns(rows, {"reviews": "b1"}, label=_month, title=title, most_labels=HALF),
        "average": charts.course(rows, "average", 1, 5, label=_month, title=title, most_labels=HALF),
    }


def sparks(insights: Insights) -> dict[str, list[int]]:
    """The courses on the tiles."""
    days = insights.queue.days
    return {
        "opened": [day["reported"] + day["held"] for day in days],
        "decided": [day["refused"] + day["stood"] for day in days],
    }


def queue_table(insights: Insights) -> Table:
    head = ("day", "reported cases opened", "held cases opened", "refused", "let stand")
    days = insights.queue.days
    return head, [(str(day["day"]), day["reported"], day["held"], day["refused"], day["stood"]) for day in days]


def reasons_table(insights: Insights) -> Table:
    return ("reason", "title", "refused"), [
        (row["code"] or "", reason_title(row), row["refused"]) for row in insights.reasons
    ]


def deciders_table(insights: Insights) -> Table:
    return ("who", *DECIDED), [(decider(row), *(row[name] for name in DECIDED)) for row in insights.deciders]


def stars_table(insights: Insights) -> Table:
    return ("stars", "judged", "refused", "share refused in per cent"), [
        (
            row["rating"],
            judged := row["refused"] + row["stood"],
            row["refused"],
            round(100 * row["refused"] / judged, 2) if judged else None,
        )
        for row in insights.stars.rows
    ]


def written_table(insights: Insights) -> Table:
    return ("day", "delivered", "born here"), [
        (str(day["day"]), day["delivered"], day["born"]) for day in insights.written
    ]


# By the name in its address.
TABLES: Mapping[str, Callable[[Insights], Table]] = {
    "queue": queue_table,
    "reasons": reasons_table,
    "deciders": deciders_table,
    "stars": stars_table,
    "reviews": written_table,
}


def report_table(report: Report) -> Table:
    """The moderation report, a line a figure."""
    rows: list[tuple[str, str, str, int | float | None]] = [
        ("notices", words.reported_for(row["reason"]) or "no reason given", maker, row[maker])
        for row in report.notices
        for maker in ("public", "colleagues")
    ]
    rows += [
        ("decisions", words.OUTCOMES[outcome], maker, report.outcomes[outcome][maker])
        for outcome in Outcome
        for maker in MADE_BY
    ]
    rows += [("refusals by reason", reason_title(row), "", row["refused"]) for row in report.reasons]
    rows.append(("refusals that were brought back", "", "", report.reinstated))
    rows.append(("median seconds to a decision", "", "", round(report.median) if report.median else None))
    period = f"{report.period.first} to {report.period.last}"
    return ("period", "figure", "of", "by", "count"), [(period, *row) for row in rows]


def reason_title(row: Row) -> str:
    """A reason as moderators read it; its code where it is none of ours."""
    return str(row["title"] or row["code"] or "No reason")


def decider(row: Row) -> str:
    """Who decided, by name or by kind."""
    if row["name"]:
        return str(row["name"])
    kinds = {**words.ACTORS, "user": "Somebody who is gone", "rule": "Rules", "key": "Clients of the API"}
    return kinds[row["actor_kind"]]


def _day(row: Mapping[str, Any]) -> str:
    return charts.day_label(row["day"])


def _month(row: Mapping[str, Any]) -> str:
    return f"{row['month']:%b %Y}"


def _told_month(row: Mapping[str, Any]) -> str:
    if row["average"] is None:
        return f"{_month(row)}: no reviews"
    word = "review" if row["reviews"] == 1 else "reviews"
    return f"{_month(row)}: {row['reviews']:,} {word}, {row['average']:.2f} on average"
