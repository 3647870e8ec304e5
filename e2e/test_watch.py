"""The watch over the pages sees what it is there to see."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from e2e.conftest import Watch, axe
from e2e.system import System


@pytest.fixture
def page_and_watch(browser: Browser, system: System) -> Callable[[], tuple[Page, Watch]]:
    def opened() -> tuple[Page, Watch]:
        watch, context = Watch(), browser.new_context(base_url=system.url)
        watch.follow(context)
        page = context.new_page()
        page.goto("/console/login")
        assert watch.left() == []
        return page, watch

    return opened


@pytest.mark.parametrize(
    ("deed", "complaint"),
    [
        ("console.error('oh')", "console error: oh"),
        ("setTimeout(() => { throw new Error('lost') })", "page error: "),
        ("fetch('http://192.0.2.1/').catch(() => 0)", "Content Security"),
        ("document.body.append(Object.assign(new Image(), {src: 'http://shop.example/a.png'}))", "leaves loopback"),
        (
            "document.head.append(Object.assign(document.createElement('style'), {textContent: 'b{}'}))",
            "Content Security",
        ),
        ("fetch('/console/static/nothing.css')", "status of 404"),
    ],
)
def test_it_complains(page_and_watch: Callable[[], tuple[Page, Watch]], deed: str, complaint: str) -> None:
    page, watch = page_and_watch()
    page.evaluate(deed)
    page.wait_for_timeout(500)
    page.context.close()
    assert any(complaint in text for text in watch.left()), watch.left()


def test_axe_finds_what_nobody_can_name(page_and_watch: Callable[[], tuple[Page, Watch]]) -> None:
    page, _ = page_and_watch()
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(found.startswith("button-name") for found in axe(page))
    page.context.close()
