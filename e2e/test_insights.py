"""Insights in the browser: periods, the figures behind a chart, files, and the report on paper."""

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from e2e.conftest import Opener, axe


def test_a_figure_its_numbers_and_its_file(open_as: Opener) -> None:
    page = open_as("viewer")
    page.goto("/console/insights")
    page.get_by_role("link", name="90 days").click()
    expect(page).to_have_url(re.compile("days=90"))
    numbers = page.locator("section[aria-labelledby=written]").get_by_text("Numbers by day")
    for _ in range(45):  # the worker counts twice a minute
        if numbers.count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    expect(page.locator(".head .sub")).to_contain_text("reviews until")
    numbers.click()
    days = page.get_by_role("region", name="Numbers of reviews by day")
    expect(days.locator("tbody tr")).to_have_count(90)
    assert axe(page) == []
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Reviews by day as CSV").click()
    assert downloaded.value.suggested_filename.startswith("reviews-")
    page.locator("section[aria-labelledby=written] svg a").last.click(position={"x": 2, "y": 100})
    expect(page).to_have_url(re.compile("/console/reviews.from=.*to="))


def test_the_report_without_javascript_and_on_paper(open_as: Opener) -> None:
    page = open_as("viewer", java_script_enabled=False)
    page.goto("/console/insights")
    page.get_by_role("link", name="Moderation report").click()
    today = datetime.now(UTC).date()
    page.get_by_label("From").fill(str(today.replace(day=1)))
    page.get_by_label("To", exact=True).fill(str(today))
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Refusals by reason")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator("form.period")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
