"""Tabs that stay open from test to test, as a browser does all day: a new one costs more than most tests do in it."""

from typing import Any

from playwright.sync_api import Browser, Page

WIDE = {"width": 1440, "height": 900}
# Of our host, so that Chromium goes on with the same process; without a script, a stream, or a card to claim.
NOWHERE = "/console/static/mark.svg"


class Tabs:
    """Each with a context of its own. What one leaves in a tab, who takes it next does not find."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._kinds: dict[Page, str] = {}
        self._free: list[Page] = []

    def take(self, cookies: list[Any], *, viewport: Any = WIDE, **options: Any) -> Page:
        kind = repr(sorted(options.items()))
        page = next((page for page in self._free if self._kinds[page] == kind), None)
        if page is None:
            context = self._browser.new_context(base_url=self._url, **options)
            context.set_default_timeout(10_000)
            page = context.new_page()
            self._kinds[page] = kind
        else:
            self._free.remove(page)
        page.context.add_cookies(cookies)
        page.set_viewport_size(viewport)
        return page

    def give_back(self, page: Page) -> None:
        page.goto(NOWHERE)
        page.emulate_media(media="screen", color_scheme="light", reduced_motion="no-preference")
        page.mouse.move(0, 0)
        page.context.clear_cookies()
        self._free.append(page)
