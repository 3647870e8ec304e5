"""The API through Nginx: both instances, the replica, and what happens when one of them dies."""

import json
import threading
import time
from itertools import count
from typing import Any

import httpx
import psycopg
import pytest

from e2e.load import Seen, get_load
from e2e.system import System

REVIEW = {
    "product_id": 1,
    "rating": 4,
    "summary": "Keeps its colour",
    "body": "I have washed it twenty times by now and the colour is still that of the first day.",
    "recommend": True,
    "name": "Ada",
    "email": "ada@example.org",
    "photos": [],
    "characteristics": {},
}


def newest(http: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = http.get("/reviews?product_id=1&sort=newest&count=1").json()["results"][0]
    return found


def sources(http: httpx.Client) -> set[str]:
    """Which databases answer reads now, of all instances."""
    return {http.get("/reviews?product_id=1").headers["X-Read-From"] for _ in range(20)}


def test_a_thousand_requests_over_both_instances(http: httpx.Client) -> None:
    seen = Seen()
    for turn in range(1000):
        seen.take(http.get(f"/reviews{'/meta' if turn % 2 else ''}?product_id={1 + turn % 300}"))
    assert seen.failures == []
    assert seen.statuses == {200: 1000}
    assert {"api-1", "api-2"} == set(seen.instances)
    assert min(seen.instances.values()) > 200


def test_the_replica_answers_reads(http: httpx.Client) -> None:
    seen = Seen()
    for _ in range(50):
        seen.take(http.get("/reviews?product_id=1"))
    assert seen.sources == {"replica-1": 50}


def test_what_was_submitted_is_read_at_once_whoever_answers(http: httpx.Client) -> None:
    readers = set()
    for turn in range(30):
        before = http.get("/reviews/meta?product_id=1").json()["ratings"]["4"]
        sent = http.post("/reviews", json={**REVIEW, "summary": f"Wash number {turn}"})
        assert (sent.status_code, sent.text) == (201, "Created")
        listed = http.get("/reviews?product_id=1&sort=newest&count=1")
        assert listed.json()["results"][0]["summary"] == f"Wash number {turn}"
        meta = http.get("/reviews/meta?product_id=1")
        assert int(meta.json()["ratings"]["4"]) == int(before) + 1
        readers |= {(sent.headers["X-Served-By"], answer.headers["X-Served-By"]) for answer in (listed, meta)}
    # At least once the one instance wrote and the other read.
    assert any(wrote != read for wrote, read in readers)


def superuser(system: System, part: str) -> "psycopg.Connection[Any]":
    """On the primary or the replica, past the application."""
    secret = json.loads((system.home / "secrets.json").read_text(encoding="utf-8"))["superuser"]
    host, _, port = system.part(part).address.rpartition(":")
    return psycopg.connect(host=host, port=port, user="postgres", password=secret, dbname="atelier", autocommit=True)


def test_a_replica_that_lags_five_seconds_costs_no_write_its_reader(system: System, http: httpx.Client) -> None:
    delay = "alter system set recovery_min_apply_delay = {}"
    with superuser(system, "replica-1") as replica:
        replica.execute(delay.format("'5s'"))
        replica.execute("select pg_reload_conf()")
        try:
            served = set()
            for turn in range(12):
                # Nobody keeps a cookie, or even a connection.
                sent = httpx.post(f"{system.url}/reviews", json={**REVIEW, "summary": f"Lag {turn}"}, trust_env=False)
                assert sent.status_code == 201
                assert sent.elapsed.total_seconds() < 2
                listed = httpx.get(f"{system.url}/reviews?product_id=1&sort=newest&count=1", trust_env=False)
                assert listed.json()["results"][0]["summary"] == f"Lag {turn}"
                served |= {(sent.headers["X-Served-By"], listed.headers["X-Served-By"])}
            assert any(wrote != read for wrote, read in served)
            assert sources(http) == {"primary"}
        finally:
            replica.execute(delay.format("default"))
            replica.execute("select pg_reload_conf()")
    until = time.monotonic() + 30
    while sources(http) != {"replica-1"} and time.monotonic() < until:
        time.sleep(0.2)
    assert sources(http) == {"replica-1"}


def test_request_ids_are_echoed_or_made(http: httpx.Client) -> None:
    assert http.get("/reviews?product_id=1", headers={"X-Request-ID": "storefront-0001"}).headers["X-Request-ID"] == (
        "storefront-0001"
    )
    made = {http.get("/reviews?product_id=1").headers["X-Request-ID"] for _ in range(5)}
    assert len(made) == 5
    odd = http.get("/reviews?product_id=1", headers={"X-Request-ID": "x' or 1=1"}).headers["X-Request-ID"]
    assert "'" not in odd
    refused = http.get("/reviews?product_id=hello", headers={"X-Request-ID": "storefront-0002"})
    assert refused.status_code == 422
    assert refused.json()["request_id"] == refused.headers["X-Request-ID"] == "storefront-0002"


@pytest.mark.parametrize("path", ["/metrics", "/health/live", "/health", "/metrics/", "//metrics", "/./metrics"])
def test_what_is_for_operators_is_not_public(system: System, path: str) -> None:
    # By hand: a client would tidy the path.
    import socket

    with socket.create_connection(("127.0.0.1", system.port), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b" 404 " in answer.split(b"\r\n")[0]
    assert b"# TYPE" not in answer


def test_each_instance_has_its_metrics_inside(system: System) -> None:
    for part in system.parts():
        if part.name.startswith(("api-", "console-")):
            assert "# TYPE" in httpx.get(f"{part.address}/metrics", trust_env=False).text


def test_the_whole_tells_that_it_is_ready(http: httpx.Client) -> None:
    answer = http.get("/health/ready")
    assert answer.status_code == 200, answer.text
    assert "postgresql://" not in answer.text


def test_status_shows_every_part(system: System) -> None:
    told = system.run("status", "--json")
    assert told.returncode == 0, told.stdout + told.stderr
    for name in ("primary", "replica-1", "bucket", "api-1", "api-2", "console-1", "console-2", "worker", "nginx"):
        assert name in told.stdout


def test_a_second_start_in_the_same_folder_says_where_the_first_runs(system: System) -> None:
    told = system.run("up")
    assert told.returncode == 1
    assert system.url in told.stderr


def test_an_instance_dies_under_load_and_no_read_fails(system: System) -> None:
    with get_load(system.url) as seen:
        seen.wait()
        part = system.kill("api-1")
        seen.wait()
        system.wait_until_back(part)
        seen.wait()
    assert seen.failures == []
    assert set(seen.instances) == {"api-1", "api-2"}


def test_the_replica_dies_under_load_and_no_read_fails(system: System, http: httpx.Client) -> None:
    with get_load(system.url) as seen:
        seen.wait()
        part = system.kill("replica-1")
        seen.wait()
        # Writes go on meanwhile, and show.
        assert http.post("/reviews", json={**REVIEW, "summary": "Without a replica"}).status_code == 201
        assert newest(http)["summary"] == "Without a replica"
        system.wait_until_back(part, seconds=60)
        # Each instance reads there again once it has a lease of its own.
        until = time.monotonic() + 30
        while (back := sources(http)) != {"replica-1"} and time.monotonic() < until:
            time.sleep(0.2)
    assert back == {"replica-1"}
    assert seen.failures == []
    assert seen.sources["primary"] > 0


def test_a_vote_whose_instance_dies_after_the_commit_counts_once(system: System, http: httpx.Client) -> None:
    """A replica whose replay is paused holds the answers back for a moment after the commit: then an instance dies.

    Of two votes under way at once each instance has one, because the proxy sends the second where less is to be done.
    """
    listed = http.get("/reviews?product_id=1&sort=newest&count=2").json()["results"]
    reviews = [review["review_id"] for review in listed]

    def vote(review: int, answers: list[int]) -> None:
        answers.append(httpx.put(f"{system.url}/reviews/{review}/helpful", timeout=30, trust_env=False).status_code)

    with superuser(system, "primary") as primary, superuser(system, "replica-1") as replica:

        def votes() -> list[int]:
            rows = primary.execute("select helpfulness_votes from review where id = any(%s) order by id", [reviews])
            return [int(row[0]) for row in rows]

        def killed_between() -> list[int]:
            """What both votes were answered, when an instance was killed behind their commits; they count once."""
            answers: list[int] = []
            once = [before + 1 for before in votes()]
            replica.execute("select pg_wal_replay_pause()")
            try:
                senders = [threading.Thread(target=vote, args=(review, answers)) for review in reviews]
                for sender in senders:
                    sender.start()
                until = time.monotonic() + 5
                while votes() != once and time.monotonic() < until:
                    time.sleep(0.002)
                part = system.kill("api-1")
                for sender in senders:
                    sender.join()
            finally:
                replica.execute("select pg_wal_replay_resume()")
            system.wait_until_back(part)
            assert votes() == once
            return sorted(answers)

        # On a busy machine the instance may be killed when the answers are out already: then once more.
        assert [204, 502] in (killed_between() for _ in range(4))


@pytest.mark.long
def test_a_deploy_under_load_fails_no_request(system: System) -> None:
    """Two storefronts read and one writes, none with a pause."""
    ended, wrote = threading.Event(), Seen()

    def write() -> None:
        with httpx.Client(base_url=system.url, timeout=15, trust_env=False) as client:
            for turn in count():
                if ended.is_set():
                    return
                try:
                    sent = client.post("/reviews", json={**REVIEW, "product_id": 2, "summary": f"Deploy {turn}"})
                    wrote.statuses[sent.status_code] += 1
                except httpx.HTTPError as error:
                    wrote.failures.append(repr(error))

    before = {part.name: part.pid for part in system.parts()}
    writer = threading.Thread(target=write, daemon=True)
    with get_load(system.url, threads=2) as seen:
        writer.start()
        told = system.run("deploy")
        ended.set()
        writer.join(20)
    assert told.returncode == 0, told.stdout + told.stderr
    assert (seen.failures, wrote.failures) == ([], [])
    assert wrote.statuses.keys() == {201}
    assert wrote.total > 20
    assert seen.instances.keys() == {"api-1", "api-2"}
    after = {part.name: part.pid for part in system.parts()}
    ours = {"api-1", "api-2", "console-1", "console-2", "worker"}
    assert {name for name, pid in after.items() if pid != before[name]} == ours
    assert all(f"{name} runs as process {after[name]}" in told.stdout for name in ours)
    assert told.stdout.endswith("done\n")
