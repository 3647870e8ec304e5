"""What a run's page tells beside the balance: that it is a dry one, its stages, what the columns of its files hold."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from admin_ui import runs
from backend.domain.roles import Role
from backend.store.database import Database
from tests.console.conftest import Browser, Enter
from tests.console.test_imports import a_run

pytestmark = pytest.mark.anyio


@pytest.fixture
async def operator(enter: Enter) -> Browser:
    return await enter(Role.OPERATOR)


async def test_a_dry_run_is_marked_and_claims_to_have_written_nothing(operator: Browser, database: Database) -> None:
    counts = {"file_records": 5, "file_inserted": 5, "options": '{"dry_run": true}', "started_at": datetime.now(UTC)}
    run_id, real = await a_run(database, **counts), await a_run(database, **{**counts, "options": "{}"})
    for state, told in (("finished", "The balance holds"), ("cancelled", "Nothing was written.")):
        async with database.write() as writer:
            await writer.execute("update import_run set state = %s::run_state", (state,))
        page = (await operator.get(f"/console/imports/{run_id}")).text
        assert '<span class="tag">Dry run</span>' in page
        assert "this is what it would do; nothing was written." in page
        assert told in page
        for claim in ("erged", "stays", "/rollback"):
            assert claim not in page
        page = (await operator.get(f"/console/imports/{real}")).text
        assert "Dry run" not in page
        assert "/rollback" in page
    listed = (await operator.get("/console/imports")).text
    assert listed.count('<span class="tag">Dry run</span>') == 1
    assert (await operator.post(f"/console/imports/{run_id}/rollback")).status_code == 409


async def test_what_the_columns_hold_is_told_by_file(operator: Browser, database: Database) -> None:
    quality = {
        "id": {"empty": 0, "distinct": 1_200, "least": 1, "most": 5_774_952},
        "recommend": {"empty": 0, "distinct": 2, "least": False, "most": True},
        "written_at": {"empty": 0, "distinct": 9, "least": "2019-01-31T00:00:00+00:00", "most": "2020-03-31T21:25:42"},
        "response": {"empty": 1_100, "distinct": 90, "shortest": 1, "longest": 1_024},
        "default_price": {"empty": 3, "distinct": 0},
    }
    header = ["Price", "ID", "Recommend", "date", "response", "more"]
    theirs = {
        "id": "ID",
        "recommend": "Recommend",
        "written_at": "date",
        "response": "response",
        "default_price": "Price",
    }
    understood = json.dumps({"header": header, "columns": theirs})
    run_id = await a_run(database, file_quality=json.dumps(quality), file_understood=understood)
    page = (await operator.get(f"/console/imports/{run_id}")).text
    assert "5 columns, 2 with empty values" in page
    found = re.findall(r'<th scope="row" class="mono">(\w+)</th>(.*?)</tr>', page.split('id="columns"')[1])
    told = [(name, *[re.sub("<[^>]+>", "", cell) for cell in cells.split("</td>")[:-1]]) for name, cells in found]
    assert told == [
        ("default_price", "3", "0", "—"),
        ("id", "—", "1,200", "1 to 5,774,952"),
        ("recommend", "—", "2", "no to yes"),
        ("written_at", "—", "9", "2019-01-31 to 2020-03-31"),
        ("response", "1,100", "90", "1 to 1,024 bytes"),
    ]
    assert 'id="columns"' not in (await operator.get(f"/console/imports/{await a_run(database)}")).text


BEGAN = "2026-01-01T00:00:00+00:00"
TOOK = {"began": BEGAN, "ended": "2026-01-01T00:00:02+00:00"}


@pytest.mark.parametrize(
    ("state", "entered", "told"),
    [
        ("waiting", [], {"Pin objects": "ahead", "Read and clean": "ahead"}),
        ("running", [{"name": "pin", "began": BEGAN}], {"Pin objects": "now", "Read and clean": "ahead"}),
        (
            "running",
            [{"name": "pin", **TOOK}, {"name": "read", "began": BEGAN, "ahead": ["build"]}],
            {"Pin objects": "done", "Read and clean": "now", "Build indexes": "ahead"},
        ),
        (
            "failed",
            [{"name": "pin", **TOOK}, {"name": "read", "ahead": ["relate", "merge"], **TOOK}],
            {
                "Pin objects": "done",
                "Read and clean": "done",
                "Check relations": "ahead",
                "Merge and rollups": "ahead",
            },
        ),
        (
            "running",
            [{"name": "read", "ahead": ["relate", "judge"], **TOOK}, {"name": "relate", "began": BEGAN, "ahead": []}],
            {"Read and clean": "done", "Check relations": "now", "Judge, write nothing": "ahead"},
        ),
        ("finished", [{"name": "pin", **TOOK}], {"Pin objects": "done"}),
        ("reversing", [{"name": "pin", **TOOK}, {"name": "reverse", "began": BEGAN}], {"Pin objects": "done"}),
    ],
)
def test_stages_are_those_of_the_run(state: str, entered: list[Any], told: dict[str, str]) -> None:
    run = {"state": state, "stages": entered, "finished_at": None}
    assert {stage.name: stage.state for stage in runs.stages(run)} == told


def test_indexes_are_counted_while_they_are_built() -> None:
    building = {"name": "build", "began": BEGAN, "done": 3, "total": 12}
    run: dict[str, Any] = {"state": "running", "stage": "build", "stages": [building], "merge_total": 0}
    assert runs.progress(run, {"bytes": 9}) == runs.Progress(0.25, "build indexes, 3 of 12", None, "", None)
