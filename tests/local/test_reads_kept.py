"""Public reads that Nginx keeps: a hot one never waits, nothing is kept that may not be, and who wrote reads it."""

import gzip
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from statistics import median

import httpx
import pytest

from backend.api.caching import answered
from backend.local.ports import HOST
from tests.local import fronts
from tests.local.fronts import Front, head_of

LIST = "/reviews?product_id=2"
HOT = 5  # times that something is asked for until it is kept
ERROR = b"HTTP/1.1 %d Error\r\nContent-Length: 5\r\nCache-Control: no-store\r\n\r\nerror"


class Told:
    """What both instances answer: the number of the answer, as the application would send it, for `seconds`."""

    def __init__(self, front: Front) -> None:
        self.seconds = 1
        self.status = 200
        self.pause = 0.0
        self.more: list[tuple[bytes, bytes]] = []
        self._numbers = count(1)
        for each in front.api:
            each.answer = self._answer

    def _answer(self, request: bytes) -> bytes:
        if not request.startswith((b"GET", b"HEAD")):
            return b"HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\n\r\n"
        time.sleep(self.pause)
        if self.status != 200:
            return ERROR % self.status
        body = b'{"number":%d}' % next(self._numbers)
        sent = [(name.encode(), value.encode()) for name, value in head_of(request).items()]
        status, headers = answered(body, sent, self.seconds)
        head = b"".join(b"%s: %s\r\n" % header for header in [*headers, *self.more])
        if status == 304:
            return b"HTTP/1.1 304 Not Modified\r\n%s\r\n" % head
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s" % (
            len(body),
            head,
            body,
        )


@pytest.fixture
def front() -> Iterator[Front]:
    # So long that nothing is forgotten between two requests of a test; how long an answer is good is what it says.
    with fronts.front(cache=20) as made:
        yield made


@pytest.fixture
def told(front: Front) -> Told:
    return Told(front)


def number(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["number"])


def alone(front: Front) -> tuple[int, float]:
    """The number that a connection of its own is told, and the seconds that took."""
    began = time.monotonic()
    connection = HTTPConnection(HOST, front.client.base_url.port, timeout=10)
    with closing(connection):
        connection.request("GET", LIST)
        return int(json.load(connection.getresponse())["number"]), time.monotonic() - began


def asked(front: Front) -> int:
    """How many requests the instances had."""
    return sum(len(each.seen) for each in front.api)


def warm(front: Front, address: str = LIST) -> int:
    """Ask until it is kept; the number that is."""
    answers = [front.client.get(address) for _ in range(HOT)]
    assert len({number(answer) for answer in answers}) == HOT
    return number(answers[-1])


def test_what_is_asked_for_again_is_kept(front: Front, told: Told) -> None:
    told.seconds = 60
    kept = warm(front)
    before = asked(front)
    answers = [front.client.get(LIST) for _ in range(20)]
    assert {number(answer) for answer in answers} == {kept}
    assert {answer.headers["x-cache"] for answer in answers} == {"HIT"}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 20
    assert asked(front) == before
    # HEAD is the same without its body, and another query is another read.
    head = front.client.head(LIST)
    assert (head.headers["x-cache"], head.content) == ("HIT", b"")
    assert head.headers["etag"] == answers[0].headers["etag"]
    assert number(front.client.get(f"{LIST}&page=2")) != kept
    assert number(front.client.get("/reviews/meta?product_id=2")) != kept


def test_who_has_it_already_is_told_so_by_nginx(front: Front, told: Told) -> None:
    told.seconds = 60
    warm(front)
    tag = front.client.get(LIST).headers["etag"]
    before = asked(front)
    for named in (tag, f'"other", {tag}', "*"):
        answer = front.client.get(LIST, headers={"If-None-Match": named})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    assert front.client.get(LIST, headers={"If-None-Match": '"other"'}).status_code == 200
    assert asked(front) == before


def test_the_304_of_one_is_not_kept_for_others(front: Front, told: Told) -> None:
    told.seconds = 60
    for _ in range(HOT + 2):
        assert front.client.get(LIST, headers={"If-None-Match": "*"}).status_code == 304
    assert front.client.get(LIST).status_code == 200


def test_a_hot_read_never_waits(front: Front, told: Told) -> None:
    first = warm(front)
    told.pause = 0.4
    seen = []
    end = time.monotonic() + 3.2
    while time.monotonic() < end:
        seen.append(alone(front))
        time.sleep(0.02)
    assert max(seconds for _, seconds in seen) < 0.3
    assert max(numbers for numbers, _ in seen) > first
    assert asked(front) < HOT + 6


def test_what_nobody_asked_for_a_while_is_fetched(front: Front, told: Told) -> None:
    kept = warm(front)
    time.sleep(3.1)  # its second, the one in which it may be stale, and what is lost by counting whole ones
    assert number(front.client.get(LIST)) > kept


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "ar_some"},
        {"X-API-Key": "0"},
        {"Cache-Control": "no-cache"},
        {"Cache-Control": "max-age=0"},
        {"Cookie": "a=b; atelier_wrote=1"},
    ],
    ids=lambda headers: "-".join(map(str, headers.items())),
)
def test_some_are_always_answered_by_an_instance(front: Front, told: Told, headers: dict[str, str]) -> None:
    told.seconds = 60
    kept = warm(front)
    fresh = front.client.get(LIST, headers=headers)
    assert number(fresh) > kept
    assert fresh.headers["x-cache"] == "BYPASS"
    # What is fresh is so for all; what a key was shown is for nobody else.
    assert number(front.client.get(LIST)) == (kept if "X-API-Key" in headers else number(fresh))


@pytest.mark.parametrize(("method", "path"), [("PUT", "/reviews/5/helpful"), ("POST", "/reviews")])
def test_who_wrote_reads_it(front: Front, told: Told, method: str, path: str) -> None:
    told.seconds = 60
    kept = warm(front)
    with httpx.Client(base_url=front.client.base_url, trust_env=False) as browser:
        assert number(browser.get(LIST)) == kept
        wrote = browser.request(method, path)
        assert wrote.headers["set-cookie"] == "atelier_wrote=1; Max-Age=41; Path=/; SameSite=Lax; HttpOnly"
        assert number(browser.get(LIST)) > kept


def test_only_writes_of_the_api_that_were_done_set_it(front: Front, told: Told) -> None:
    answers = [front.client.get(LIST), front.client.post("/console/login"), front.client.get("/schema")]
    for each in front.api:
        each.answer = lambda _: ERROR % 422
    answers.append(front.client.post("/reviews"))
    for each in front.api:
        each.answer = lambda _: None
    answers.append(front.client.post("/reviews"))
    assert [answer.status_code for answer in answers[3:]] == [422, 502]
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize("status", [404, 422, 429, 500, 503])
def test_an_error_is_never_kept(front: Front, told: Told, status: int) -> None:
    told.status = status
    assert {front.client.get(LIST).status_code for _ in range(HOT + 2)} == {status}
    told.status = 200
    assert front.client.get(LIST).status_code == 200


@pytest.mark.parametrize(
    "header", [(b"Set-Cookie", b"a=b"), (b"Vary", b"*"), (b"Cache-Control", b"private")], ids=lambda header: header[0]
)
def test_what_may_not_be_kept_is_not(front: Front, told: Told, header: tuple[bytes, bytes]) -> None:
    told.seconds, told.more = 60, [header]
    assert len({number(front.client.get(LIST)) for _ in range(HOT + 3)}) == HOT + 3


def test_what_an_instance_says_varies_is_kept_apart(front: Front, told: Told) -> None:
    told.seconds, told.more = 60, [(b"Vary", b"Accept-Language")]
    english, german = {"Accept-Language": "en"}, {"Accept-Language": "de"}
    for_english, for_german = (
        [number(front.client.get(LIST, headers=each)) for _ in range(HOT)] for each in (english, german)
    )
    assert number(front.client.get(LIST, headers=english)) == for_english[-1]
    assert number(front.client.get(LIST, headers=german)) in for_german


def test_instances_that_allow_nothing_are_asked_each_time(front: Front, told: Told) -> None:
    told.seconds = 0
    assert len({number(front.client.get(LIST)) for _ in range(HOT + 3)}) == HOT + 3


def test_only_the_public_reads_are_kept(front: Front, told: Told) -> None:
    told.seconds = 60
    for path in ("/schema/openapi.json", "/health/ready", "/reviewsx", "/console/reviews"):
        answers = [front.client.get(path) for _ in range(HOT + 1)]
        assert not any("x-cache" in answer.headers for answer in answers), path


def test_while_no_instance_answers_the_last_answer_stands_in(front: Front, told: Told) -> None:
    kept = warm(front)
    time.sleep(3.1)
    told.status = 503
    assert front.client.get(LIST).status_code == 503  # it has spoken
    for each in front.api:
        each.answer = lambda _: None
    assert number(front.client.get(LIST)) == kept
    assert front.client.get("/reviews?product_id=3").status_code == 502


@pytest.mark.long
def test_what_is_asked_for_now_and_then_is_never_kept() -> None:
    with fronts.front(cache=1) as front:
        Told(front).seconds = 60
        for _ in range(3):
            answers = [front.client.get(LIST) for _ in range(HOT - 1)]
            assert {answer.headers["x-cache"] for answer in answers} == {"MISS"}
            time.sleep(13)  # Nginx looks every ten seconds for what nobody has asked for


def test_it_is_packed_for_whoever_takes_that(front: Front, told: Told) -> None:
    told.seconds, told.more = 60, [(b"X-Padding", b"none")]
    body = b'{"text":"%s"}' % (b"warm " * 400)
    tag, *_ = answered(body, [], 60)[1]
    for each in front.api:
        each.answer = lambda _: (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nCache-Control: max-age=60\r\n"
            b"ETag: %s\r\n\r\n%s" % (len(body), tag[1], body)
        )
    for _ in range(HOT):
        front.client.get(LIST)
    plain = front.client.get(LIST, headers={"Accept-Encoding": "identity"})
    with front.client.stream("GET", LIST, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert plain.headers["x-cache"] == packed.headers["x-cache"] == "HIT"
    assert plain.content == gzip.decompress(raw) == body
    assert len(raw) < len(body) / 10
    assert "Accept-Encoding" in plain.headers["vary"]
    # One tag for both forms.
    assert plain.headers["etag"] == packed.headers["etag"] == tag[1].decode()
    assert front.client.get(LIST, headers={"If-None-Match": tag[1].decode()}).status_code == 304


def test_many_at_once_wait_for_no_lock(front: Front, told: Told) -> None:
    for _ in range(HOT - 1):  # the next one will be kept
        front.client.get(LIST)
    told.pause = 0.05
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda _: alone(front), range(20)))
    # All but one would wait for a lock, which is looked at again after half a second.
    assert median(seconds for _, seconds in answers) < 0.45
