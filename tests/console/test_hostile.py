"""Whatever people wrote, and whatever addresses they try: it is shown as text, and nothing breaks."""

import pytest

from backend.domain.errors import Unavailable
from backend.services import queue
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser

pytestmark = pytest.mark.anyio

HTMX = {"hx-request": "true"}
TEXTS = {
    "a script": "<script>alert(1)</script>",
    "an attribute": '" autofocus onfocus=alert(1) x="',
    "a template": "{{ 7 * 11003 }} {% raw %}",
    "a partial of htmx": '<hx-partial hx-target="#main" hx-swap="innerHTML">gone</hx-partial>',
    "a sign-out": '<form action="/console/logout" method="post"><button>Read more</button></form>',
    "the end of a stream": "\n\nevent: ended\ndata: x\n\n",
    "right to left": "\u202eevil\u202c محمد",
    "one long word": "x" * 10_000,
    "the word null": "null",
    "astral": "👩‍👩‍👧‍👦" * 50,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_text_stays_text(moderator: Browser, database: Database, text: str) -> None:
    async with database.write() as writer:
        await cast.review(
            writer,
            id=1,
            summary=text[:60],
            body=text,
            response=text,
            reviewer_name=text[:60].strip() or "x",
            reviewer_email=text[:60],
            photo_ids=[1],
            photo_urls=["https://elsewhere.example/" + text[:60]],
        )
        await writer.execute("update product set name = %s where id = 1", (text[:200],))
        await writer.execute(
            "insert into report (review_id, product_id, note, reason) values (1, 1, %s, %s)", (text, text[:60])
        )
        await writer.execute("insert into moderation_case (review_id, product_id, kind) values (1, 1, 'reported')")
    answers = [
        await moderator.get("/console/reviews"),
        await moderator.http.get("/console/reviews", params={"q": text[:200]}),
        await moderator.get("/console/reviews/1"),
        await moderator.get("/console/queue?review=1"),
        await moderator.get("/console/reviews/1", **HTMX, **{"hx-target": "dialog#drawer"}),
        await moderator.post("/console/judge", {"review": "1", "hide": "spam", "view": "drawer"}, **HTMX),
    ]
    for answer in answers:
        assert answer.status_code == 200
        for harm in ("<script>alert", 'onfocus=alert(1) x=""', "77021", 'innerHTML">gone', "<button>Read more"):
            assert harm not in answer.text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example/x", "https://[broken"])
async def test_a_photo_that_is_no_address_is_text(moderator: Browser, database: Database, url: str) -> None:
    async with database.write() as writer:
        await cast.review(writer, id=1, photo_ids=[1], photo_urls=[url])
    page = await moderator.get("/console/reviews/1")
    assert page.status_code == 200
    assert f'src="{url}' not in page.text
    assert url.startswith("https") or f'href="{url}' not in page.text


ODD_ADDRESSES = [
    "/console/reviews/0",
    "/console/reviews/-1",
    "/console/reviews/1e9",
    "/console/reviews/99999999999999999999",
    "/console/reviews/%00",
    "/console/reviews/" + "9" * 5000,
    "/console/reviews/1/2/3",
    "/console/imports/99999999999999999999",
    "/console/" + "x" * 2000,
    "/console/reviews/%F0%9F%92%A9",
]


async def test_an_odd_address_is_a_page_that_is_not_there(moderator: Browser, subtests: pytest.Subtests) -> None:
    for url in ODD_ADDRESSES:
        with subtests.test(url=url):
            answer = await moderator.get(url)
            assert answer.status_code == 404
            assert "There is nothing here" in answer.text
            assert "Traceback" not in answer.text


async def test_odd_queries_are_a_list(moderator: Browser) -> None:
    places = ("older=99999999999999999999.1", "older=x", "newer=1.1")
    for query in ("q=%00%ff", *places, "done=x&done=" + "9" * 30, "q=" + "%27" * 90):
        assert (await moderator.get(f"/console/reviews?{query}")).status_code == 200, query


async def test_a_failure_is_calm_and_has_a_reference(moderator: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(queue, "cards", broken)
    answer = await moderator.get("/console/queue")
    assert answer.status_code == 500
    assert "This page failed" in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "secret inside" not in answer.text


async def test_an_absent_database_is_said_and_tried_again(moderator: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    async def absent(*_: object) -> None:
        raise Unavailable("The database does not answer. Try again shortly.", retry_after=2)

    monkeypatch.setattr(queue, "cards", absent)
    answer = await moderator.get("/console/queue")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert '<meta http-equiv="refresh"' in answer.text
    part = await moderator.get("/console/queue", **{**HTMX, "hx-target": "div#panes"})
    assert part.status_code == 503
    assert part.headers["hx-retarget"] == "#toasts"
