"""A queue session by keyboard in a real browser: what a decision costs the interface, from the key to the next card.

`python -m loadtests.console.session` starts a system of its own with the small sample, decides a hundred cards (by
turns approve, hide, hold), takes fifty of them back, and prints medians and 95th percentiles in milliseconds. It
compares machines and versions; it promises nothing.
"""

import statistics
from collections.abc import Sequence

import httpx
from playwright.sync_api import Page, sync_playwright

from e2e import browser as chromium
from e2e.people import Person, sign_in
from e2e.system import System

DECISIONS, UNDONE = 100, 50
KEYS: tuple[tuple[str, ...], ...] = (("a",), ("r", "1"), ("h",))

# From the key to the frame that shows another card, or the same one changed.
_PRESSED = """
([key]) => new Promise((done) => {
  const before = document.querySelector(".p-review")?.id;
  const began = performance.now();
  const look = () => {
    const now = document.querySelector(".p-review")?.id;
    if (now !== before) requestAnimationFrame(() => done(performance.now() - began));
    else if (performance.now() - began > 10000) done(NaN);
    else requestAnimationFrame(look);
  };
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  requestAnimationFrame(look);
})
"""


def main() -> None:
    settings = {"ATELIER_HIDES_PER_HOUR": "1000000"}
    with System(settings=settings) as system, sync_playwright() as playwright:
        _fill(system.url)
        executable = str(chromium.demand())
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.flags())
        page = browser.new_page(base_url=system.url, viewport={"width": 1440, "height": 900})
        sign_in(page, Person.hired(system, "moderator"))
        page.goto("/console/queue")
        page.wait_for_load_state("networkidle")
        decided = []
        for number in range(DECISIONS):
            *first, last = KEYS[number % len(KEYS)]
            for key in first:
                page.keyboard.press(key)
            decided.append(_timed(page, last))
        _say("a decision", decided)
        _say("an undo", [_timed(page, "z") for _ in range(UNDONE)])
        browser.close()


def _fill(url: str) -> None:
    """Report enough reviews for the session, and some that are left."""
    with httpx.Client(base_url=url, trust_env=False, timeout=10) as http:
        reported, product = 0, 0
        while reported < DECISIONS + 25:
            product += 1
            for review in http.get(f"/reviews?product_id={product}&count=100").json()["results"]:
                http.put(f"/reviews/{review['review_id']}/report", json={"reason": "spam"}).raise_for_status()
                reported += 1


def _timed(page: Page, key: str) -> float:
    milliseconds: float = page.evaluate(_PRESSED, [key])
    return milliseconds


def _say(what: str, milliseconds: Sequence[float]) -> None:
    ordered = sorted(milliseconds)
    late = ordered[int(len(ordered) * 0.95)]
    print(f"{what}: median {statistics.median(ordered):.0f} ms, p95 {late:.0f} ms, of {len(ordered)}")


if __name__ == "__main__":
    main()
