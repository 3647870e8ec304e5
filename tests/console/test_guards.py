"""What keeps other sites out: tokens, origins, headers, and the policy of what a page may load."""

import re

import pytest

from admin_ui import security
from backend.settings import Settings
from tests.console.conftest import PASSWORD, Browser

pytestmark = pytest.mark.anyio

PAGES = ("/console/login", "/console/reviews", "/console/nowhere/at/all", "/console/static/css/all.css", "/console/")


async def test_a_form_without_its_token_changes_nothing(moderator: Browser) -> None:
    for data in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "é"}):
        refused = await moderator.http.post("/console/logout", data=data)
        assert refused.status_code == 403
    assert (await moderator.get("/console/reviews")).status_code == 200


async def test_another_sessions_token_is_worth_nothing(moderator: Browser, stranger: Browser) -> None:
    await stranger.sign_in("lead@example.org")
    refused = await moderator.http.post("/console/logout", data={"csrf": await stranger.token()})
    assert refused.status_code == 403


async def test_the_token_may_come_in_a_header(moderator: Browser) -> None:
    headers = {"x-csrf-token": await moderator.token()}
    assert (await moderator.http.post("/console/logout", headers=headers)).status_code == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
async def test_a_form_from_another_site_changes_nothing(moderator: Browser, origin: str) -> None:
    assert (await moderator.post("/console/logout", origin=origin)).status_code == 403
    assert (await moderator.post("/console/logout", origin="http://testserver")).status_code == 303


async def test_nobody_is_signed_in_by_another_site(stranger: Browser) -> None:
    data = {"email": "viewer@example.org", "password": PASSWORD, "csrf": "0" * 64}
    assert (await stranger.http.post("/console/login", data=data)).status_code == 403
    await stranger.get("/console/login")
    assert (await stranger.http.post("/console/login", data=data)).status_code == 403


async def test_every_answer_carries_the_headers(moderator: Browser) -> None:
    for url in PAGES:
        headers = (await moderator.get(url)).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'"), url
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_pages_are_not_kept_and_vary_by_what_was_asked(moderator: Browser) -> None:
    headers = (await moderator.get("/console/reviews")).headers
    assert headers["cache-control"] == "no-store"
    assert "HX-Request" in headers["vary"]


async def test_no_page_needs_more_than_the_policy_allows(moderator: Browser) -> None:
    for url in ("/console/reviews", "/console/queue", "/console/account", "/console/imports", "/console/keys"):
        page = (await moderator.get(url)).text
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)|javascript:|hx-on|js:", page), url
        for found in re.findall(r'(?:src|href)="([^"]*)"', page):
            assert found.startswith(("/console", "#")), (url, found)


async def test_photos_come_from_configured_hosts_alone(settings: Settings) -> None:
    hosts = ("photos.example", "127.0.0.1:9000", "evil; script-src *")
    assert "img-src 'self' photos.example 127.0.0.1:9000;" in security.policy(hosts)
    assert "script-src *" not in security.policy(hosts)
    for url, shown in (
        ("https://photos.example/a.jpg", True),
        ("http://127.0.0.1:9000/a.jpg", True),
        ("http://127.0.0.1:9001/a.jpg", False),
        ("https://photos.example.evil.example/a.jpg", False),
        ("https://photos.example@evil.example/a.jpg", False),
        ("javascript:alert(1)//photos.example", False),
        ("http://[", False),
    ):
        assert security.is_shown(url, hosts) is shown, url


async def test_static_files_are_kept_for_ever_under_their_hash_alone(moderator: Browser) -> None:
    page = (await moderator.get("/console/login")).text
    url = re.search(r'href="(/console/static/css/all\.css\?v=[0-9a-f]+)"', page)[1]  # type: ignore[index]
    assert "immutable" in (await moderator.get(url)).headers["cache-control"]
    other = await moderator.get("/console/static/css/all.css?v=000000000000")
    plain = await moderator.get("/console/static/css/all.css")
    assert plain.headers["cache-control"] == other.headers["cache-control"] == "no-cache"
    again = await moderator.get("/console/static/css/all.css", **{"if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    font = await moderator.get("/console/static/fonts/inter-5.3.0-latin.woff2")
    assert font.headers["content-type"] == "font/woff2"
    assert "immutable" in font.headers["cache-control"]
    for name in ("../security.py", "..%2fsecurity.py", "nothing.css"):
        assert (await moderator.get(f"/console/static/{name}")).status_code == 404
