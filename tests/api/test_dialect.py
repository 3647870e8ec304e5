"""What holds for every public route."""

import httpx
import pytest

from backend.store.database import Database
from tests import cast
from tests.api.asking import draft, problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("shelf")]

READS = ["/reviews?product_id=1", "/reviews/meta?product_id=1", "/reviews/{id}", "/reviews/stats?product_ids=1,2"]
READS += ["/reviews/jsonld?product_id=1", "/reviews?product_id=1&rating=4&q=winter&histogram=true&count=1&cursor=*"]
READS += ["/products?category=Jackets&with=ratings", "/products?cursor=*&count=1"]
READS += ["/products/1", "/products/1/styles", "/products/1/related"]
WRITES = ["/reviews/{id}/helpful", "/reviews/{id}/report"]


@pytest.fixture
async def review_id(database: Database) -> int:
    async with database.write() as writer:
        return await cast.review(writer, ratings=[1, cast.FIT, 4])


def twin(path: str) -> str:
    """The same address with a slash at its end."""
    before, mark, query = path.partition("?")
    return f"{before}/{mark}{query}"


async def test_a_slash_at_the_end_changes_nothing(client: httpx.AsyncClient, review_id: int) -> None:
    for path in READS:
        with_it, without = [await client.get(each.format(id=review_id)) for each in (twin(path), path)]
        assert with_it.status_code == without.status_code == 200
        assert with_it.content == without.content
    for path in WRITES:
        assert (await client.put(twin(path).format(id=review_id))).status_code == 204
    assert (await client.post("/reviews/", json=draft())).status_code == 201
    for path in ("/reviews/", "/reviews/meta/"):
        problem(await client.get(path), 422, "Error: invalid product_id provided")


async def test_head_is_get_without_its_body(client: httpx.AsyncClient, review_id: int) -> None:
    varying = {"x-request-id"}
    for path in [
        *READS,
        "/reviews?product_id=x",
        "/reviews/404",
        "/reviews/meta",
        "/products/x",
        "/products/404/styles",
    ]:
        head, get = [await client.request(method, path.format(id=review_id)) for method in ("HEAD", "GET")]
        assert head.status_code == get.status_code
        assert head.content == b""
        assert {k: v for k, v in head.headers.items() if k not in varying | {"content-length"}} == {
            k: v for k, v in get.headers.items() if k not in varying | {"content-length"}
        }
        if get.status_code == 200:  # the length of the body that would have come
            assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.content))


ALLOWED = {
    "/reviews": "GET, HEAD, OPTIONS, POST",
    "/reviews/": "GET, HEAD, OPTIONS, POST",
    "/reviews/meta": "GET, HEAD, OPTIONS",
    "/reviews/stats": "GET, HEAD, OPTIONS",
    "/reviews/jsonld/": "GET, HEAD, OPTIONS",
    "/reviews/5": "GET, HEAD, OPTIONS",
    "/reviews/5/helpful": "OPTIONS, PUT",
    "/reviews/5/report/": "OPTIONS, PUT",
    "/products/": "GET, HEAD, OPTIONS",
    "/products/5": "GET, HEAD, OPTIONS",
    "/products/5/styles/": "GET, HEAD, OPTIONS",
    "/products/5/related": "GET, HEAD, OPTIONS",
}


async def test_options_and_405_name_what_is_allowed(inside: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for path, methods in ALLOWED.items():
        with subtests.test(path=path, methods=methods):
            options = await inside.options(path)
            assert (options.status_code, options.headers["allow"], options.content) == (204, methods, b"")
            for method in ("PATCH", "DELETE", "BREW"):
                response = await inside.request(method, path)
                problem(response, 405)
                assert response.headers["allow"] == methods


async def test_cors_is_open(client: httpx.AsyncClient, review_id: int) -> None:
    origin = {"Origin": "https://shop.example"}
    answers = [await client.get(path.format(id=review_id), headers=origin) for path in READS]
    answers += [await client.get("/reviews"), await client.get("/reviews/404"), await client.delete("/reviews")]
    answers += [await client.post("/reviews", json=draft()), await client.put(f"/reviews/{review_id}/helpful")]
    for response in answers:
        assert response.headers.get_list("access-control-allow-origin") == ["*"]
        assert "access-control-allow-credentials" not in response.headers


async def test_a_preflight_passes(client: httpx.AsyncClient) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type,x-api-key",
    }
    for path in ALLOWED:
        response = await client.options(path, headers=asked)
        assert response.status_code == 204
        assert response.headers["access-control-allow-origin"] == "*"
        assert "PUT" in response.headers["access-control-allow-methods"]
        assert response.headers["access-control-allow-headers"] == "authorization,content-type,x-api-key"


async def test_cors_ends_where_the_public_routes_do(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/metrics", "/reviewsx", "/console/"):
        assert "access-control-allow-origin" not in (await client.get(path)).headers


async def test_what_is_ignored(client: httpx.AsyncClient, review_id: int) -> None:
    plain = await client.get("/reviews?product_id=1")
    odd = await client.request(
        "GET",
        "/reviews?utm_source=x&product_id=1&product_id[]=7&PAGE=-1&=&&",
        content=b"{}",
        headers={"Content-Type": "application/json", "Authorization": "ghp_0123456789"},
    )
    assert odd.status_code == 200
    assert odd.content == plain.content


async def test_the_last_of_a_repeated_parameter_counts(client: httpx.AsyncClient, review_id: int) -> None:
    assert (await client.get("/reviews?product_id=x&product_id=1&count=1&count=7")).json()["count"] == 7
    assert (await client.get("/reviews/meta?product_id=1&product_id=2")).json()["product_id"] == "2"
    problem(await client.get("/reviews?product_id=1&product_id=x"), 422, "Error: invalid product_id provided")
    problem(await client.get("/reviews?product_id=1&product_id="), 422, "Error: invalid product_id provided")


async def test_what_is_nowhere(client: httpx.AsyncClient) -> None:
    for path in ("/", "/review", "/reviews/5/unhelpful", "/reviews/5/helpful/6", "/%00", "/%ff", "/reviews/a/b/c"):
        problem(await client.get(path), 404, "There is nothing at this address.")


async def test_a_sane_request_id_is_kept(client: httpx.AsyncClient) -> None:
    response = await client.get("/reviews", headers={"X-Request-ID": "nginx-4f9a:1.2_3"})
    assert response.headers.get_list("x-request-id") == ["nginx-4f9a:1.2_3"]
    assert response.json()["request_id"] == "nginx-4f9a:1.2_3"


NO_IDS = ["", "a b", "ü", "x" * 129, "<script>", '"', "a\nb"]


async def test_another_is_replaced(inside: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for sent in NO_IDS:
        with subtests.test(sent=sent):
            response = await inside.get("/reviews", headers=httpx.Headers([(b"X-Request-ID", sent.encode("latin-1"))]))
            given = response.headers["x-request-id"]
            assert given != sent
            assert len(given) == 32
            assert (await inside.get("/reviews")).headers["x-request-id"] != given


async def test_a_wrong_key_is_401_everywhere(client: httpx.AsyncClient, review_id: int) -> None:
    wrong = {"X-API-Key": "ar_wrong"}
    answers = [await client.get(path.format(id=review_id), headers=wrong) for path in READS]
    answers += [await client.put(path.format(id=review_id), headers=wrong) for path in WRITES]
    answers += [await client.post("/reviews", json=draft(), headers=wrong), await client.head(READS[0], headers=wrong)]
    for response in answers[:-1]:
        problem(response, 401, "X-API-Key")
        assert response.headers["www-authenticate"].startswith("ApiKey")
    assert answers[-1].status_code == 401

    async def helpful() -> int:
        found: int = (await client.get(f"/reviews/{review_id}")).json()["helpfulness"]
        return found

    assert await helpful() == 0


async def test_local_mode_says_who_served(client: httpx.AsyncClient) -> None:
    response = await client.get("/reviews?product_id=1")
    assert response.headers["x-served-by"] == "test-1"
    assert response.headers["x-read-from"] == "primary"
