"""The page for operators names what there is."""

import inspect
import re

from backend.local.environment import ROOT
from backend.settings import Settings


def test_every_setting_has_its_line_and_no_line_is_without_a_setting() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(ATELIER_\w+)`", page, re.MULTILINE))
    read = set(re.findall(r'read\.\w+\(\s*"(\w+)"', inspect.getsource(Settings)))
    assert read
    assert rows == {f"ATELIER_{name}" for name in read}


def test_every_name_of_a_metric_on_the_page_is_real() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    code = (ROOT / "backend/observe/metrics.py").read_text(encoding="utf-8")
    named = set(re.findall(r"`(atelier_(?:request|pool|replica)_\w+)`", page)) - {"atelier_read"}
    assert len(named) > 4
    assert {name for name in named if f'"{name}"' not in code} == set()
