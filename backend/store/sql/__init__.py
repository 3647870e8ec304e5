"""All SQL of the hot paths, in files beside this one: statements named by `-- name: ...`, each with a comment."""

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def load(subject: str) -> dict[str, LiteralString]:
    """The statements of `<subject>.sql` by name. A name given twice is a mistake and raises `ValueError`."""
    text = files(__package__).joinpath(f"{subject}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    names = parts[::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{subject}.sql names a statement twice")
    return {name: cast(LiteralString, body.strip()) for name, body in zip(names, parts[1::2], strict=True)}
