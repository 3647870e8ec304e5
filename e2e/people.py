"""Who uses the console in these tests, and how they come in."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from e2e.system import System


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    password: str

    @classmethod
    def hired(cls, system: System, role: str) -> "Person":
        """Made by `atelier users add`, which prints the password once."""
        raise NotImplementedError


def sign_in(page: Page, person: Person) -> None:
    """Through the door, as everybody; ends on the page that fits one's role."""
    page.goto("/console/login")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url("**/console/login*")
