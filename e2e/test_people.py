"""People: invited in one browser and come in another, given a role, shut out; settings and audit behind the gear."""

import re
import secrets

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Opener, Watch, axe
from e2e.people import PASSWORD


def invite(page: Page, email: str, role: str) -> str:
    """The link that an administrator makes."""
    page.goto("/console/people")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Role").select_option(role)
    page.get_by_role("button", name="Make the link").click()
    return page.get_by_label("Link", exact=True).input_value()


def come_in(page: Page, link: str, name: str) -> None:
    page.goto(link)
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.long)], ids=["script", "no script"])
def test_from_the_invitation_to_the_door(open_as: Opener, watch: Watch, script: bool) -> None:
    watch.allow("status of 404", "status of 403")
    mark = secrets.token_hex(3)
    name = f"Ana {mark}"
    here = open_as("administrator", java_script_enabled=script)
    there = open_as(None, java_script_enabled=script)
    link = invite(here, f"ana-{mark}@example.org", "moderator")
    if script:
        assert axe(here) == []
        there.goto(link)
        assert axe(there) == []
    come_in(there, link, name)
    expect(there).to_have_url(re.compile("/console/queue"))
    again = open_as(None)
    again.goto(link)
    expect(again.get_by_text("Ask for a new one")).to_be_visible()

    # Another role, and it holds at once.
    there.goto("/console/settings/new-reason")
    expect(there.get_by_role("heading", name="Your role does not include this")).to_be_visible()
    here.goto("/console/people")
    here.get_by_role("link", name=name).click()
    here.get_by_role("radio", name="Lead").check()
    here.get_by_role("button", name="Change the role").click()
    expect(here.get_by_text(f"{name} is lead from the next click on.")).to_be_visible()
    there.goto("/console/settings/new-reason")
    expect(there.get_by_role("heading", name="New reason")).to_be_visible()

    # Shut out, their next click leads to the door.
    here.get_by_role("button", name="Shut out").click()
    expect(here.get_by_role("button", name="Let in again")).to_be_visible()
    if script:
        assert axe(here) == []
    there.goto("/console/queue")
    expect(there).to_have_url(re.compile("/console/login"))


def test_a_key_is_copied_once(open_as: Opener) -> None:
    page = open_as("administrator", permissions=["clipboard-read", "clipboard-write"])
    page.goto("/console/people/keys")
    page.get_by_label("Client").fill("Storefront Lisbon")
    page.get_by_role("button", name="Make the key").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    key = page.get_by_label("Key", exact=True).input_value()
    assert page.evaluate("navigator.clipboard.readText()") == key
    assert axe(page) == []
    page.goto("/console/people/keys")
    expect(page.get_by_text(key)).to_have_count(0)
    page.get_by_role("button", name="Revoke the key of Storefront Lisbon").click()
    expect(page.get_by_text("Within 5 seconds")).to_be_visible()


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.long)], ids=["script", "no script"])
def test_a_reason_a_template_and_a_rule_of_ones_own(open_as: Opener, script: bool) -> None:
    mark = secrets.token_hex(3)
    page = open_as("lead", java_script_enabled=script)
    page.goto("/console/")
    page.get_by_role("link", name="Settings and audit").click()
    expect(page).to_have_url(re.compile("/settings/reasons"))
    page.get_by_role("link", name="New reason").click()
    page.get_by_label("Code").fill(f"odd-{mark}")
    page.get_by_label("Title").fill(f"Odd {mark}")
    page.get_by_label("Public explanation").fill("It is odd.")
    page.get_by_role("button", name="Add the reason").click()
    page.get_by_role("button", name=f"Move Odd {mark} up").click()
    expect(page.locator("tbody tr").nth(-2)).to_contain_text(f"Odd {mark}")
    page.get_by_role("link", name=f"Odd {mark}").click()
    page.get_by_role("checkbox", name="In use").uncheck()
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(f"#r-odd-{mark}")).to_contain_text("Not offered")

    page.get_by_role("link", name="Replies").click()
    page.get_by_role("link", name="New template").click()
    page.get_by_label("Code").fill(f"late-{mark}")
    page.get_by_label("Title").fill(f"Late {mark}")
    page.get_by_label("Words").fill("We are sorry, {name}.")
    page.get_by_role("button", name="Add the template").click()
    expect(page.locator(f"#t-late-{mark}")).to_contain_text("We are sorry, {name}.")
    if script:
        assert axe(page) == []

    page.get_by_role("link", name="Screening").click()
    page.get_by_role("link", name="Words", exact=True).click()
    page.get_by_label("Name").fill(f"rivals-{mark}")
    page.get_by_label("Words and phrases").fill("kicks 4 less\ncheaper elsewhere")
    page.get_by_role("radio", name="Refuse").check()
    if script:
        assert axe(page) == []
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("row", name=re.compile(f"rivals-{mark}"))).to_contain_text("Refused")
    page.get_by_role("link", name=f"rivals-{mark}").click()
    page.get_by_role("button", name="Remove").click()

    page.get_by_role("link", name="Audit", exact=True).click()
    page.get_by_label("Did").select_option("remove")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("action=remove"))
    expect(page.locator("tbody tr").first).to_contain_text("Lead removed")
    if script:
        assert axe(page) == []
