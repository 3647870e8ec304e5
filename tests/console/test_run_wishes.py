"""What can be asked of a run: to be cancelled, paused and resumed, rolled back."""

from datetime import UTC, datetime

import pytest

from backend.domain.roles import Role
from backend.store.database import Database
from tests.console.conftest import Browser, Enter
from tests.console.test_imports import a_run

pytestmark = pytest.mark.anyio


@pytest.fixture
async def operator(enter: Enter) -> Browser:
    return await enter(Role.OPERATOR)


async def test_cancelled_where_it_can_be(operator: Browser, database: Database) -> None:
    run_id = await a_run(database, state="running", file_state="waiting")
    assert (await operator.post(f"/console/imports/{run_id}/cancel")).status_code == 303
    page = (await operator.get(f"/console/imports/{run_id}")).text
    assert "Cancelling" in page
    assert 'id="cancel"' not in page
    assert (await operator.post(f"/console/imports/{await a_run(database)}/cancel")).status_code == 409
    assert (await operator.post("/console/imports/77/cancel")).status_code == 404


async def test_paused_and_resumed(operator: Browser, database: Database) -> None:
    run_id = await a_run(database, state="running", file_state="waiting", stage="read", started_at=datetime.now(UTC))
    page = f"/console/imports/{run_id}"
    assert f'action="{page}/pause"' in (await operator.get(page)).text
    assert (await operator.post(f"{page}/pause")).status_code == 303
    shown = (await operator.get(page)).text
    assert "Pausing" in shown
    assert f'action="{page}/resume"' in shown
    began = datetime.now(UTC).isoformat()
    async with database.write() as writer:
        await writer.execute(
            "update import_run set stage = 'pause', stages = jsonb_build_array(jsonb_build_object("
            "'name', 'pause', 'began', %s::text))",
            (began,),
        )
    assert "It is paused." in (await operator.get(page)).text
    assert "Paused" in (await operator.get("/console/imports")).text
    assert "Paused" in (await operator.get("/console/jobs?state=paused")).text
    assert (await operator.post(f"{page}/resume")).status_code == 303
    assert (await operator.post(f"{page}/resume")).status_code == 409
    assert (await operator.post(f"/console/imports/{await a_run(database)}/pause")).status_code == 409
    assert (await operator.post("/console/imports/77/pause")).status_code == 404


async def test_rolled_back_by_a_button(operator: Browser, database: Database, enter: Enter) -> None:
    run_id = await a_run(database, started_at=datetime.now(UTC), file_records=5, file_inserted=5)
    page = (await operator.get(f"/console/imports/{run_id}")).text
    assert f'action="/console/imports/{run_id}/rollback"' in page
    viewer = await enter(Role.VIEWER)
    assert "/rollback" not in (await viewer.get(f"/console/imports/{run_id}")).text
    assert (await viewer.post(f"/console/imports/{run_id}/rollback")).status_code == 403
    assert (await operator.post(f"/console/imports/{run_id}/rollback")).status_code == 303
    page = (await operator.get(f"/console/imports/{run_id}")).text
    assert "Rolling back" in page
    assert 'id="cancel"' in page
    assert 'id="rollback"' not in page
    async with database.write() as writer:
        job = await writer.fetch_one("select task_name, args from procrastinate_jobs")
        assert job == {"task_name": "rollback", "args": {"run_id": run_id}}
        await writer.execute("update import_run set state = 'reversed' where id = %s", (run_id,))
        await writer.execute(
            'update import_file set reversed = 3, reverse_kept = 2, kept_by = \'{"user 2": 1, "public": 1}\''
        )
    page = (await operator.get(f"/console/imports/{run_id}")).text
    assert "3 reversed, 2 kept" in page
    assert "Votes and reports: 1, Colleague 2: 1" in page
    assert (await operator.post(f"/console/imports/{run_id}/rollback")).status_code == 409
