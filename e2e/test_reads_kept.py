"""The whole system with its cache on: hot reads come from Nginx, and who wrote reads what they wrote."""

import time
from collections.abc import Iterator

import httpx
import pytest

from e2e.system import System
from e2e.test_service import REVIEW, newest

SECONDS = 2
HOT = 6  # times that something is asked for until it is kept, and given
LIST = "/reviews?product_id=1&sort=newest&count=1"

pytestmark = pytest.mark.long  # a system of its own; what Nginx keeps is tested beside the local system, too


@pytest.fixture(scope="module")
def caching() -> Iterator[System]:
    with System(settings={"ATELIER_CACHE_SECONDS": str(SECONDS)}) as system:
        yield system


def test_a_hot_read_is_kept_and_soon_another(caching: System) -> None:
    with httpx.Client(base_url=caching.url, trust_env=False) as shopper, httpx.Client(trust_env=False) as other:
        for _ in range(HOT):
            kept = shopper.get(LIST)
        assert kept.headers["x-cache"] == "HIT"
        assert kept.headers["cache-control"].startswith(f"public, max-age={SECONDS}, ")
        assert shopper.get(LIST, headers={"If-None-Match": kept.headers["etag"]}).status_code == 304
        sent = other.post(f"{caching.url}/reviews", json={**REVIEW, "summary": "From elsewhere"})
        assert sent.status_code == 201
        until = time.monotonic() + 2 * SECONDS + 3
        while newest(shopper)["summary"] != "From elsewhere" and time.monotonic() < until:
            time.sleep(0.1)
        assert newest(shopper)["summary"] == "From elsewhere"


def test_who_wrote_reads_it_at_once(caching: System) -> None:
    with httpx.Client(base_url=caching.url, trust_env=False) as browser:
        for turn in range(10):
            for _ in range(HOT):
                newest(browser)
            assert browser.post("/reviews", json={**REVIEW, "summary": f"Browser {turn}"}).status_code == 201
            assert newest(browser)["summary"] == f"Browser {turn}"
    # A storefront's server has no cookies: it says that it wants what is new.
    with httpx.Client(base_url=caching.url, trust_env=False, headers={"Cache-Control": "no-cache"}) as server:
        for turn in range(10):
            assert server.post("/reviews", json={**REVIEW, "summary": f"Server {turn}"}).status_code == 201
            server.cookies.clear()
            assert newest(server)["summary"] == f"Server {turn}"
