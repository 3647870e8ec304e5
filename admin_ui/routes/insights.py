"""Insights: how moderation goes, each figure as a file, and the moderation report."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from admin_ui import figures, rendering, spreadsheet
from admin_ui.routes.asking import AnyRequest
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain.errors import Invalid, NotFound
from backend.observe.requests import note_source
from backend.services import insights, periods, reporting
from backend.services.periods import Period

PERIODS = (7, 30, 90)
USUAL = 30


@get("/insights")
async def show_insights(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Every figure of the last days."""
    days = _days(request)
    async with request.app.state.database.read() as reader:
        found = await insights.all_of(reader, visit.actor, periods.last_days(days, visit.zone))
        context = {
            "insights": found,
            "days": days,
            "periods": PERIODS,
            "figures": figures,
            "most": insights.MOST_WAITING,
            **await frame(reader, visit),
        }
        note_source(request.scope, reader.source)
    return rendering.render(request, "insights.html", visit, context)


@get("/insights/csv/{figure:str}")
async def one_figure(request: AnyRequest, visit: SignedIn, figure: FromPath[str]) -> Response[str]:
    """A figure's table as a file."""
    if figure not in figures.TABLES:
        raise NotFound("There is no such figure.")
    period = periods.last_days(_days(request), visit.zone)
    async with request.app.state.database.read() as reader:
        found = await insights.all_of(reader, visit.actor, period)
    return spreadsheet.download(figures.TABLES[figure](found), f"{figure}-{period.first}-{period.last}.csv")


@get("/insights/report")
async def show_report(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """The moderation report of a period, to read and to print; of the last month where none is asked for."""
    errors: dict[str, str] = {}
    period = periods.last_month(visit.zone)
    report = None
    async with request.app.state.database.read() as reader:
        try:
            period = _period(request, visit)
            report = await reporting.moderation(reader, visit.actor, period)
        except Invalid as error:
            errors = {field.field: field.message for field in error.errors}
        asked = request.query_params
        context: dict[str, Any] = {
            "report": report,
            "errors": errors,
            "typed": {"from": asked.get("from") or period.first, "to": asked.get("to") or period.last},
            "figures": figures,
            **await frame(reader, visit),
        }
    return rendering.render(request, "report.html", visit, context, status=Invalid.status if errors else 200)


@get("/insights/report.csv")
async def download_report(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """The same as a file."""
    period = _period(request, visit)
    async with request.app.state.database.read() as reader:
        report = await reporting.moderation(reader, visit.actor, period)
    return spreadsheet.download(figures.report_table(report), f"moderation-report-{period.first}-{period.last}.csv")


def _days(request: AnyRequest) -> int:
    asked = request.query_params.get("days", "")
    return next((days for days in PERIODS if asked == str(days)), USUAL)


def _period(request: AnyRequest, visit: Visit) -> Period:
    asked = request.query_params
    if not asked.get("from") and not asked.get("to"):
        return periods.last_month(visit.zone)
    return periods.between(asked.get("from", ""), asked.get("to", ""), visit.zone)


handlers = [show_insights, one_figure, show_report, download_report]
