"""A client that sends or takes byte by byte holds a place in Nginx, never an instance."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from backend.local.ports import HOST
from tests.local import fronts
from tests.local.fronts import Front

BODY = b'{"product_id": 1}'


@pytest.fixture
def front() -> Iterator[Front]:
    with fronts.front() as made:
        yield made


def connect(front: Front) -> socket.socket:
    return socket.create_connection((HOST, front.client.base_url.port or 0), timeout=30)


def test_a_body_is_passed_on_when_it_is_whole(front: Front) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(front)) for _ in range(30)]
        for each in slow:
            each.sendall(
                b"POST /reviews HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY)
            )
        for byte in BODY[:-1]:
            for each in slow:
                each.sendall(bytes([byte]))
            time.sleep(0.02)
        assert not front.api[0].seen + front.api[1].seen
        assert front.client.get("/reviews").status_code == 200
        slow[0].sendall(BODY[-1:])
        assert slow[0].recv(1000).startswith(b"HTTP/1.1 200")
        assert sum(request.startswith(b"POST") for each in front.api for request in each.seen) == 1


def test_an_answer_is_taken_off_the_instance_at_once(front: Front) -> None:
    page = b"x" * 2_000_000  # more than any page, and than the sockets between hold
    done = []

    def answer(_: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(page)
        yield page
        done.append(time.monotonic())

    for each in front.api:
        each.answer = answer
    with connect(front) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        began = time.monotonic()
        slow.sendall(b"GET /reviews HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert slow.recv(10) == b"HTTP/1.1 2"
        ends = began + 5
        while not done and time.monotonic() < ends:
            time.sleep(0.02)
        assert done


@pytest.mark.long
@pytest.mark.parametrize(
    "head", [b"GET /reviews HT", b"POST /reviews HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"]
)
def test_one_that_stops_in_between_is_let_go(front: Front, head: bytes) -> None:
    with connect(front) as silent:
        silent.sendall(head)
        began = time.monotonic()
        with suppress(ConnectionResetError):
            while silent.recv(1000):
                pass
        assert 8 < time.monotonic() - began < 15
    assert not front.api[0].seen + front.api[1].seen
