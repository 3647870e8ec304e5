"""The API told to programs: an OpenAPI 3.1 document, its limits those of the rules and its shapes those that are sent.

Tests hold it to the routes, to its own examples, and (schemathesis) to what the API answers to anything it allows or
forbids.
"""

from typing import Any, Final

import msgspec

from backend.api import openapi_bodies as bodies
from backend.api import openapi_parts as parts
from backend.api import openapi_products as products
from backend.api import openapi_reads as reads
from backend.api import parse
from backend.api.body import LARGEST
from backend.api.jsonld import LinkedProduct
from backend.api.problems import Problem
from backend.api.render import Checked, Meta, Review
from backend.api.selected import SelectedPage, Stretch
from backend.api.stats import Stats
from backend.domain.errors import FieldError
from backend.domain.states import ReviewState
from backend.services.reading import Sort

Schema = dict[str, Any]

_TITLE: Final = "Atelier Reviews"
_VERSION: Final = "1"
_ABOUT: Final = (
    "Products and their reviews for storefronts. JSON in UTF-8 over HTTP, without cookies. An integer may be a string"
    " of digits, in the query and in a body; unknown parameters and fields are ignored; of a repeated one the last"
    " counts; every address also stands with a slash at its end, and answers HEAD and OPTIONS. CORS is open."
)
_PROBLEMS: Final = {
    401: "A wrong or revoked key",
    403: "A key without the scope that a field needs",
    404: "No such review or product, or a review that is not public",
    413: f"A body over {LARGEST // 1024} KB",
    415: "A body of another type, in another charset, or compressed",
    422: "Something is missing or wrong: `errors` names each field",
    429: "Too many from an anonymous caller, where the operator limits that: `Retry-After` says when to go on",
    503: "The database does not answer: `Retry-After` says when to come back",
}


def document(cap: int) -> Schema:
    """The document of an instance that puts at most `cap` reviews on a page."""
    shapes, components = msgspec.json.schema_components(
        [SelectedPage, Stretch, Meta, Stats, LinkedProduct, Review, Checked, Problem],
        ref_template="#/components/schemas/{name}",
    )
    page, stretch, meta, stats, linked, review, checked, problem = shapes
    components["Review"]["properties"]["date"]["format"] = "date-time"
    paths, shown = products.paths(cap)
    components |= shown
    components["Draft"], components["Report"] = bodies.draft(), bodies.report()
    return {
        "openapi": "3.1.0",
        "info": {"title": _TITLE, "version": _VERSION, "description": _ABOUT},
        "paths": {
            "/reviews": {
                "get": parts.operation(
                    "listReviews",
                    "A page of a product's reviews",
                    {**parts.answer({"anyOf": [page, stretch]}, _PAGE_EXAMPLE), "headers": {"Link": parts.LINK}},
                    parameters=[_product(), *parts.paging(cap, "reviews"), _SORT, *reads.SELECTING],
                    problems=(422,),
                ),
                "post": _submit(checked),
            },
            "/reviews/meta": {
                "get": parts.operation(
                    "productNumbers",
                    "A product's ratings, recommendations and characteristics",
                    parts.answer(meta, _META_EXAMPLE),
                    parameters=[_product()],
                    problems=(422,),
                )
            },
            "/reviews/stats": {
                "get": parts.operation(
                    "manyProductsNumbers",
                    "Average, count and histogram of up to 100 products",
                    parts.answer(stats, reads.STATS_EXAMPLE),
                    parameters=reads.PRODUCTS,
                    problems=(422,),
                )
            },
            "/reviews/jsonld": {
                "get": parts.operation(
                    "linkedData",
                    "A product with its numbers and reviews in schema.org's words, ready to stand in a <script>",
                    parts.answer(linked, reads.JSONLD_EXAMPLE, media_type="application/ld+json"),
                    parameters=[_product()],
                    problems=(422,),
                )
            },
            "/reviews/{review_id}": {
                "get": parts.operation(
                    "oneReview",
                    "One review, as the list shows it",
                    parts.answer(review, _PAGE_EXAMPLE["results"][0]),
                    parameters=[_review()],
                    problems=(404, 422),
                )
            },
            "/reviews/{review_id}/helpful": {
                "put": _vote("findHelpful", "Count a vote", "Counted, or this voter's vote stands already")
            },
            "/reviews/{review_id}/report": {
                "put": _vote(
                    "reportReview",
                    "Bring a review before a moderator",
                    "Queued; hidden once its reports reach the threshold. It is no toggle",
                    body=bodies.REPORT,
                )
            },
            **paths,
        },
        "components": {
            "schemas": components,
            "responses": {str(status): _problem(status, problem) for status in _PROBLEMS},
            "securitySchemes": {
                "key": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-API-Key",
                    "description": "Needed by nobody; a client that has one can say who votes.",
                }
            },
        },
        "security": [{}, {"key": []}],
    }


def _submit(checked: Schema) -> Schema:
    operation = parts.operation(
        "submitReview",
        "Take a review",
        {
            "description": "It is in the list and in the numbers for the very next request, unless a rule holds it",
            "headers": {
                "Location": parts.header("Where the review stands", {"type": "string"}),
                "X-Review-State": parts.header(
                    "`held` where nobody sees it before a moderator lets it stand",
                    {"type": "string", "enum": [ReviewState.PUBLISHED.value, ReviewState.HELD.value]},
                ),
            },
            "content": {"text/plain": {"schema": {"type": "string", "const": "Created"}}},
        },
        status=201,
        parameters=[*bodies.SUBMIT_PARAMETERS, *_voter()],
        body=bodies.DRAFT,
        problems=(403, 413, 415, 422, 429),
    )
    only_checked = {
        **parts.answer(checked, {"valid": True, "held": False}),
        "headers": {"X-Request-ID": parts.REQUEST_ID},
    }
    only_checked["description"] = "With `validate=true`: it would be taken, and nothing was stored"
    operation["responses"] = {"200": only_checked, **operation["responses"]}
    return operation


def _vote(name: str, summary: str, counted: str, *, body: Schema | None = None) -> Schema:
    parameters, answer = [_review(), *_voter()], {"description": counted}
    problems = (404, 422, 429, *((413,) if body else ()))
    return parts.operation(
        name, summary, answer, tag="Votes", status=204, parameters=parameters, problems=problems, body=body
    )


_LATER: Final = {
    429: {
        "Retry-After": parts.count("Seconds"),
        "RateLimit-Limit": parts.count("Requests in the span that is counted"),
        "RateLimit-Remaining": parts.count("Of these, how many are left"),
        "RateLimit-Reset": parts.count("Seconds until the next span"),
    },
    503: {"Retry-After": parts.count("Seconds")},
}


def _problem(status: int, schema: Schema) -> Schema:
    code, detail, errors = _EXAMPLES[status]
    told = Problem.of(status, code, detail, errors)
    told.instance, told.request_id = "/reviews", "1f6c0f1f5a2c4f7b9f0f5a3f0a6f5d11"
    return {
        "description": _PROBLEMS[status],
        "headers": {"X-Request-ID": parts.REQUEST_ID, **_LATER.get(status, {})},
        "content": {
            "application/problem+json": {"schema": schema, "example": msgspec.json.decode(msgspec.json.encode(told))}
        },
    }


def _product() -> Schema:
    schema = parts.integer(1, parse.LARGEST_ID)
    return {"name": "product_id", "in": "query", "required": True, "schema": schema, "example": 2}


_SORT: Final[Schema] = {
    "name": "sort",
    "in": "query",
    "schema": {"type": "string", "default": Sort.RELEVANT.value},
    "description": f"One of {', '.join(sort.value for sort in Sort)}; anything else means {Sort.RELEVANT.value}.",
    "example": Sort.NEWEST.value,
}


def _review() -> Schema:
    schema = parts.integer(1, parse.LARGEST_ID)
    return {"name": "review_id", "in": "path", "required": True, "schema": schema, "example": 6}


def _voter() -> list[Schema]:
    told = {
        "X-Voter-ID": "The shopper who votes or writes, as a client with a key knows them, in 1 to 200 visible ASCII"
        " characters: each counts once. Without a key it says nothing.",
        "X-Voter-Address": "The shopper's IP address instead, of a client whose key has the scope `proxy`.",
    }
    text = {"type": "string"}
    headers = [{"name": name, "in": "header", "schema": text, "description": about} for name, about in told.items()]
    return [*headers, {"name": "voter", "in": "query", "schema": text, "description": "The same as `X-Voter-ID`."}]


_EXAMPLES: Final[dict[int, tuple[str | None, str, tuple[FieldError, ...]]]] = {
    401: ("unauthenticated", "The key in X-API-Key is wrong or revoked.", ()),
    403: (
        "forbidden",
        "The review holds what this caller may not say.",
        (FieldError("verified", "Only a key with the scope verified may set it."),),
    ),
    404: ("not-found", "There is no such review.", ()),
    413: (None, "The request body is too large.", ()),
    415: ("unsupported-media-type", "Send the review as application/json.", ()),
    422: ("invalid", parse.INVALID_PAGE, (FieldError("page", "Must be an integer from 0."),)),
    429: ("too-many", "More than 60 within a minute. Try again later.", ()),
    503: ("unavailable", "The database does not answer. Try again shortly.", ()),
}
_PAGE_EXAMPLE: Final[Schema] = {
    "product": "2",
    "page": 1,
    "count": 1,
    "results": [
        {
            "review_id": 6,
            "rating": 2,
            "summary": "Too dark",
            "recommend": False,
            "response": None,
            "body": "Fine on the beach, but I cannot see a thing in the train, so they stay at home.",
            "date": "2019-05-01T00:00:00.123Z",
            "reviewer_name": "may",
            "helpfulness": 0,
            "photos": [],
        }
    ],
}
_META_EXAMPLE: Final[Schema] = {
    "product_id": "1",
    "ratings": {"1": "1", "4": "2", "5": "1"},
    "recommended": {"false": "2", "true": "2"},
    "characteristics": {
        "Fit": {"id": 1, "value": "3.3333333333333333"},
        "Length": {"id": 2, "value": "2.0000000000000000"},
        "Comfort": {"id": 3, "value": "5.0000000000000000"},
        "Quality": {"id": 4, "value": "2.5000000000000000"},
    },
}
