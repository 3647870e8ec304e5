"""The page about imports holds every rule and every form of dates as they are, and its example is a mapping."""

import re

from backend.local.environment import ROOT
from etl import mapping
from etl.dates import FORMS
from etl.steps import STEPS

PAGE = (ROOT / "docs/imports.md").read_text(encoding="utf-8")


def rows_below(head: str) -> list[list[str]]:
    """The cells of the table with this head."""
    _, _, rest = PAGE.partition(head)
    lines = rest.split("\n\n")[0].strip().splitlines()[1:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_every_step_has_its_row_as_the_code_has_it() -> None:
    rows = rows_below("| step | does | what it is about | may also |")
    assert rows == [[f"`{step.name}`", step.does, step.meaning, ", ".join(step.may)] for step in STEPS]


def test_every_form_of_dates_has_its_row() -> None:
    assert rows_below("| `date` | reads |") == [[f"`{form}`", meaning] for form, meaning in FORMS.items()]


def test_the_mapping_on_the_page_is_one() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (part,) = mapping.from_dict(mapping.parse(text)).parts
    assert part.rules == {"email": "reject"}
    named = re.findall(r"^(?:\[reviews\.)?(\w+)(?:\]| = )", text, re.MULTILINE)
    assert set(mapping._KEYS) <= set(named), "a key of mappings is not on the page"
