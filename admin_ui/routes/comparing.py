"""An import run beside another: counts, rates, rejects by kind, what the columns hold."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from admin_ui import comparison, rendering
from admin_ui.routes.asking import AnyRequest, an_id
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn
from backend.services import importing


@get("/imports/{run_id:str}/compare")
async def compare(request: AnyRequest, visit: SignedIn, run_id: FromPath[str]) -> Response[str]:
    """A run beside the one that the address names, or beside the last one before it."""
    number, asked = an_id(run_id, "run"), request.query_params.get("with", "")
    async with request.app.state.database.read() as reader:
        run = await importing.one_run(reader, visit.actor, number)
        others = await importing.earlier(reader, visit.actor, number)
        chosen = an_id(asked, "run") if asked else others[0]["id"] if others else None
        both: dict[str, Any] = {"other": None}
        if chosen is not None:
            other = await importing.one_run(reader, visit.actor, chosen)
            kinds = await importing.kinds_of_both(reader, visit.actor, number, chosen)
            both = {
                "other": other,
                "counts": comparison.counts(run, other),
                "rates": comparison.rates(run, other),
                "columns": comparison.columns(run, other),
                "kinds": kinds,
                "most_kinds": importing.MOST_KINDS,
            }
        context = {"run": run, "others": others, **both, **await frame(reader, visit)}
    return rendering.render(request, "import_compare.html", visit, context)


handlers = [compare]
