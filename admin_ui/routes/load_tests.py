"""Load tests that were kept: the latest ones, one of them, and two side by side."""

from litestar import Response, get
from litestar.params import FromPath

from admin_ui import load_tests as telling
from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, an_id
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn
from backend.services import load_tests


@get("/system/load-tests")
async def list_load_tests(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Load tests, newest first."""
    asked = request.query_params.get("before", "")
    before = an_id(asked, "load test") if asked else None
    async with request.app.state.database.read() as reader:
        rows, older = await load_tests.page(reader, visit.actor, before)
        context = {
            "tests": rows,
            "older": older,
            "before": before,
            "telling": telling,
            **await frame(reader, visit),
        }
    return rendering.render(request, "load_tests.html", visit, context)


@get("/system/load-tests/{number:str}")
async def one_load_test(request: AnyRequest, visit: SignedIn, number: FromPath[str]) -> Response[str]:
    """One load test; beside another, where the address names one."""
    wanted, asked = an_id(number, "load test"), request.query_params.get("with", "")
    async with request.app.state.database.read() as reader:
        test = await load_tests.one(reader, visit.actor, wanted)
        others, _ = await load_tests.page(reader, visit.actor, size=load_tests.OFFERED)
        context = {
            "test": test,
            "other": await load_tests.one(reader, visit.actor, an_id(asked, "load test")) if asked else None,
            "others": [row for row in others if row["id"] != wanted],
            "telling": telling,
            **await frame(reader, visit),
        }
    template = "load_test_compare.html" if asked else "load_test.html"
    return rendering.render(request, template, visit, context)


handlers = [list_load_tests, one_load_test]
