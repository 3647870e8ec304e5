"""The pages of load tests: their list, one with its course, two side by side; and what stands on the system's page."""

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from admin_ui import load_tests as telling
from admin_ui import rendering
from backend.domain.actors import SYSTEM
from backend.domain.roles import Role
from backend.services import load_tests
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio

LIST = "/console/system/load-tests"


@pytest.fixture
async def operator(enter: Enter) -> Browser:
    return await enter(Role.OPERATOR)


async def kept(database: Database, *tests: object) -> list[int]:
    async with database.write() as writer:
        return [await load_tests.store(writer, SYSTEM, test) for test in tests]  # type: ignore[arg-type]


async def test_the_list_page_by_page(operator: Browser, database: Database) -> None:
    assert "No load tests yet" in (await operator.get(LIST)).text
    others = [cast.load_test()] * (load_tests.PAGE - 2)
    numbers = await kept(database, cast.load_test(), *others, cast.load_test(held=False), cast.load_test(partial=True))
    page = (await operator.get(LIST)).text
    assert "Broken off" in page
    assert "Missed" in page
    assert f'href="{LIST}/{numbers[-1]}?with={numbers[-2]}"' in page
    assert f">Test {numbers[0]}<" not in page
    assert f'href="{LIST}?before={numbers[1]}"' in page
    older = (await operator.get(f"{LIST}?before={numbers[1]}")).text
    assert f">Test {numbers[0]}<" in older
    assert "Older" not in older
    assert "No older load tests" in (await operator.get(f"{LIST}?before={numbers[0]}")).text


async def test_one(operator: Browser, database: Database) -> None:
    (number,) = await kept(database, cast.load_test(p95=120.0, held=False, rate=1_600.0))
    page = (await operator.get(f"{LIST}/{number}")).text
    assert "Missed at 1,600 requests/s: p95" in page
    assert "Steady, 40 users, 1,600 requests/s for 30 s, storefront" in page
    assert "80 % of it was used" in page
    assert "The tool was near its end." in page
    assert "wrong body: a review twice" in page
    assert "0:10: 1,600 requests/s, 3 failed, p95 240 ms" in page
    assert 'name="with"' not in page  # there is no other


async def test_two_beside_each_other(operator: Browser, database: Database) -> None:
    first, second = await kept(database, cast.load_test(p95=20.0), cast.load_test(p95=30.0, rate=200.0))
    page = (await operator.get(f"{LIST}/{second}?with={first}")).text
    assert f"Load test {second} beside {first}" in page
    assert "They were not asked for the same:" in page
    assert "rate differs." in page
    assert page.count("50 % slower") == 2
    assert "33 % quicker" in (await operator.get(f"{LIST}/{first}?with={second}")).text


@pytest.mark.parametrize("address", ["/0", "/99", "/x", "/1?with=99", "/1?with=x", "/1?with=%00", "?before=x"])
async def test_what_is_not_there(operator: Browser, database: Database, address: str) -> None:
    await kept(database, cast.load_test())
    assert (await operator.get(f"{LIST}{address}")).status_code == 404


def test_pairs_leave_out_what_does_not_matter() -> None:
    def row(name: str, p95: float | None, requests: int = 100) -> dict[str, object]:
        return {"name": name, "p95": p95, "requests": requests}

    one = {"names": [row("close", 1.0), row("slower", 30.0), row("gone", 5.0), row("few", 9.0, 99)]}
    other = {"names": [row("close", 1.5), row("slower", 20.0), row("new", 5.0), row("few", 1.0)]}
    told = {pair.name: (pair.slower, pair.quicker, pair.differs is None) for pair in telling.pairs(one, other)}
    assert told == {
        "slower": (True, False, False),
        "close": (False, False, False),
        "gone": (False, False, True),
        "new": (False, False, True),
        "few": (False, False, True),
    }


async def test_beside_live_numbers(database: Database) -> None:
    live = {"rate": 812.0, "errors": 0.0002, "p50": 3.1, "p95": 17.0, "p99": None}
    template = rendering.environment().get_template("system_load_tests.html")
    around = {"visit": SimpleNamespace(zone=ZoneInfo("UTC"))}
    assert "None yet" in template.render(load_tests=telling.beside([], live), **around)
    await kept(database, cast.load_test(), cast.load_test(p95=33.0))
    async with database.read() as reader:
        beside = telling.beside(await load_tests.latest(reader, cast.OPERATOR), live)
    assert beside.lines[3] == ("p95", ["17 ms", "33 ms", "20 ms"], "up to 100 ms")
    assert beside.lines[4][1][0] == "—", "nothing was asked of late"
    assert "0.02 %" in template.render(load_tests=beside, **around)
