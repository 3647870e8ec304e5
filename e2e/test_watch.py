"""The watch over the pages sees what it is there to see."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from e2e.conftest import Watch, axe
from e2e.tabs import Tabs


@pytest.fixture
def page_and_watch(tabs: Tabs) -> Iterator[tuple[Page, Watch]]:
    watch, page = Watch(), tabs.take([])
    watch.follow(page.context)
    page.goto("/console/login")
    assert watch.left() == []
    yield page, watch
    tabs.give_back(page)
    watch.leave(page.context)


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
def test_it_complains(page_and_watch: tuple[Page, Watch], deed: str, complaint: str) -> None:
    page, watch = page_and_watch
    page.evaluate(deed)
    until = time.monotonic() + 5
    while not any(complaint in text for text in watch.left()):
        assert time.monotonic() < until, watch.left()
        page.wait_for_timeout(20)


def test_axe_finds_what_nobody_can_name(page_and_watch: tuple[Page, Watch]) -> None:
    page, _ = page_and_watch
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(found.startswith("button-name") for found in axe(page))
