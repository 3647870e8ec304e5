"""GET load from threads while something is done to the system."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

PATHS = ("/reviews?product_id={}", "/reviews/meta?product_id={}", "/reviews?product_id={}&sort=newest&count=20")


@dataclass(slots=True)
class Seen:
    """What was answered, by status, by instance, by database; and each thing that went wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    instances: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.statuses.values())

    def wait(self, more: int = 100) -> None:
        """Until so many more were answered."""
        enough, until = self.total + more, time.monotonic() + 30
        while self.total < enough:
            assert time.monotonic() < until, self.failures
            time.sleep(0.02)

    def take(self, response: httpx.Response) -> None:
        self.statuses[response.status_code] += 1
        self.instances[response.headers.get("X-Served-By", "nobody")] += 1
        self.sources[response.headers.get("X-Read-From", "nowhere")] += 1
        if response.status_code != 200:
            self.failures.append(f"{response.status_code} {response.request.url}: {response.text[:200]}")


@contextmanager
def get_load(url: str, threads: int = 4, products: int = 300) -> Iterator[Seen]:
    """Storefronts that read without a pause, each over a kept connection, until the `with` ends."""
    seen, ended = Seen(), threading.Event()

    def read(number: int) -> None:
        with httpx.Client(base_url=url, timeout=15, trust_env=False) as client:
            turn = number
            while not ended.is_set():
                path = PATHS[turn % len(PATHS)].format(1 + turn * 7 % products)
                try:
                    seen.take(client.get(path))
                except httpx.HTTPError as error:
                    seen.failures.append(f"{path}: {error!r}")
                turn += 1

    readers = [threading.Thread(target=read, args=(number,), daemon=True) for number in range(threads)]
    for reader in readers:
        reader.start()
    try:
        yield seen
    finally:
        ended.set()
        for reader in readers:
            reader.join(20)
