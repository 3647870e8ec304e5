"""The API's page for people: the document shown by the vendored viewer, and a request tried in it."""

from playwright.sync_api import expect

from backend.api import openapi
from e2e.conftest import Opener, axe, sound

OPERATIONS = sum(map(len, openapi.document(1000)["paths"].values()))


def test_every_operation_is_there(open_as: Opener) -> None:
    page = open_as(None)
    page.goto("/schema")
    expect(page.locator(".opblock")).to_have_count(OPERATIONS)
    sound(page)


def test_a_request_is_tried(open_as: Opener) -> None:
    page = open_as(None, viewport={"width": 390, "height": 844})
    page.goto("/schema")
    operation = page.locator(".opblock", has_text="A page of a product's reviews")
    operation.locator(".opblock-summary-control").press("Enter")
    assert axe(page) == []
    expect(operation.locator(".responses-wrapper")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answered = operation.locator(".live-responses-table")
    expect(answered.locator("tbody .response-col_status").first).to_have_text("200")
    expect(answered).to_contain_text('"product": "2"')


def test_without_javascript_it_leads_to_the_document(open_as: Opener) -> None:
    page = open_as(None, java_script_enabled=False)
    page.goto("/schema/")
    address = page.get_by_role("link", name="openapi.json").get_attribute("href")
    assert page.request.get(str(address)).json()["openapi"] == "3.1.0"
