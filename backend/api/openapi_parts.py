"""What the operations of the API's document are made of."""

from typing import Any, Final

from backend.api.cursors import BEGIN
from backend.services.reading import DEEPEST

Schema = dict[str, Any]


def header(description: str, schema: Schema) -> Schema:
    """A header that always comes."""
    return {"description": description, "schema": schema, "required": True}


REQUEST_ID: Final = header(
    "The request's id: as it was sent in a header of this name, or one that we made", {"type": "string"}
)


def count(description: str) -> Schema:
    """A header that is a number from 0."""
    return header(description, {"type": "string", "pattern": "^[0-9]+$"})


_TAGGED: Final[Schema] = {
    "ETag": header("The answer's tag, for `If-None-Match`", {"type": "string", "pattern": '^W/"[0-9a-f]+"$'}),
    "Cache-Control": header("How long it may be kept; `no-cache`: not without asking each time", {"type": "string"}),
    "Vary": header("What else may change it", {"type": "string"}),
}
_IF_NONE_MATCH: Final[Schema] = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "Tags of answers that the caller keeps: 304 without a body where one is still right.",
}


def operation(
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
    """An operation; one that answers 200 is a read, which may be asked for with a tag."""
    answer = {**answer, "headers": {**answer.get("headers", {}), "X-Request-ID": REQUEST_ID}}
    answers = {str(status): answer}
    if status == 200:  # noqa: PLR2004 - a read
        answer["headers"] |= _TAGGED
        answers["304"] = {"description": "As it was", "headers": {"X-Request-ID": REQUEST_ID, **_TAGGED}}
        parameters = [*(parameters or []), _IF_NONE_MATCH]
        problems = (*problems, 429)
    refused = {str(each): {"$ref": f"#/components/responses/{each}"} for each in sorted({401, *problems, 503})}
    whole: Schema = {
        "tags": [tag],
        "operationId": name,
        "summary": summary,
        "responses": {**answers, **refused},
    }
    if parameters:
        whole["parameters"] = parameters
    return whole | ({"requestBody": body} if body else {})


def answer(schema: Schema, example: Any, *, media_type: str = "application/json") -> Schema:
    """What a read says."""
    return {"description": "OK", "content": {media_type: {"schema": schema, "example": example}}}


def integer(low: int, high: int) -> Schema:
    """From the first to the second, both included."""
    return {"type": "integer", "minimum": low, "maximum": high}


def paging(cap: int, listed: str) -> list[Schema]:
    """The page and its length; `listed` is what is on it, in the plural."""
    number = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "const": ""}]}
    told = {
        "page": f"From 1; 0 or nothing means 1. Pages that begin more than {DEEPEST:,} {listed} deep are empty.",
        "count": f"How many {listed} on a page; 0 or nothing means 5. At most {cap:,} are sent.",
    }
    return [{"name": name, "in": "query", "schema": number, "description": text} for name, text in told.items()]


def cursor(same: str) -> Schema:
    """A place in a list, which goes on with the `same`."""
    return {
        "name": "cursor",
        "in": "query",
        "description": f"`{BEGIN}` to begin; then what `next` or `prev` said in an answer to the same {same}."
        " `page` then says nothing. None is missed or comes twice while others come and go.",
        "schema": {"type": "string", "pattern": "^(\\*|[A-Za-z0-9_-]{28})?$"},
    }


LINK: Final[Schema] = {
    "description": "Beside a cursor: where `next` and `prev` are had",
    "schema": {"type": "string"},
}
