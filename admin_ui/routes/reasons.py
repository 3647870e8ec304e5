"""The reasons for hiding a review, as a lead keeps them."""

from typing import Any

from litestar import Response, get

from admin_ui import rendering
from admin_ui.routes.asking import AnyRequest, Form
from admin_ui.routes.entries import Kind, pages
from admin_ui.visits import SignedIn
from backend.domain.roles import Permission
from backend.services import reasons
from backend.services.reasons import Reason


def _typed(code: str, asked: Form) -> Reason:
    return Reason(code, asked.get("title"), asked.get("explanation"), asked.get("active") == "on")


kind = Kind(reasons.entries, _typed, reasons.add, reasons.change)


@get("/settings")
async def settings(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Behind the gear: the first of the settings."""
    visit.actor.require(Permission.READ)
    return rendering.go_to(request, f"/console{kind.address}")


handlers = [settings, *pages(kind)]
