"""How these tests ask, and what every answer must be."""

import json
from itertools import count
from typing import Any

import httpx

from tests import cast

_shoppers = count(1)
BODY = "I wore it for a whole winter and nobody saw me once."


def draft(**fields: Any) -> dict[str, Any]:
    """A review that is taken as it is, but for what a test changes. A field set to `...` is left out.

    Each is of another shopper, so that none is the same review once more.
    """
    whole = {
        "product_id": cast.CAMO_ONESIE,
        "rating": 4,
        "summary": "Warm and quiet",
        "body": BODY,
        "recommend": True,
        "name": "Inês",
        "email": f"ines{next(_shoppers)}@example.org",
        "photos": ["https://photos.example.org/1.jpg"],
        "characteristics": {str(cast.FIT): 5, str(cast.LENGTH): 2},
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not ...}


async def post(client: httpx.AsyncClient, sent: object) -> httpx.Response:
    """Send a review as JSON in ASCII: so lone surrogates travel too."""
    return await client.post("/reviews", content=json.dumps(sent), headers={"Content-Type": "application/json"})


def problem(response: httpx.Response, status: int, text: str = "") -> dict[str, str]:
    """Demand a problem of RFC 9457 with this status and text; its errors by field."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    said = response.json()
    assert list(said) == ["type", "title", "status", "detail", "instance", "errors", "request_id"]
    assert said["status"] == status
    assert said["request_id"] == response.headers["x-request-id"]
    assert text in said["detail"]
    return {error["field"]: error["message"] for error in said["errors"]}


def ids(response: httpx.Response) -> list[int]:
    """The ids of a list's reviews, in its order."""
    assert response.status_code == 200, response.text
    return [review["review_id"] for review in response.json()["results"]]
