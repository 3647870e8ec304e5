"""Hide, restore, report and undo, from every place that offers them, with htmx and without."""

import re
from typing import Any

import pytest

from backend.domain.roles import Role
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio
HTMX = {"hx-request": "true"}
_EVENT = re.compile(r'name="event" value="(\d+)"')


async def states(database: Database) -> dict[int, str]:
    async with database.read(fresh=True) as reader:
        return {row["id"]: row["state"] for row in await reader.fetch_all("select id, state from review order by id")}


@pytest.fixture
async def three(database: Database) -> None:
    async with database.write() as writer:
        for number in (1, 2, 3):
            await cast.review(writer, id=number, reviewer_name=f"Reader {number}")


async def test_hidden_with_a_reason_then_undone_without_a_script(
    moderator: Browser, database: Database, three: None
) -> None:
    data = {"review": "2.1", "hide": "spam", "back": "/console/reviews?rating=4"}
    judged = await moderator.post("/console/judge", data)
    assert judged.status_code == 303
    assert judged.headers["location"].startswith("/console/reviews?rating=4&done=")
    assert await states(database) == {1: "published", 2: "hidden", 3: "published"}

    page = (await moderator.get(judged.headers["location"])).text
    assert "Hidden: spam or advertising" in page
    assert "Reader 2" in page
    event = _EVENT.search(page)[1]  # type: ignore[index]
    undone = await moderator.post("/console/undo", {"event": event, "back": judged.headers["location"]})
    assert undone.headers["location"].startswith("/console/reviews?rating=4&done=")
    assert (await states(database))[2] == "published"
    assert "Taken back" in (await moderator.get(undone.headers["location"])).text


async def test_several_rows_at_once_come_back_as_rows_with_one_undo(
    moderator: Browser, database: Database, three: None
) -> None:
    data = {"review": ["1.1", "3.1"], "decision": "hide", "reason": "off-topic", "view": "list"}
    answer = await moderator.post("/console/judge", data, **HTMX)
    assert re.findall(r'hx-target="#row-(\d+)"', answer.text) == ["1", "3"]
    assert answer.text.count("Hidden") >= 3
    assert "Hidden: 2 reviews" in answer.text
    events = _EVENT.findall(answer.text)
    assert await states(database) == {1: "hidden", 2: "published", 3: "hidden"}
    answer = await moderator.post("/console/undo", {"event": events, "view": "list"}, **HTMX)
    assert "2 taken back" in answer.text
    assert await states(database) == {1: "published", 2: "published", 3: "published"}


async def test_without_a_reason_nothing_is_hidden(moderator: Browser, database: Database, three: None) -> None:
    for reason in ("", "because"):
        refused = await moderator.post("/console/judge", {"review": "1.1", "decision": "hide", "reason": reason})
        assert refused.status_code == 422
        assert "Choose why the review is hidden." in refused.text
    toast = await moderator.post("/console/judge", {"review": "1.1", "decision": "hide"}, **HTMX)
    assert toast.headers["hx-retarget"] == "#toasts"
    assert 'role="alert"' in toast.text
    assert set((await states(database)).values()) == {"published"}


async def test_the_second_of_two_sees_what_the_first_did(
    moderator: Browser, enter: Enter, database: Database, three: None
) -> None:
    lead = await enter(Role.LEAD)
    await lead.post("/console/judge", {"review": "1.1", "decision": "restore"})
    late = await moderator.post("/console/judge", {"review": "1.1", "hide": "spam"})
    assert late.status_code == 409
    assert "Lead approved it, just now. Look again, then decide." in late.text
    both = await moderator.post("/console/judge", {"review": ["1.1", "2.1"], "hide": "spam", "view": "list"}, **HTMX)
    assert both.status_code == 200
    assert "1 left as it was" in both.text
    assert "Lead approved it" in both.text
    assert await states(database) == {1: "approved", 2: "hidden", 3: "published"}


async def test_restored_from_the_page_of_one_review(moderator: Browser, database: Database, three: None) -> None:
    await moderator.post("/console/judge", {"review": "1", "hide": "fake"})
    page = (await moderator.get("/console/reviews/1")).text
    assert "Restore" in page
    assert "Not a genuine experience" in page
    assert re.search(r"<del>Published</del>\s*<ins>Hidden</ins>", page)
    answer = await moderator.post(
        "/console/judge", {"review": "1.2", "decision": "restore", "view": "page", "back": "/console/reviews/1"}, **HTMX
    )
    assert 'hx-target="#review"' in answer.text
    assert re.search(r"<del>Hidden</del>\s*<ins>Approved</ins>", answer.text)
    assert (await states(database))[1] == "approved"


async def test_an_undo_keeps_what_somebody_changed_since(
    moderator: Browser, enter: Enter, database: Database, three: None
) -> None:
    answer = await moderator.post("/console/judge", {"review": "1", "hide": "fake", "view": "list"}, **HTMX)
    event = _EVENT.search(answer.text)[1]  # type: ignore[index]
    await (await enter(Role.LEAD)).post("/console/judge", {"review": "1", "decision": "restore"})
    undone = await moderator.post("/console/undo", {"event": event, "view": "list"}, **HTMX)
    assert "0 taken back, 1 kept because they changed since" in undone.text
    assert (await states(database))[1] == "approved"


async def test_a_report_queues_and_hides(moderator: Browser, database: Database, three: None) -> None:
    answer = await moderator.post("/console/judge", {"review": "2", "decision": "report", "view": "list"}, **HTMX)
    assert "Reported: 1 review" in answer.text
    assert (await states(database))[2] == "reported"
    queue = (await moderator.get("/console/queue")).text
    assert 'id="case-2"' in queue
    assert "Reported once," in queue
    assert "Moderator" in queue, "who reported it"


async def test_the_queue_goes_on_to_the_next_card(moderator: Browser, database: Database, three: None) -> None:
    for number in (1, 2, 3):
        await moderator.post("/console/judge", {"review": str(number), "decision": "report"})
    page = (await moderator.get("/console/queue?review=2")).text
    assert re.search(r'id="case-2"[^>]*aria-current', page)
    decision = page[page.index('id="decide"') :]
    following = re.search(r'name="back" value="([^"]+)"', decision)[1]  # type: ignore[index]
    assert following == "/console/queue?review=3"
    data = {"open": "2.2", "hide": "spam", "view": "queue", "back": following}
    judged = await moderator.post("/console/judge", data, **HTMX)
    assert judged.headers["hx-replace-url"] == following
    answer = judged.text
    assert 'hx-target="#panes"' in answer
    assert re.search(r'id="case-3"[^>]*aria-current', answer)
    assert 'id="case-2"' not in answer
    event = _EVENT.search(answer)[1]  # type: ignore[index]
    asked = {"event": event, "view": "queue", "back": following}
    back = (await moderator.post("/console/undo", asked, **HTMX)).text
    assert re.search(r'id="case-2"[^>]*aria-current', back), "what was taken back is open again"


async def test_an_empty_queue_says_so(moderator: Browser, database: Database) -> None:
    assert "All clear" in (await moderator.get("/console/queue")).text
    async with database.write() as writer:
        await cast.review(writer, id=9, state="held")
        await writer.execute("insert into moderation_case (review_id, product_id, kind) values (9, 1, 'held')")
    assert "Look at 1 held" in (await moderator.get("/console/queue")).text
    assert 'id="case-9"' in (await moderator.get("/console/queue?kind=held")).text


async def test_the_drawer_holds_the_review_and_its_decision(moderator: Browser, three: None) -> None:
    drawer = await moderator.get("/console/reviews/3", **HTMX, **{"hx-target": "dialog#drawer"})
    assert drawer.text.lstrip().startswith('<dialog id="drawer"')
    assert 'name="view" value="drawer"' in drawer.text
    answer = await moderator.post("/console/judge", {"review": "3.1", "hide": "spam", "view": "drawer"}, **HTMX)
    assert re.findall(r'hx-partial hx-target="(#[^"]+)"', answer.text)[:2] == ["#row-3", "#drawer"]


ODD_DECISIONS: list[tuple[dict[str, Any], int]] = [
    ({}, 422),
    ({"decision": "burn", "review": "1"}, 422),
    ({"decision": "restore"}, 422),
    ({"decision": "restore", "review": "77"}, 404),
    ({"decision": "restore", "review": "9" * 30}, 404),
    ({"decision": "restore", "review": "x.y"}, 404),
    ({"decision": "restore", "review": [str(n) for n in range(1, 102)]}, 422),
]


async def test_odd_decisions_are_refused(moderator: Browser, three: None, subtests: pytest.Subtests) -> None:
    for data, status in ODD_DECISIONS:
        with subtests.test(data=data, status=status):
            assert (await moderator.post("/console/judge", data)).status_code == status


ODD_UNDOS = [([], 404), (["x"], 422), (["99"], 404), (["9" * 18], 404), (["9" * 40], 422)]


async def test_odd_undos_are_refused(moderator: Browser, subtests: pytest.Subtests) -> None:
    for events, status in ODD_UNDOS:
        with subtests.test(events=events, status=status):
            assert (await moderator.post("/console/undo", {"event": events})).status_code == status
