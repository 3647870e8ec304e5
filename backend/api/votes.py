"""PUT /reviews/{id}/helpful, PUT /reviews/{id}/report."""

from litestar import put
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT

from backend.api import parse
from backend.api.access import writing
from backend.api.body import LARGEST
from backend.api.callers import identify
from backend.api.complaint import complaint_from
from backend.api.parse import ApiRequest
from backend.services import moderation, voting


@put("/reviews/{review_id:str}/helpful", status_code=HTTP_204_NO_CONTENT)
async def find_helpful(request: ApiRequest, review_id: FromPath[str]) -> None:
    """Count a vote."""
    actor = await identify(request)
    state = request.app.state
    await voting.find_helpful(state.database, actor, state.settings, parse.review_id(review_id))


@put("/reviews/{review_id:str}/report", status_code=HTTP_204_NO_CONTENT, request_max_body_size=LARGEST)
async def report(request: ApiRequest, review_id: FromPath[str]) -> None:
    """Bring a review before a moderator."""
    actor = await identify(request)
    number = parse.review_id(review_id)
    said = await complaint_from(request)
    async with writing(request) as writer:
        settings = request.app.state.settings
        await moderation.report(writer, actor, settings, number, reason=said.reason, note=said.text)


@put(
    [f"/reviews/{name}/{vote}" for name in ("meta", "stats", "jsonld") for vote in ("helpful", "report")],
    status_code=HTTP_204_NO_CONTENT,
    include_in_schema=False,
)
async def vote_on_no_review() -> None:
    """The routes of those names hide these paths from the handlers above: here, too, a name is no id."""
    parse.review_id("meta")
