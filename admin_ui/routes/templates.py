"""What a reply may begin with, as a lead keeps it."""

from admin_ui.routes.asking import Form
from admin_ui.routes.entries import Kind, pages
from backend.services import templates
from backend.services.templates import Template


def _typed(code: str, asked: Form) -> Template:
    return Template(code, asked.get("title"), asked.get("text"), asked.get("active") == "on")


handlers = pages(Kind(templates.entries, _typed, templates.add, templates.change))
