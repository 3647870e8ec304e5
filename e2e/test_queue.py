"""The queue by keyboard alone, by two at once, several cards at once, and without a script."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Opener, Watch, axe, sound
from e2e.looking import fits, last_decision, painted, public


@pytest.fixture
def reported(open_as: Opener, http: httpx.Client) -> list[int]:
    """The first six cards, in their order: of something unlawful, which comes before all else. None is the lead's."""
    page = open_as("viewer")
    page.goto("/console/queue")
    urgent = page.locator(".cards li").filter(has_text="Unlawful content")
    product = next(number for number in range(200, 400) if len(public(http, number)) >= 6)
    for review in list(public(http, product))[: max(0, 6 - urgent.count())]:
        said = {"reason": "illegal", "text": "It must not stand there."}
        assert http.put(f"/reviews/{review}/report", json=said).status_code == 204
    page.reload()
    theirs = page.locator(".who bdi").filter(has_text=re.compile("^Lead$"))
    free = page.locator(".cards li").filter(has_not=theirs).locator("[data-card]")
    return [int(card.get_attribute("id").removeprefix("case-")) for card in free.all()[:6]]  # type: ignore[union-attr]


def on(page: Page, review: int) -> None:
    """That this card is the open one."""
    expect(page.locator(f"#open-{review}")).to_be_visible()
    expect(page.locator(f"#case-{review}")).to_have_attribute("aria-current", "true")


def shown(http: httpx.Client, review: int) -> dict[str, object] | None:
    answer = http.get(f"/reviews/{review}")
    return answer.json() if answer.status_code == 200 else None


def test_a_session_by_keyboard_alone(open_as: Opener, http: httpx.Client, reported: list[int]) -> None:
    page = open_as("moderator")
    press = page.keyboard.press
    page.goto(f"/console/queue?review={reported[0]}")
    on(page, reported[0])

    press("a")
    on(page, reported[1])
    expect(last_decision(page)).to_contain_text("Approved")
    assert shown(http, reported[0])
    press("r")
    expect(page.locator("[data-reason='1']")).to_be_focused()
    assert axe(page) == []
    press("r")  # looking took longer than the first one waits for its number
    press("8")
    on(page, reported[2])
    expect(last_decision(page)).to_contain_text("Hidden: unlawful content")
    press("h")
    on(page, reported[3])
    press("s")
    on(page, reported[4])
    press("k")
    on(page, reported[3])

    press("c")
    expect(page.get_by_label("Reply as the merchant").locator("textarea")).to_be_focused()
    page.keyboard.type("a r j: letters are letters here")
    press("Escape")
    expect(page.locator("#say form")).to_have_count(0)
    press("c")
    page.get_by_role("link", name="Thanks").press("Enter")
    expect(page.locator("[data-say]")).to_have_value(re.compile("Thank you, "))
    expect(page.locator("[data-say]")).to_be_focused()
    press("Control+Enter")
    expect(last_decision(page)).to_contain_text("Replied")
    expect(page.locator(".p-review .reply")).to_contain_text("Thank you, ")
    press("n")
    expect(page.locator("[data-say]")).to_be_focused()
    page.keyboard.type("Seen before.")
    press("Control+Enter")
    expect(page.locator(".p-ctx")).to_contain_text("Seen before.")

    # Back through what was done, the last first, also after a reload.
    page.reload()
    painted(page)
    for review, what in ((reported[3], "replied"), (reported[2], "on hold"), (reported[1], "hidden")):
        press("z")
        expect(last_decision(page)).to_contain_text(f"{what}:")
        expect(page.locator(f"#open-{review}")).to_be_visible()
    press("z")
    expect(last_decision(page)).to_contain_text("approved:")
    assert not any(shown(http, review) for review in reported[:3])


def test_the_ways_by_keyboard(open_as: Opener, reported: list[int]) -> None:
    page = open_as("moderator")
    press = page.keyboard.press
    page.goto("/console/queue")
    painted(page)
    press("]")
    expect(page).to_have_url(re.compile("kind=held"))
    painted(page)
    press("[")
    expect(page).not_to_have_url(re.compile("kind=held"))
    press("o")
    expect(page).to_have_url(re.compile(r"/console/reviews/\d+$"))
    press("u")
    expect(page).to_have_url(re.compile("/console/reviews$"))
    painted(page)
    press("g")
    press("q")
    expect(page).to_have_url(re.compile("/console/queue$"))
    painted(page)
    press("?")
    expect(page.locator("#modal")).to_contain_text("Hide, with that reason")
    assert axe(page) == []


def test_several_cards_get_one_decision(open_as: Opener, http: httpx.Client, reported: list[int]) -> None:
    page = open_as("moderator")
    page.goto(f"/console/queue?review={reported[1]}")
    painted(page).keyboard.press("x")
    page.keyboard.press("j")
    on(page, reported[2])
    page.keyboard.press("j")
    on(page, reported[3])
    page.keyboard.press("Shift+X")
    expect(page.locator(".for-all")).to_contain_text("3 reviews")
    page.keyboard.press("r")
    page.keyboard.press("9")
    expect(last_decision(page)).to_contain_text("Hidden: duplicate, 3 reviews")
    expect(page.locator(f"#case-{reported[2]}")).to_have_count(0)
    expect(page.locator(f"#case-{reported[0]}")).to_have_count(1)
    page.keyboard.press("z")
    expect(last_decision(page)).to_contain_text("3 taken back")
    expect(page.locator(f"#case-{reported[2]}")).to_have_count(1)
    page.keyboard.press("*")
    page.keyboard.press("a")
    expect(page.locator(".cards input:not(:checked)")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".cards input:checked")).to_have_count(0)


def test_two_at_once(open_as: Opener, http: httpx.Client, reported: list[int], watch: Watch) -> None:
    watch.allow("status of 409")
    first, second = open_as("moderator"), open_as("lead")
    second.goto(f"/console/queue?review={reported[5]}")  # whoever signs in has the first free card open
    first.goto(f"/console/queue?review={reported[0]}")
    expect(first.locator("#claim")).to_have_text("Yours")
    second.goto("/console/queue")
    expect(second.locator(f"#who-{reported[0]}")).to_have_text("Moderator")
    expect(second.locator("#claim")).to_have_text("Yours")
    second.goto(f"/console/queue?review={reported[0]}")
    expect(second.locator("#claim")).to_contain_text("Moderator has it open")
    painted(second).keyboard.press("a")
    expect(second.locator(".toast")).to_contain_text("Moderator has this card open")
    second.goto(f"/console/queue?review={reported[0]}")
    assert axe(second) == []

    # Without a reload, each sees what the other has and does.
    first.keyboard.press("s")
    on(first, reported[1])
    expect(second.locator(f"#who-{reported[1]}")).to_have_text("Moderator", timeout=15_000)
    expect(second.locator("#claim")).to_have_text("Yours")
    second.keyboard.press("a")
    expect(last_decision(second)).to_contain_text("Approved")
    first.locator(f"#pick-{reported[0]}").check()
    first.keyboard.press("h")
    expect(first.locator(".toast")).to_contain_text("Lead approved it, just now.")
    expect(first.locator(f"#case-{reported[0]}")).to_have_count(0)
    assert shown(http, reported[0]), "the first decision stands"


def test_on_a_phone_the_list_claims_nothing(open_as: Opener, reported: list[int]) -> None:
    phone, other = open_as("lead", viewport={"width": 390, "height": 844}), open_as("viewer")
    phone.goto(f"/console/queue?review={reported[5]}")
    expect(phone.locator("#claim")).to_have_text("Yours")
    phone.locator(".back").click()
    expect(phone.locator(f"#case-{reported[0]}")).to_be_visible()
    phone.wait_for_load_state("networkidle")
    other.goto("/console/queue")
    theirs = other.locator(".who").filter(has=other.locator("bdi", has_text=re.compile("^Lead$")))
    expect(theirs).to_have_count(1)
    expect(theirs).to_have_id(f"who-{reported[5]}")


def test_each_state_in_each_look(open_as: Opener, reported: list[int]) -> None:
    page = open_as("moderator")
    for address in (f"/console/queue?review={reported[0]}&say=reply&beside=1", "/console/queue?kind=mine"):
        page.goto(address)
        sound(page)
    page.set_viewport_size({"width": 1100, "height": 800})
    page.goto("/console/queue")
    page.locator(".cards input").first.check()
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
    assert axe(page) == []
    assert fits(page)


def test_without_a_script(open_as: Opener, http: httpx.Client, reported: list[int]) -> None:
    page = open_as("moderator", java_script_enabled=False)
    page.goto("/console/queue")
    page.locator(f"#case-{reported[0]}").click()
    on(page, reported[0])
    page.get_by_role("link", name=re.compile("^Reply")).click()
    page.get_by_role("link", name="Sorry, and how to reach us").click()
    page.get_by_role("button", name=re.compile("^Reply")).click()
    expect(last_decision(page)).to_contain_text("Replied")
    page.get_by_role("button", name=re.compile("^Hold")).click()
    expect(last_decision(page)).to_contain_text("On hold")
    on(page, reported[1])
    for review in reported[2:4]:
        page.locator(f"#pick-{review}").check()
    expect(page.locator(".for-all")).to_contain_text("chosen: the decision is about these")
    page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(last_decision(page)).to_contain_text("2 reviews")
    assert shown(http, reported[3])
    last_decision(page).get_by_role("button", name=re.compile("^Undo")).click()
    expect(last_decision(page)).to_contain_text("Taken back")
    assert not shown(http, reported[3])
    last_decision(page).get_by_role("button", name=re.compile("^One more")).click()
    expect(page.locator(f"#open-{reported[0]}")).to_be_visible()
