"""/metrics, as Prometheus reads it."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.domain.targets import Reading
from backend.services.system import keeping
from backend.store.database import Database

pytestmark = pytest.mark.anyio


async def numbers(api: httpx.AsyncClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    response = await api.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def counted(method: str, route: str, status: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return ("atelier_request_seconds_count", (("method", method), ("route", route), ("status", status)))


async def test_requests_are_counted_by_route_and_status(api: httpx.AsyncClient) -> None:
    before = await numbers(api)
    for _ in range(3):
        await api.put("/reviews/404/helpful")
    await api.head("/reviews?product_id=1")
    await api.request("BREW", "/somewhere/else")
    after = await numbers(api)
    for key, more in (
        (counted("PUT", "/reviews/{review_id}/helpful", "404"), 3),
        (counted("HEAD", "/reviews", "200"), 1),
        (counted("(other)", "(no route)", "404"), 1),
    ):
        assert after[key] - before.get(key, 0) == more


async def test_the_pools_are_there(api: httpx.AsyncClient) -> None:
    found = await numbers(api)
    for pool in ("readers", "writers"):
        assert found["atelier_pool_connections", (("pool", pool),)] >= 1
        assert found["atelier_pool_waiting", (("pool", pool),)] == 0


async def test_the_figures_of_the_service_and_its_alerts_are_there(api: httpx.AsyncClient, database: Database) -> None:
    async with database.write() as writer:
        await keeping.note(writer, [Reading("lag", 0.2, "replica-1"), Reading("waiting", 4)])
        await writer.execute(
            "insert into alert (code, subject, began_at, opened_at, worst, latest, target)"
            " values ('lag', 'replica-1', now(), now(), 3, 3, 2)"
        )
    found = await numbers(api)
    assert found["atelier_figure", (("code", "waiting"), ("subject", ""))] == 4
    assert found["atelier_figure", (("code", "lag"), ("subject", "replica-1"))] == 0.2
    assert found["atelier_alert_open", (("code", "lag"), ("subject", "replica-1"))] == 1
