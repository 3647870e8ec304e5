"""What the storefront serves of one review: a panel beside it, and a page by itself where no script loads the panel."""

from litestar import Response, get
from litestar.params import FromPath

from admin_ui import rendering, storefront
from admin_ui.routes.asking import AnyRequest, an_id
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn
from backend.services import browsing


@get("/reviews/{review_id:str}/served")
async def served(request: AnyRequest, visit: SignedIn, review_id: FromPath[str]) -> Response[str]:
    """The live answer of the public address, and who gave it."""
    number = an_id(review_id, "review")
    async with request.app.state.database.read() as reader:
        whole = await browsing.one(reader, visit.actor, number)
        context = {"whole": whole, **await frame(reader, visit)}
    context["served"] = await storefront.served(request.app.state.settings, whole.review)
    blocks = ["panel"] if rendering.wants(request, "served") else []
    return rendering.render(request, "served.html", visit, context, blocks=blocks)


handlers = [served]
