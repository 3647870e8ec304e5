"""A moderator at work: find, open, hide, undo, restore, report; each shows in the storefront's very next request."""

import re

import httpx
from playwright.sync_api import expect

from e2e.conftest import Opener, Watch, sound
from e2e.looking import counted, last_decision, painted, public, rows


def test_filters_are_in_the_address_and_come_off_by_their_chips(open_as: Opener, product: int) -> None:
    page = open_as("moderator")
    page.goto("/console/reviews")
    page.get_by_text("Add a filter").click()
    page.get_by_role("checkbox", name="5 stars", exact=False).first.check()
    page.get_by_label("Product id").fill(str(product))
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile(rf"rating=5.*product={product}"))
    expect(page.locator(".chip")).to_have_count(2)
    assert rows(page).count() > 0
    page.reload()
    expect(page.locator(".chip")).to_have_count(2)
    page.get_by_label(re.compile("Remove filter Rating")).click()
    expect(page.locator(".chip")).to_have_count(1)
    expect(page).not_to_have_url(re.compile("rating"))


def test_older_and_newer_lead_there_and_back(open_as: Opener) -> None:
    page = open_as("moderator")
    page.goto("/console/reviews")
    first = rows(page).first.get_attribute("id")
    page.get_by_role("link", name="Older").click()
    expect(rows(page).first).not_to_have_id(first or "")
    second = rows(page).first.get_attribute("id")
    page.get_by_role("link", name="Older").click()
    expect(rows(page).first).not_to_have_id(second or "")
    page.get_by_role("link", name="Newer", exact=True).click()
    expect(rows(page).first).to_have_id(second or "")
    page.go_back()
    page.go_back()
    page.go_back()
    expect(rows(page).first).to_have_id(first or "")


def test_words_are_found(open_as: Opener, http: httpx.Client, product: int) -> None:
    sent = http.post(
        "/reviews",
        json={
            "product_id": product,
            "rating": 5,
            "summary": "Quokka approved",
            "body": "My quokka sleeps in it, and it has come out of the washing machine as it went in.",
            "recommend": True,
            "name": "Zoë",
            "email": "zoe@example.org",
        },
    )
    assert sent.status_code == 201
    page = open_as("moderator")
    page.goto("/console/reviews")
    page.get_by_role("searchbox").fill("quokka")
    page.get_by_role("searchbox").press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Quokka approved")
    page.goto("/console/reviews?q=nobodywrotethisword")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_hiding_shows_in_the_storefront_at_once_and_so_does_its_undo(
    open_as: Opener, http: httpx.Client, product: int
) -> None:
    page = open_as("moderator")
    review = next(iter(public(http, product)))
    before = counted(http, product)
    page.goto(f"/console/reviews?product={product}")
    opener = page.locator(f"#open-{review}")
    if opener.count():
        opener.click()
    else:  # on a later page of the list
        page.goto(f"/console/reviews/{review}")
    page.get_by_role("button", name="Spam or advertising").click()
    toast = last_decision(page)
    expect(toast).to_contain_text("Hidden: spam")
    assert review not in public(http, product)
    assert counted(http, product) == before - 1
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_contain_text(re.compile("taken back", re.IGNORECASE))
    assert review in public(http, product)
    assert counted(http, product) == before


def test_one_review_keeps_its_history(open_as: Opener, http: httpx.Client, product: int) -> None:
    page = open_as("moderator")
    review = list(public(http, product))[1]
    page.goto(f"/console/reviews/{review}")
    page.get_by_role("button", name="Offensive language").click()
    expect(page.locator("#review .head")).to_contain_text("Hidden")
    history = page.locator("ol.time")
    expect(history).to_contain_text("Moderator")
    expect(history).to_contain_text(re.compile(r"Run \d+ wrote it"))
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("#review .head")).to_contain_text("Approved")
    assert review in public(http, product)
    page.reload()
    expect(page.locator("#review .head")).to_contain_text("Approved")
    painted(page).keyboard.press("n")
    expect(page.locator("[data-say]")).to_be_focused()
    sound(page)
    page.keyboard.type("Approved twice.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("aside .nt")).to_contain_text("Approved twice.")


def test_a_moderators_report_queues_it_and_the_queue_decides(open_as: Opener, http: httpx.Client, product: int) -> None:
    page = open_as("moderator")
    review = list(public(http, product))[2]
    page.goto(f"/console/reviews/{review}")
    page.get_by_role("button", name=re.compile("^Report")).click()
    expect(page.locator("#review .head")).to_contain_text("Reported")
    assert review not in public(http, product)
    page.goto(f"/console/queue?review={review}")
    expect(page.locator(".p-review")).to_contain_text("Reported")
    page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(last_decision(page)).to_contain_text("Approved")
    assert review in public(http, product)


def test_several_at_once_and_undo_all(open_as: Opener, http: httpx.Client, product: int) -> None:
    page = open_as("moderator")
    before = counted(http, product)
    page.goto(f"/console/reviews?product={product}&status=published")
    chosen = page.get_by_role("checkbox", name=re.compile("Choose review"))
    for number in range(3):
        chosen.nth(number).check()
    expect(page.locator("[data-chosen]")).to_have_text("3 reviews")
    page.get_by_label("Reason for hiding").select_option("off-topic")
    page.get_by_role("button", name="Hide", exact=True).click()
    toast = last_decision(page)
    expect(toast).to_contain_text("3 reviews")
    assert counted(http, product) == before - 3
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_contain_text(re.compile("taken back", re.IGNORECASE))
    assert counted(http, product) == before


def test_a_viewer_only_looks(open_as: Opener, http: httpx.Client, product: int) -> None:
    page = open_as("viewer")
    review = next(iter(public(http, product)))
    page.goto(f"/console/reviews/{review}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for name in ("Approve", "Report", "Spam or advertising"):
        expect(page.get_by_role("button", name=re.compile(f"^{name}"))).to_have_count(0)


def test_two_moderators_do_not_overwrite_each_other(
    open_as: Opener, http: httpx.Client, product: int, watch: Watch
) -> None:
    watch.allow("status of 409")
    review = list(public(http, product))[3]
    first, second = open_as("moderator"), open_as("lead")
    for page in (first, second):
        page.goto(f"/console/reviews/{review}")
    first.get_by_role("button", name="Duplicate").click()
    expect(first.locator("#review .head")).to_contain_text("Hidden")
    second.get_by_role("button", name=re.compile("^Approve")).click()
    expect(second.locator(".toast")).to_contain_text("Moderator hid it as duplicate, just now.")
    assert review not in public(http, product)


def test_from_the_keyboard_alone(open_as: Opener, http: httpx.Client, product: int) -> None:
    page = open_as("moderator")
    page.goto(f"/console/reviews?product={product}&status=published")
    before = counted(http, product)
    painted(page).keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tr.cur")).to_have_count(1)
    page.keyboard.press("Enter")
    drawer = page.locator("#drawer[open]")
    expect(drawer).to_be_visible()
    first = drawer.get_attribute("data-review") or ""
    page.keyboard.press("j")
    expect(drawer).not_to_have_attribute("data-review", first)
    page.keyboard.press("r")
    page.keyboard.press("4")
    expect(last_decision(page)).to_contain_text("Hidden")
    assert counted(http, product) == before - 1
    page.keyboard.press("z")
    expect(last_decision(page)).to_contain_text(re.compile("taken back", re.IGNORECASE))
    assert counted(http, product) == before
    page.keyboard.press("Escape")
    expect(page.locator("#drawer[open]")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page).to_have_url(re.compile("/console/imports"))


def test_tab_reaches_everything_beginning_with_the_way_to_the_content(open_as: Opener) -> None:
    page = open_as("moderator")
    page.goto("/console/reviews")
    painted(page).keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)
