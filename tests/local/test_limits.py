"""How much one address may read: Nginx alone counts, and says so in the API's own terms."""

from collections.abc import Iterator

import httpx
import pytest

from backend.api import edge, openapi
from backend.local.ports import HOST
from tests.local import fronts
from tests.local.fronts import Front

LIST = "/reviews?product_id=2"
PER_SECOND = 5


@pytest.fixture
def front() -> Iterator[Front]:
    # This machine stands for a balancer that names the client.
    with fronts.front(reads_per_second=PER_SECOND, trusted=("127.0.0.1/32",), unlimited=("10.1.0.0/16",)) as made:
        yield made


def ask(front: Front, client: str = "192.0.2.1", path: str = LIST, **headers: str) -> httpx.Response:
    return front.client.get(path, headers={"X-Forwarded-For": client, **headers})


def many(front: Front, client: str = "192.0.2.1", **headers: str) -> list[int]:
    """The statuses of three times as many reads as one address may have at once."""
    return [ask(front, client, **headers).status_code for _ in range(3 * PER_SECOND)]


def until_refused(front: Front, method: str) -> httpx.Response:
    """The first refusal: on a busy machine one more request comes late enough to be let through."""
    headers = {"X-Forwarded-For": "192.0.2.1", "X-Request-ID": "shop-0042"}
    for _ in range(3 * PER_SECOND):
        if (answer := front.client.request(method, LIST, headers=headers)).status_code == 429:
            return answer
    raise AssertionError("All were let through.")


def test_too_many_are_refused_with_when_to_come_back(front: Front) -> None:
    assert 429 in many(front)
    for method in ("GET", "HEAD"):
        refused = until_refused(front, method)
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"] == "1"
        limit = {name: refused.headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")}
        assert limit == {"limit": str(PER_SECOND), "remaining": "0", "reset": "1"}
        assert refused.headers["access-control-allow-origin"] == "*"
        assert refused.headers["cache-control"] == "no-store"
        assert refused.headers["x-request-id"] == "shop-0042"
        if method == "GET":
            told = openapi.document(1000)["components"]["responses"]["429"]["content"]["application/problem+json"]
            # The document's example is the application's own; this one is of reads, and by Nginx.
            said = "Too many reads from one address. Go on in a second, or send a key."
            assert refused.json() == {**told["example"], "detail": said, "instance": "", "request_id": "shop-0042"}
            # A page's script may read what it needs, as with an instance's own errors.
            exposed = set(refused.headers["access-control-expose-headers"].split(", "))
            assert exposed >= {
                "Retry-After",
                "RateLimit-Limit",
                "RateLimit-Remaining",
                "RateLimit-Reset",
                "X-Request-ID",
            }
            assert exposed <= set(edge._EXPOSED.decode().split(", "))


def test_others_are_not_hurt(front: Front) -> None:
    assert 429 in many(front)
    assert ask(front, "192.0.2.2").status_code == 200
    assert set(many(front, "10.1.2.3")) == {200}
    assert set(many(front, HOST)) == {200}
    assert set(many(front, **{"X-API-Key": "ar_some"})) == {200}
    assert set(many(front, **{"X-API-Key": "0"})) == {200}


def test_writes_the_console_and_the_readiness_are_not_counted(front: Front) -> None:
    assert 429 in many(front)
    client = {"X-Forwarded-For": "192.0.2.1"}
    for method, path in (
        ("PUT", "/reviews/5/helpful"),
        ("POST", "/reviews"),
        ("GET", "/console/reviews"),
        ("GET", "/health/ready"),
    ):
        assert front.client.request(method, path, headers=client).status_code == 200, path


def test_an_instances_own_429_passes_as_it_is(front: Front) -> None:
    for each in front.api:
        each.answer = lambda _: b"HTTP/1.1 429 Enough\r\nContent-Length: 6\r\nRetry-After: 3600\r\n\r\nenough"
    answer = front.client.put("/reviews/5/helpful")
    assert (answer.status_code, answer.text, answer.headers["retry-after"]) == (429, "enough", "3600")


def test_without_the_setting_nothing_is_counted() -> None:
    with fronts.front() as front:
        assert {front.client.get(LIST).status_code for _ in range(50)} == {200}
