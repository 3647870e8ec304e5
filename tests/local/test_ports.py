"""Which port is taken, and what is said of one that is not to be had."""

import os
import socket
from itertools import islice

import pytest

from backend.domain.errors import Misconfigured
from backend.local import ports


def test_a_port_that_was_asked_for_and_is_taken_names_its_holder_and_the_mend() -> None:
    with socket.create_server((ports.HOST, 0)) as server:
        port = server.getsockname()[1]
        assert not ports.is_free(port)
        with pytest.raises(
            Misconfigured, match=rf"Port {port} is taken by .*process {os.getpid()}\): set ATELIER_PORT"
        ):
            ports.public_port(port, None)
    assert ports.is_free(port)
    assert ports.public_port(port, 9) == port


def test_one_that_listens_everywhere_counts_too() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        assert not ports.is_free(server.getsockname()[1])


def test_without_a_wish_the_last_port_comes_first_then_the_next_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((ports.HOST, 0)) as server:
        taken = server.getsockname()[1]
        monkeypatch.setattr(ports, "PUBLIC", taken)
        assert ports.public_port(None, None) > taken
        (free,) = islice(ports.inner_ports(), 1)
        assert ports.public_port(None, free) == free
        assert ports.public_port(None, taken) > taken


def test_inner_ports_are_below_those_of_outgoing_connections_and_never_twice_the_same() -> None:
    found = list(islice(ports.inner_ports(), 20))
    assert len(set(found)) == 20
    assert max(found) < 32768
