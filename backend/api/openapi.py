"""The API told to programs: an OpenAPI 3.1 document, its limits those of the rules and its shapes those that are sent.

Tests hold it to the routes, to its own examples, and (schemathesis) to what the API answers to anything it allows or
forbids.
"""

from typing import Any, Final

import msgspec

from backend.api import openapi_bodies as bodies
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
from backend.services.reading import DEEPEST, Sort

Schema = dict[str, Any]

_TITLE: Final = "Atelier Reviews"
_VERSION: Final = "1"
_ABOUT: Final = (
    "Product reviews for storefronts. JSON in UTF-8 over HTTP, without cookies. An integer may be a string of digits,"
    " in the query and in a body; unknown parameters and fields are ignored; of a repeated one the last counts; every"
    " address also stands with a slash at its end, and answers HEAD and OPTIONS. CORS is open."
)
_PROBLEMS: Final = {
    401: "A wrong or revoked key",
    403: "A key without the scope that a field needs",
    404: "No such review, or one that is not public",
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
    components["Draft"], components["Report"] = bodies.draft(), bodies.report()
    return {
        "openapi": "3.1.0",
        "info": {"title": _TITLE, "version": _VERSION, "description": _ABOUT},
        "paths": {
            "/reviews": {
                "get": _operation(
                    "listReviews",
                    "A page of a product's reviews",
                    {**_json({"anyOf": [page, stretch]}, _PAGE_EXAMPLE), "headers": {"Link": reads.LINK}},
                    parameters=[_product(), *_paging(cap), *reads.SELECTING],
                    problems=(422,),
                ),
                "post": _submit(checked),
            },
            "/reviews/meta": {
                "get": _operation(
                    "productNumbers",
                    "A product's ratings, recommendations and characteristics",
                    _json(meta, _META_EXAMPLE),
                    parameters=[_product()],
                    problems=(422,),
                )
            },
            "/reviews/stats": {
                "get": _operation(
                    "manyProductsNumbers",
                    "Average, count and histogram of up to 100 products",
                    _json(stats, reads.STATS_EXAMPLE),
                    parameters=reads.PRODUCTS,
                    problems=(422,),
                )
            },
            "/reviews/jsonld": {
                "get": _operation(
                    "linkedData",
                    "A product with its numbers and reviews in schema.org's words, ready to stand in a <script>",
                    _json(linked, reads.JSONLD_EXAMPLE, media_type="application/ld+json"),
                    parameters=[_product()],
                    problems=(422,),
                )
            },
            "/reviews/{review_id}": {
                "get": _operation(
                    "oneReview",
                    "One review, as the list shows it",
                    _json(review, _PAGE_EXAMPLE["results"][0]),
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


def _operation(
    name: str,
    summary: str,
    answer: Schema,
    *,
    problems: tuple[int, ...],
    tag: str = "Reviews",
    status: int = 200,
    parameters: list[Schema] | None = None,
    body: Schema | None = None,
) -> Schema:
    answer = {**answer, "headers": {**answer.get("headers", {}), "X-Request-ID": _REQUEST_ID}}
    answers = {str(status): answer}
    if status == 200:  # noqa: PLR2004 - a read
        answer["headers"] |= _TAGGED
        answers["304"] = {"description": "As it was", "headers": {"X-Request-ID": _REQUEST_ID, **_TAGGED}}
        parameters = [*(parameters or []), _IF_NONE_MATCH]
        problems = (*problems, 429)
    refused = {str(each): {"$ref": f"#/components/responses/{each}"} for each in sorted({401, *problems, 503})}
    operation: Schema = {
        "tags": [tag],
        "operationId": name,
        "summary": summary,
        "responses": {**answers, **refused},
    }
    if parameters:
        operation["parameters"] = parameters
    return operation | ({"requestBody": body} if body else {})


def _submit(checked: Schema) -> Schema:
    operation = _operation(
        "submitReview",
        "Take a review",
        {
            "description": "It is in the list and in the numbers for the very next request, unless a rule holds it",
            "headers": {
                "Location": _header("Where the review stands", {"type": "string"}),
                "X-Review-State": _header(
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
    only_checked = {**_json(checked, {"valid": True, "held": False}), "headers": {"X-Request-ID": _REQUEST_ID}}
    only_checked["description"] = "With `validate=true`: it would be taken, and nothing was stored"
    operation["responses"] = {"200": only_checked, **operation["responses"]}
    return operation


def _vote(name: str, summary: str, counted: str, *, body: Schema | None = None) -> Schema:
    parameters, answer = [_review(), *_voter()], {"description": counted}
    problems = (404, 422, 429, *((413,) if body else ()))
    return _operation(
        name, summary, answer, tag="Votes", status=204, parameters=parameters, problems=problems, body=body
    )


def _header(description: str, schema: Schema) -> Schema:
    return {"description": description, "schema": schema, "required": True}


_REQUEST_ID: Final = _header(
    "The request's id: as it was sent in a header of this name, or one that we made", {"type": "string"}
)


def _count(description: str) -> Schema:
    return _header(description, {"type": "string", "pattern": "^[0-9]+$"})


_LATER: Final = {
    429: {
        "Retry-After": _count("Seconds"),
        "RateLimit-Limit": _count("Requests in the span that is counted"),
        "RateLimit-Remaining": _count("Of these, how many are left"),
        "RateLimit-Reset": _count("Seconds until the next span"),
    },
    503: {"Retry-After": _count("Seconds")},
}


_TAGGED: Final[Schema] = {
    "ETag": _header("The answer's tag, for `If-None-Match`", {"type": "string", "pattern": '^W/"[0-9a-f]+"$'}),
    "Cache-Control": _header("How long it may be kept; `no-cache`: not without asking each time", {"type": "string"}),
    "Vary": _header("What else may change it", {"type": "string"}),
}
_IF_NONE_MATCH: Final[Schema] = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "Tags of answers that the caller keeps: 304 without a body where one is still right.",
}


def _json(schema: Schema, example: Schema, *, media_type: str = "application/json") -> Schema:
    return {"description": "OK", "content": {media_type: {"schema": schema, "example": example}}}


def _problem(status: int, schema: Schema) -> Schema:
    code, detail, errors = _EXAMPLES[status]
    told = Problem.of(status, code, detail, errors)
    told.instance, told.request_id = "/reviews", "1f6c0f1f5a2c4f7b9f0f5a3f0a6f5d11"
    return {
        "description": _PROBLEMS[status],
        "headers": {"X-Request-ID": _REQUEST_ID, **_LATER.get(status, {})},
        "content": {
            "application/problem+json": {"schema": schema, "example": msgspec.json.decode(msgspec.json.encode(told))}
        },
    }


def _integer(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _product() -> Schema:
    schema = _integer(1, parse.LARGEST_ID)
    return {"name": "product_id", "in": "query", "required": True, "schema": schema, "example": 2}


def _paging(cap: int) -> list[Schema]:
    number = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "const": ""}]}
    told = {
        "page": f"From 1; 0 or nothing means 1. Pages that begin more than {DEEPEST:,} reviews deep are empty.",
        "count": f"Reviews on a page; 0 or nothing means 5. At most {cap:,} are sent: the answer says how many.",
    }
    sorts = ", ".join(sort.value for sort in Sort)
    return [
        *({"name": name, "in": "query", "schema": number, "description": text} for name, text in told.items()),
        {
            "name": "sort",
            "in": "query",
            "schema": {"type": "string", "default": Sort.RELEVANT.value},
            "description": f"One of {sorts}; anything else means {Sort.RELEVANT.value}.",
            "example": Sort.NEWEST.value,
        },
    ]


def _review() -> Schema:
    schema = _integer(1, parse.LARGEST_ID)
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
