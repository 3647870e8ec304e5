"""Whether this instance has what imports need: the console may be installed without it, the worker has it."""

from importlib.util import find_spec

from backend.domain.errors import Unavailable


def is_installed() -> bool:
    """Whether files can be read here."""
    return find_spec("ftfy") is not None


def demand_installed(instead: str) -> None:
    """Raise `Unavailable`, which says what to do `instead`, where they cannot."""
    if not is_installed():
        raise Unavailable(
            f"This instance is installed without imports: {instead}, or install atelier-reviews[etl] here."
        )
