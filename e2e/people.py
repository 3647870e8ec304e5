"""Who uses the console in these tests, and how they come in."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from e2e.system import System

PASSWORD = "a long one for these tests alone"


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    password: str

    @classmethod
    def hired(cls, system: System, role: str, email: str | None = None) -> "Person":
        """Made by `atelier users add`, as an administrator does on the shell."""
        person = cls(email or f"{role}@example.org", PASSWORD)
        added = system.run(
            *("users", "add", person.email, "--name", role.title(), "--role", role), text=f"{PASSWORD}\n{PASSWORD}\n"
        )
        assert added.returncode == 0, added.stderr
        return person


def try_to_sign_in(page: Page, person: Person) -> None:
    """Fill the form at the door and send it."""
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()


def sign_in(page: Page, person: Person) -> None:
    """Through the door, as everybody; ends on the page that fits one's role."""
    page.goto("/console/login")
    try_to_sign_in(page, person)
    expect(page).not_to_have_url(re.compile("/login"))
