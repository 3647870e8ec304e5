"""Signing in and out."""

import re

import pytest
from playwright.sync_api import expect

from e2e.conftest import Opener, Watch, axe
from e2e.people import Person, sign_in, try_to_sign_in
from e2e.system import System


def test_a_stranger_is_led_to_the_door_and_back_to_where_they_wanted(
    open_as: Opener, people: dict[str, Person]
) -> None:
    page = open_as(None)
    page.goto("/console/reviews?rating=1")
    expect(page).to_have_url(re.compile("/console/login"))
    try_to_sign_in(page, people["moderator"])
    expect(page).to_have_url(re.compile(r"/console/reviews\?rating=1$"))


def test_a_wrong_password_says_so_and_how_many_tries_are_left(
    open_as: Opener, people: dict[str, Person], watch: Watch
) -> None:
    watch.allow("status of 401")
    page = open_as(None)
    page.goto("/console/login")
    try_to_sign_in(page, Person(people["moderator"].email, "wrong"))
    expect(page.get_by_role("alert")).to_contain_text("did not match")
    expect(page.get_by_role("alert")).to_contain_text("left")
    expect(page.get_by_label("E-mail")).to_have_value(people["moderator"].email)
    assert axe(page) == []
    sign_in(page, people["moderator"])


def test_too_many_tries_are_paused_even_for_the_right_password(open_as: Opener, system: System, watch: Watch) -> None:
    watch.allow("status of 401", "status of 429")
    person = Person.hired(system, "viewer", "hasty@example.org")
    page = open_as(None)
    page.goto("/console/login")
    for _ in range(6):
        try_to_sign_in(page, Person(person.email, "wrong"))
        expect(page.get_by_role("alert")).to_be_visible()
    try_to_sign_in(page, person)
    expect(page.get_by_role("alert")).to_contain_text("Too many tries")
    expect(page).to_have_url(re.compile("/login"))
    assert axe(page) == []


@pytest.mark.parametrize(("role", "place"), [("moderator", "queue"), ("operator", "imports"), ("viewer", "reviews")])
def test_everybody_begins_where_their_work_is(open_as: Opener, role: str, place: str) -> None:
    page = open_as(role)
    page.goto("/console/")
    expect(page).to_have_url(re.compile(f"/console/{place}"))


def test_signing_out_ends_the_session(open_as: Opener, people: dict[str, Person]) -> None:
    page = open_as(None)
    sign_in(page, people["lead"])
    kept = page.context.cookies()
    page.goto("/console/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/login"))
    # Also for somebody who kept the cookie.
    again = open_as(None)
    again.context.add_cookies(kept)  # type: ignore[arg-type]
    again.goto("/console/reviews")
    expect(again).to_have_url(re.compile("/login"))


def test_a_form_without_its_token_is_refused(open_as: Opener, system: System) -> None:
    page = open_as("moderator")
    page.goto("/console/reviews")
    answer = page.request.post(f"{system.url}/console/judge", form={"review": "1.1", "hide": "spam"})
    assert answer.status == 403
