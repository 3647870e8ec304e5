"""A caller beside those who only count: it asks now and then, and holds every answer against what it must be."""

import json
import threading
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from loadtests.api.expected import Answers, agrees

EVERY = 0.05  # seconds


class Checker:
    """It asks while the `with` lasts: `checked` answers were read, and `wrong` names the paths of those that failed."""

    def __init__(self, url: str, answers: Answers) -> None:
        self._address = urlsplit(url).netloc
        self._answers = cycle(answers)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checker")
        self.checked = 0
        self.wrong: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        connection = HTTPConnection(self._address, timeout=10)
        while not self._ended.wait(EVERY):
            path, should = next(self._answers)
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                told = json.loads(answer.read()) if answer.status == 200 else None
            except (OSError, HTTPException, ValueError):
                connection.close()
                told = None
            self.checked += 1
            if not agrees(told, should):
                self.wrong.append(path)
        connection.close()
