"""How the application is wired."""

from dataclasses import replace

import pytest

from backend.app import create_app
from backend.domain.errors import Misconfigured
from backend.settings import Settings


@pytest.mark.parametrize("role", ["api", "console", "all"])
def test_nothing_is_served_without_a_secret(settings: Settings, role: str) -> None:
    with pytest.raises(Misconfigured, match="ATELIER_SECRET"):
        create_app(replace(settings, secret=""), role)
