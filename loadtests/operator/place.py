"""Where it happens: a database that is empty, in which the API's bench finds its way, and deliveries."""

from contextlib import ExitStack
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from loadtests.api.place import FULL
from loadtests.imports import place
from loadtests.imports.place import TEMPLATE


class Place(place.Place):
    """Enter it to have the server with an empty database, and the folder of deliveries."""

    def __init__(self, folder: Path | None, scale: float) -> None:
        super().__init__(folder, scale, replica=False)
        self.settings["max_connections"] = "250"

    def environment(self, database: str) -> dict[str, str]:
        """The same, with where a worker may import from."""
        return super().environment(database) | {"ATELIER_IMPORT_ROOTS": str(self.folder)}

    def count(self, database: str, question: str) -> int:
        """The answer to a question for a number."""
        with psycopg.connect(self.server.url(database), autocommit=True) as db:
            (number,) = db.execute(question.encode()).fetchone() or (0,)
        return int(number)

    def _furnish(self, stack: ExitStack) -> None:
        super()._furnish(stack)
        with self._administrator() as db:
            db.execute(
                SQL("create database {} template {} owner atelier_owner").format(Identifier(FULL), Identifier(TEMPLATE))
            )
