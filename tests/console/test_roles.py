"""Who may: every route by every role, and by nobody. A route that is not in the table fails the test."""

from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from litestar import Litestar

from admin_ui.routes import router
from backend.domain.actors import SYSTEM
from backend.domain.roles import Role
from backend.services import load_tests
from backend.services.bulk import receipts
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio

EVERYBODY = set(Role)
MODERATORS = {Role.MODERATOR, Role.LEAD, Role.ADMINISTRATOR}
LEADS = {Role.LEAD, Role.ADMINISTRATOR}
REPORTERS = MODERATORS | {Role.OPERATOR}
IMPORTERS = {Role.OPERATOR, Role.ADMINISTRATOR}
OPERATORS = {Role.OPERATOR, Role.ADMINISTRATOR}
LEADS = {Role.LEAD, Role.ADMINISTRATOR}
ADMINISTRATORS = {Role.ADMINISTRATOR}

# method, address, the route's template, form, who may
TABLE: list[tuple[str, str, str, dict[str, Any], set[Role]]] = [
    ("GET", "/console/", "/console", {}, EVERYBODY),
    ("GET", "/console/account", "/console/account", {}, EVERYBODY),
    ("POST", "/console/account/password", "/console/account/password", {}, EVERYBODY),
    ("POST", "/console/account/time-zone", "/console/account/time-zone", {"time_zone": "UTC"}, EVERYBODY),
    ("POST", "/console/account/sign-out-elsewhere", "/console/account/sign-out-elsewhere", {}, EVERYBODY),
    ("GET", "/console/keys", "/console/keys", {}, EVERYBODY),
    ("GET", "/console/queue", "/console/queue", {}, EVERYBODY),
    ("GET", "/console/reviews", "/console/reviews", {}, EVERYBODY),
    ("GET", "/console/reviews/count", "/console/reviews/count", {}, EVERYBODY),
    ("GET", "/console/reviews/1", "/console/reviews/{review_id}", {}, EVERYBODY),
    ("GET", "/console/reviews?reviewer=a%40b", "/console/reviews", {}, MODERATORS),
    ("GET", "/console/reviews/1/served", "/console/reviews/{review_id}/served", {}, EVERYBODY),
    ("GET", "/console/reviews/1/delivered", "/console/reviews/{review_id}/delivered", {}, MODERATORS),
    ("GET", "/console/reviews/1/edit", "/console/reviews/{review_id}/edit", {}, MODERATORS),
    ("POST", "/console/reviews/1/edit", "/console/reviews/{review_id}/edit", {"version": "1"}, MODERATORS),
    ("POST", "/console/views", "/console/views", {"name": "Mine"}, EVERYBODY),
    ("POST", "/console/views", "/console/views", {"name": "Ours", "shared": "1"}, REPORTERS),
    ("POST", "/console/views/1", "/console/views/{view_id}", {"name": "Leads'", "shared": "1"}, LEADS),
    ("POST", "/console/exports", "/console/exports", {}, EVERYBODY),
    ("POST", "/console/exports", "/console/exports", {"emails": "1"}, MODERATORS),
    ("GET", "/console/exports/1/reviews.csv", "/console/exports/{job_id}/reviews.csv", {}, LEADS),
    ("POST", "/console/judge", "/console/judge", {"review": "1", "decision": "report"}, REPORTERS),
    ("POST", "/console/judge", "/console/judge", {"review": "2", "hide": "spam"}, MODERATORS),
    ("POST", "/console/judge", "/console/judge", {"review": "3", "decision": "restore"}, MODERATORS),
    ("POST", "/console/judge", "/console/judge", {"review": "4", "decision": "hold"}, MODERATORS),
    ("POST", "/console/reply", "/console/reply", {"review": "1", "reply": "Thank you."}, MODERATORS),
    ("POST", "/console/note", "/console/note", {"review": "1", "note": "Seen before."}, MODERATORS),
    ("POST", "/console/claims", "/console/claims", {"open": "1.1", "card": "2"}, EVERYBODY),
    ("POST", "/console/undo", "/console/undo", {"event": "1"}, MODERATORS),
    ("POST", "/console/undo", "/console/undo", {}, MODERATORS),
    ("POST", "/console/bulk", "/console/bulk", {"review": "1"}, MODERATORS),
    ("GET", "/console/bulk/1", "/console/bulk/{bulk_id}", {}, EVERYBODY),
    ("POST", "/console/bulk/1/changes", "/console/bulk/{bulk_id}/changes", {"kind": "repair"}, MODERATORS),
    ("POST", "/console/bulk/1/run", "/console/bulk/{bulk_id}/run", {"why": "Spam"}, MODERATORS),
    ("POST", "/console/bulk/1/wish", "/console/bulk/{bulk_id}/wish", {"wish": "pause"}, MODERATORS),
    ("POST", "/console/bulk/1/revert", "/console/bulk/{bulk_id}/revert", {"which": "all"}, MODERATORS),
    ("GET", "/console/imports", "/console/imports", {}, EVERYBODY),
    ("GET", "/console/imports/new", "/console/imports/new", {}, IMPORTERS),
    ("GET", "/console/imports/new/read?source=s3://b/x", "/console/imports/new/read", {}, IMPORTERS),
    ("POST", "/console/imports/new/mapping", "/console/imports/new/mapping", {"source": "s3://b/x"}, IMPORTERS),
    ("GET", "/console/imports/new/check?source=s3://b/x", "/console/imports/new/check", {}, IMPORTERS),
    ("GET", "/console/imports/new/start?source=s3://b/x", "/console/imports/new/start", {}, IMPORTERS),
    ("POST", "/console/imports", "/console/imports", {"source": "s3://b/x"}, IMPORTERS),
    ("GET", "/console/imports/1/compare", "/console/imports/{run_id}/compare", {}, EVERYBODY),
    ("GET", "/console/imports/1", "/console/imports/{run_id}", {}, EVERYBODY),
    ("GET", "/console/imports/1/live", "/console/imports/{run_id}/live", {}, EVERYBODY),
    ("POST", "/console/imports/1/cancel", "/console/imports/{run_id}/cancel", {}, IMPORTERS),
    ("POST", "/console/imports/1/pause", "/console/imports/{run_id}/pause", {}, IMPORTERS),
    ("POST", "/console/imports/1/resume", "/console/imports/{run_id}/resume", {}, IMPORTERS),
    ("POST", "/console/imports/1/rollback", "/console/imports/{run_id}/rollback", {}, IMPORTERS),
    ("GET", "/console/imports/1/rejects/1", "/console/imports/{run_id}/rejects/{reject}", {}, EVERYBODY),
    ("POST", "/console/imports/1/repairs", "/console/imports/{run_id}/repairs", {}, IMPORTERS),
    ("GET", "/console/imports/1/rejects.csv", "/console/imports/{run_id}/rejects.csv", {}, EVERYBODY),
    ("GET", "/console/system", "/console/system", {}, EVERYBODY),
    ("GET", "/console/system/live", "/console/system/live", {}, EVERYBODY),
    ("GET", "/console/system/runbook", "/console/system/runbook", {}, EVERYBODY),
    ("GET", "/console/jobs", "/console/jobs", {}, EVERYBODY),
    ("GET", "/console/jobs/1", "/console/jobs/{job_id}", {}, EVERYBODY),
    ("POST", "/console/jobs/1/pause", "/console/jobs/{job_id}/pause", {}, LEADS),
    ("POST", "/console/jobs/1/resume", "/console/jobs/{job_id}/resume", {}, LEADS),
    ("POST", "/console/jobs/1/cancel", "/console/jobs/{job_id}/cancel", {}, LEADS),
    ("GET", "/console/erase?review=1", "/console/erase", {}, LEADS),
    ("POST", "/console/erase", "/console/erase", {"email": "a@example.org", "why": "Asked"}, LEADS),
    ("POST", "/console/jobs/1/erase", "/console/jobs/{job_id}/erase", {"number": "1"}, LEADS),
    ("GET", "/console/redact?review=1", "/console/redact", {}, LEADS),
    ("POST", "/console/redact", "/console/redact", {"review": "1", "why": "Asked", "number": "1"}, LEADS),
    ("GET", "/console/people", "/console/people", {}, ADMINISTRATORS),
    ("POST", "/console/people/invitations", "/console/people/invitations", {"role": "lead"}, ADMINISTRATORS),
    (
        "POST",
        "/console/people/invitations/1/withdraw",
        "/console/people/invitations/{invitation_id}/withdraw",
        {},
        ADMINISTRATORS,
    ),
    ("GET", "/console/people/1", "/console/people/{person_id}", {}, ADMINISTRATORS),
    ("POST", "/console/people/9/role", "/console/people/{person_id}/role", {"role": "lead"}, ADMINISTRATORS),
    ("POST", "/console/people/9/disable", "/console/people/{person_id}/disable", {}, ADMINISTRATORS),
    ("POST", "/console/people/9/enable", "/console/people/{person_id}/enable", {}, ADMINISTRATORS),
    ("POST", "/console/people/9/sign-out", "/console/people/{person_id}/sign-out", {}, ADMINISTRATORS),
    ("GET", "/console/people/keys", "/console/people/keys", {}, ADMINISTRATORS),
    ("POST", "/console/people/keys", "/console/people/keys", {}, ADMINISTRATORS),
    ("POST", "/console/people/keys/9/revoke", "/console/people/keys/{key_id}/revoke", {}, ADMINISTRATORS),
    ("GET", "/console/audit", "/console/audit", {}, EVERYBODY),
    ("GET", "/console/settings", "/console/settings", {}, EVERYBODY),
    ("GET", "/console/settings/reasons", "/console/settings/reasons", {}, EVERYBODY),
    ("POST", "/console/settings/reasons", "/console/settings/reasons", {}, LEADS),
    ("GET", "/console/settings/new-reason", "/console/settings/new-reason", {}, LEADS),
    ("GET", "/console/settings/reasons/spam", "/console/settings/reasons/{code}", {}, LEADS),
    ("POST", "/console/settings/reasons/spam", "/console/settings/reasons/{code}", {}, LEADS),
    ("POST", "/console/settings/reasons/spam/move", "/console/settings/reasons/{code}/move", {"by": "up"}, LEADS),
    ("GET", "/console/settings/templates", "/console/settings/templates", {}, EVERYBODY),
    ("POST", "/console/settings/templates", "/console/settings/templates", {}, LEADS),
    ("GET", "/console/settings/new-template", "/console/settings/new-template", {}, LEADS),
    ("GET", "/console/settings/templates/size", "/console/settings/templates/{code}", {}, LEADS),
    ("POST", "/console/settings/templates/size", "/console/settings/templates/{code}", {}, LEADS),
    ("POST", "/console/settings/templates/size/move", "/console/settings/templates/{code}/move", {"by": "up"}, LEADS),
    ("GET", "/console/settings/screening", "/console/settings/screening", {}, EVERYBODY),
    (
        "POST",
        "/console/settings/screening",
        "/console/settings/screening",
        {"kind": "flood", "name": "x", "action": "hold", "most": "5", "hours": "24"},
        LEADS,
    ),
    ("GET", "/console/settings/new-rule?kind=words", "/console/settings/new-rule", {}, LEADS),
    ("GET", "/console/settings/screening/links", "/console/settings/screening/{name}", {}, LEADS),
    (
        "POST",
        "/console/settings/screening/links",
        "/console/settings/screening/{name}",
        {"kind": "links", "action": "hold", "most": "0"},
        LEADS,
    ),
    ("POST", "/console/settings/screening/links/remove", "/console/settings/screening/{name}/remove", {}, LEADS),
    ("GET", "/console/products", "/console/products", {}, EVERYBODY),
    ("GET", "/console/products/1", "/console/products/{product_id}", {}, EVERYBODY),
    ("GET", "/console/products/1/edit", "/console/products/{product_id}/edit", {}, MODERATORS),
    ("POST", "/console/products/1/edit", "/console/products/{product_id}/edit", {"version": "1"}, MODERATORS),
    ("POST", "/console/products/1/recompute", "/console/products/{product_id}/recompute", {}, LEADS),
    ("GET", "/console/insights", "/console/insights", {}, EVERYBODY),
    ("GET", "/console/insights/csv/queue", "/console/insights/csv/{figure}", {}, EVERYBODY),
    ("GET", "/console/insights/report", "/console/insights/report", {}, EVERYBODY),
    ("GET", "/console/insights/report.csv", "/console/insights/report.csv", {}, EVERYBODY),
    ("GET", "/console/system/load-tests", "/console/system/load-tests", {}, EVERYBODY),
    ("GET", "/console/system/load-tests/1", "/console/system/load-tests/{number}", {}, EVERYBODY),
]
# For strangers as well, or for nobody at all.
OPEN = {
    "/console/login",
    "/console/logout",
    "/console/invited",
    "/console/tastes",
    "/console/static/{name}",
    "/console/{rest}",
}


@pytest.fixture
async def something(database: Database, client: httpx.AsyncClient, assembled: Litestar) -> None:
    assembled.state.closing.set()  # a stream ends with its first message
    async with database.write() as writer:
        for number in (1, 2, 3, 4):
            await cast.review(writer, id=number)
        owner = await writer.fetch_value(
            "insert into user_account (email, name, role, password_hash)"
            " values ('owner@example.org', 'Owner', 'moderator', '!') returning id"
        )
        await writer.execute(
            "insert into saved_view (user_id, name, query, shared) values (%s, 'Theirs', '', true)", (owner,)
        )
        job = await writer.fetch_value("insert into job (kind, asked_by) values ('export', %s) returning id", (owner,))
        await writer.execute(
            "insert into export (job_id, query, time_zone, emails) values (%s, '', 'UTC', false)", (job,)
        )
        await writer.execute(
            "insert into import_run (source, state, finished_at) values ('s3://b/x', 'finished', now())"
        )
        await writer.execute("insert into job (kind) values ('nothing')")
        await load_tests.store(writer, SYSTEM, cast.load_test())
        await receipts.of_chosen(writer, SYSTEM, [1], ZoneInfo("UTC"))


async def ask(browser: Browser, method: str, url: str, form: dict[str, Any]) -> int:
    response = await (browser.get(url) if method == "GET" else browser.post(url, form))
    return response.status_code


@pytest.mark.parametrize("role", list(Role))
async def test_each_role(enter: Enter, something: None, role: Role) -> None:
    browser = await enter(role)
    for method, url, _, form, allowed in TABLE:
        status = await ask(browser, method, url, form)
        assert (status != 403) == (role in allowed), (method, url, form, status)
        assert status < 500, (method, url)


async def test_strangers_are_sent_to_the_door(stranger: Browser, something: None) -> None:
    token = await stranger.token("/console/login")
    for method, url, _, form, _ in TABLE:
        response = await stranger.http.request(method, url, data={**form, "csrf": token} if method == "POST" else None)
        assert response.status_code == 303, (method, url)
        assert response.headers["location"].startswith("/console/login?next="), (method, url)


async def test_htmx_is_sent_to_the_door_as_well(stranger: Browser) -> None:
    response = await stranger.get("/console/reviews", **{"hx-request": "true"})
    assert response.headers["hx-redirect"] == "/console/login?next=/console/reviews"
    assert response.content == b""


def test_no_route_is_missing_from_the_table() -> None:
    routes = {route.path_format for route in Litestar([router()], openapi_config=None).routes}
    assert routes == {template for _, _, template, _, _ in TABLE} | OPEN


@pytest.mark.parametrize(
    ("role", "offered", "not_offered"),
    [
        (Role.VIEWER, (), ('name="hide"', 'value="report"', "New import", 'type="checkbox" name="review"')),
        (Role.OPERATOR, ('value="report"',), ('name="decision" value="hide"', 'value="restore"')),
        (Role.MODERATOR, ('value="restore"', 'value="report"'), ("New import",)),
    ],
)
async def test_pages_offer_what_one_may(
    enter: Enter, something: None, role: Role, offered: tuple[str, ...], not_offered: tuple[str, ...]
) -> None:
    browser = await enter(role)
    pages = [(await browser.get(url)).text for url in ("/console/reviews", "/console/reviews/1")]
    imports = (await browser.get("/console/imports")).text
    for words in offered:
        assert all(words in page for page in pages), words
    for words in not_offered:
        assert not any(words in page for page in (*pages, imports)), words
