"""GET /reviews, GET /reviews/meta, GET /reviews/{id}, POST /reviews."""

from litestar import HttpMethod, Response, get, post, route
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT

from backend.api import parse, render, selected
from backend.api.access import reading, writing
from backend.api.asked import key_of, only_checked
from backend.api.body import LARGEST, read_object
from backend.api.callers import identify
from backend.api.draft import draft_from
from backend.api.parse import ApiRequest
from backend.observe.requests import note_source
from backend.services import reading as reads
from backend.services import submitting


@get("/reviews")
async def list_reviews(request: ApiRequest) -> Response[bytes]:
    """A page of a product's reviews, or of those selected."""
    actor = await identify(request)
    sent = parse.parameters(request)
    asked = parse.page_asked(sent, request.app.state.settings.count_cap)
    if selected.is_asked(sent):
        return await selected.answer(request, actor, asked)
    rows, source = await reads.list_page(request.app.state.database, actor, asked)
    note_source(request.scope, source)
    return render.json(render.page(asked, rows))


@get("/reviews/meta")
async def meta(request: ApiRequest) -> Response[bytes]:
    """A product's numbers: its ratings, recommendations and characteristics."""
    actor = await identify(request)
    product_id = parse.product_id(parse.parameters(request))
    numbers, source = await reads.numbers(request.app.state.database, actor, product_id)
    note_source(request.scope, source)
    return render.json(render.meta(product_id, numbers))


@get("/reviews/{review_id:str}")
async def one_review(request: ApiRequest, review_id: FromPath[str]) -> Response[bytes]:
    """One review, as the list shows it."""
    actor = await identify(request)
    async with reading(request) as reader:
        row = await reads.one_review(reader, actor, parse.review_id(review_id))
    return render.json(render.review(row))


@post("/reviews", request_max_body_size=LARGEST)
async def submit(request: ApiRequest) -> Response[bytes]:
    """Take a review; with `validate=true`, only say whether it would be taken."""
    actor = await identify(request)
    draft = draft_from(await read_object(request))
    checked, key = only_checked(request), key_of(request)
    if checked:
        async with writing(request) as writer:
            held = await submitting.check(writer, actor, draft)
        return render.checked(held=held)
    state = request.app.state
    submitted = await submitting.submit(state.database, actor, state.settings, draft, key=key)
    return render.created(submitted)


@route("/reviews", http_method=[HttpMethod.OPTIONS], status_code=HTTP_204_NO_CONTENT)
async def options() -> Response[None]:
    """What may be done here. Litestar's own answer names only the handler that was registered first."""
    return Response(None, headers={"Allow": "GET, OPTIONS, POST"})
