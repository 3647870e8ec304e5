"""Editing a review in the console: the form, what it refuses, and two who save at once."""

import re
from typing import Any

import pytest

from backend.domain.roles import Role
from backend.store.database import Database
from tests import cast
from tests.console.conftest import Browser, Enter

pytestmark = pytest.mark.anyio
_BODY = "I wore it for a whole winter and nobody saw me once."
FORM: dict[str, Any] = {
    "version": "1",
    "summary": "Warm and quiet",
    "body": _BODY,
    "rating": "4",
    "recommend": "1",
    "reviewer_name": "Inês",
    "product_id": "1",
    "response": "",
    "characteristic.11": "3",
    "characteristic.12": "",
}


@pytest.fixture
async def review(database: Database, people: None) -> str:
    async with database.write() as writer:
        number = await cast.review(writer, ratings=[901, cast.FIT, 3])
    return f"/console/reviews/{number}"


def chosen(page: str, name: str) -> list[str]:
    """The values of a field's radios."""
    return re.findall(rf'<input type="radio" name="{re.escape(name)}" value="([^"]*)"', page)


async def test_saved_and_taken_back_from_the_passport(moderator: Browser, review: str) -> None:
    form = (await moderator.get(f"{review}/edit?list=rating%3D4")).text
    assert 'name="version" value="1"' in form
    saved = await moderator.post(
        f"{review}/edit", {**FORM, "rating": "2", "body": _BODY.replace("winter", "spring"), "list": "rating=4"}
    )
    assert saved.headers["location"].startswith(f"{review}?list=rating%3D4&done=")
    page = (await moderator.get(saved.headers["location"])).text
    assert "<b>Moderator</b> edited it" in page
    assert "<del>winter</del><ins>spring</ins>" in page
    assert 'href="/console/reviews?rating=4"' in page  # the filters are still there
    (event,) = re.findall(r'name="event" value="(\d+)"[^<]*<input[^>]*view" value="page', page)
    await moderator.post("/console/undo", {"event": event, "view": "page", "back": review})
    page = (await moderator.get(review)).text
    assert "spring" not in page.split("Passport")[0]
    assert "Taken back since" in page


async def test_a_field_that_cannot_be_keeps_what_was_typed(moderator: Browser, review: str) -> None:
    refused = await moderator.post(f"{review}/edit", {**FORM, "product_id": "99", "summary": "Typed\x00 already"})
    assert refused.status_code == 422
    assert "There is no product 99." in refused.text
    assert 'aria-invalid="true" aria-describedby="e-product_id"' in refused.text
    assert "Typed" in refused.text
    for field, value in (("body", ""), ("rating", "9"), ("characteristic.11", "77"), ("characteristic.4", "1")):
        assert (await moderator.post(f"{review}/edit", {**FORM, field: value})).status_code == 422, field
    for field, value in (("version", "x"), ("reason", "a\x00b"), ("rating", "9" * 400), ("characteristic.", "1")):
        assert (await moderator.post(f"{review}/edit", {**FORM, field: value})).status_code < 500, field


async def test_who_comes_second_chooses_by_field(enter: Enter, review: str) -> None:
    first, second = await enter(Role.MODERATOR), await enter(Role.LEAD)
    theirs = {**FORM, "body": _BODY.replace("winter", "summer"), "summary": "Theirs alone"}
    assert (await first.post(f"{review}/edit", theirs)).status_code == 303
    yours = {**FORM, "body": _BODY.replace("winter", "spring"), "rating": "1"}
    conflict = await second.post(f"{review}/edit", yours)
    assert conflict.status_code == 409
    assert "Moderator saved this review while you were writing" in conflict.text
    assert chosen(conflict.text, "body") == [yours["body"], theirs["body"], _BODY]
    assert "<ins>spring</ins>" in conflict.text
    assert "<del>winter</del>" in conflict.text
    assert 'value="Theirs alone"' in conflict.text
    assert '<option value="1" selected>1 star</option>' in conflict.text
    assert 'name="version" value="2"' in conflict.text
    again = {**yours, "summary": "Theirs alone", "body": theirs["body"], "version": "2"}
    assert (await second.post(f"{review}/edit", again)).status_code == 303
    page = (await second.get(review)).text
    assert "for a whole summer" in page
    assert "version 3" in page or "<dt>Version</dt><dd>3</dd>" in page


async def test_what_two_changed_differently_is_put_together(enter: Enter, review: str) -> None:
    first, second = await enter(Role.MODERATOR), await enter(Role.LEAD)
    await first.post(f"{review}/edit", {**FORM, "summary": "Theirs"})
    conflict = await second.post(f"{review}/edit", {**FORM, "rating": "1"})
    assert conflict.status_code == 409
    assert "You changed different things" in conflict.text
    assert 'type="radio"' not in conflict.text
    assert 'value="Theirs"' in conflict.text
