"""`atelier etl`: the same import from the shell, with a report for programs and a status that tells."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backend.settings import Settings
from etl import sample
from tests.jobs.delivery import review, write
from tests.shell import atelier, environment


def shell(settings: Settings, *arguments: object, **more: str) -> "subprocess.CompletedProcess[str]":
    return atelier({**environment(settings), **more}, "etl", *map(str, arguments))


def test_the_report_on_standard_output_is_json_alone(settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path, reviews=[review(1), review(1), review(2, rating=9), review(3, reviewer_email='"x"'), ""])
    done = subprocess.run(
        [sys.executable, "-m", "backend.cli", "etl", "run", folder.as_uri(), "--json"],
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
    assert "Reading and cleaning" in done.stderr
    report = json.loads(done.stdout)
    assert report.pop("seconds") > 0
    assert report == {
        "run": 1,
        "state": "finished",
        "dry_run": False,
        "files": [
            {
                "file": "reviews.csv",
                "bytes": (folder / "reviews.csv").stat().st_size,
                "records": 4,
                "inserted": 2,
                "updated": 0,
                "unchanged": 0,
                "duplicates": 1,
                "rejected": 1,
                "repaired": 1,
                "blank": 1,
                "repairs": {"email": 1},
                "forms": {"null": 2, "epoch": 2},
            }
        ],
    }
    again = shell(settings, "run", folder)
    assert (again.returncode, "Nothing changed." in again.stdout) == (0, True)
    listed = shell(settings, "runs").stdout.splitlines()
    assert [line.split()[:2] for line in listed] == [["2", "finished"], ["1", "finished"]]


def test_a_dry_run_says_that_nothing_was_written(settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path, reviews=[review(1), review(2, rating=9)])
    done = shell(settings, "run", folder, "--dry-run")
    assert done.returncode == 0
    assert re.search(r"reviews\.csv +2 +1 +0 +0 +0 +1", done.stdout)
    assert done.stdout.splitlines()[-1] == "Dry run: nothing was written."
    report = json.loads(shell(settings, "run", folder, "--dry-run", "--json").stdout)
    assert (report["dry_run"], report["files"][0]["inserted"]) == (True, 1)
    assert all(line.endswith("(dry run)") for line in shell(settings, "runs").stdout.splitlines())
    with psycopg.connect(settings.owner_url) as db:
        assert db.execute("select count(*) from review").fetchone() == (0,)
    refused = shell(settings, "rollback", 1)
    assert (refused.returncode, "was a dry run" in refused.stderr, "Traceback" in refused.stderr) == (1, True, False)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("s3://", "neither a bucket nor a folder"),
        ("file:///no/such/place", "There is nothing at"),
        ("/no/such/place", "There is nothing at"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_status_1(settings: Settings, source: str, told: str) -> None:
    done = shell(settings, "run", source)
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("atelier: ")]
    assert len(lines) == 1
    assert told in lines[0]
    assert "Traceback" not in done.stderr


def test_an_endpoint_that_does_not_answer(settings: Settings) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    done = shell(settings, "run", "s3://bucket/x", ATELIER_S3_ENDPOINT="http://127.0.0.1:9", **keys)
    assert (done.returncode, "ATELIER_S3_ENDPOINT" in done.stderr) == (1, True)


def test_a_database_that_does_not_answer(settings: Settings) -> None:
    done = shell(settings, "runs", ATELIER_DATABASE_URL="postgresql://x@127.0.0.1:9/x")
    assert (done.returncode, len(done.stderr.splitlines()), "Traceback" in done.stderr) == (1, 1, False)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (None, 3)])
def test_stopped_or_cancelled_it_leaves_nothing_half_done(
    settings: Settings, tmp_path: Path, number: signal.Signals | None, status: int
) -> None:
    folder = write(tmp_path, reviews=[review(1)])
    with (
        psycopg.connect(settings.owner_url) as blocker,
        psycopg.connect(settings.owner_url, autocommit=True) as watcher,
    ):
        blocker.execute("lock table review in access exclusive mode")
        process = subprocess.Popen(
            [sys.executable, "-m", "backend.cli", "etl", "run", str(folder)],
            env=environment(settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        _wait(watcher, "select stage = 'relate' from import_run")
        if number:
            os.kill(process.pid, number)
        else:
            watcher.execute("update import_run set cancel_asked = true")
        _, errors = process.communicate(timeout=30)
        assert process.returncode == status
        assert b"Traceback" not in errors
        assert watcher.execute("select state::text from import_run").fetchone() == ("cancelled",)
        assert watcher.execute("select count(*) from pg_tables where schemaname = 'staging'").fetchone() == (0,)


def _wait(connection: "psycopg.Connection[Any]", query: Any) -> None:
    for _ in range(600):
        row = connection.execute(query).fetchone()
        if row and row[0]:
            return
        time.sleep(0.02)
    raise AssertionError("It never came to that.")


def test_a_sample_delivery_from_the_shell(settings: Settings, tmp_path: Path) -> None:
    done = shell(settings, "sample", tmp_path / "s", "--products", 50, "--reviews", 200, "--seed", 3)
    assert done.returncode == 0
    assert {path.name for path in (tmp_path / "s").iterdir()} == set(sample.FILES)


@pytest.mark.parametrize(("options", "due"), [((), 0), (("--no-index",), 1)])
def test_words_are_indexed_too_unless_that_is_left_to_a_worker(
    settings: Settings, tmp_path: Path, options: tuple[str, ...], due: int
) -> None:
    done = shell(settings, "run", write(tmp_path, reviews=[review(1)]), *options)
    assert (done.returncode, "Indexing words" in done.stderr) == (0, not due)
    with psycopg.connect(settings.owner_url) as db:
        assert db.execute("select count(*) from search_due").fetchone() == (due,)
        assert db.execute("select count(*) from review_search").fetchone() == (1 - due,)


def test_a_run_is_rolled_back_from_the_shell(settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path, reviews=[review(1), review(2)])
    assert shell(settings, "run", folder).returncode == 0
    done = shell(settings, "rollback", 1)
    assert (done.returncode, "Run 1 is reversed." in done.stdout) == (0, True)
    assert re.search(r"reviews\.csv +2 reversed +0 kept +0 failed", done.stdout)
    again = shell(settings, "rollback", 1)
    assert (again.returncode, "it is reversed" in again.stderr, "Traceback" in again.stderr) == (1, True, False)


def test_rejects_are_listed_printed_mended_and_tried_again(settings: Settings, tmp_path: Path) -> None:
    bad = [review(1, date="31/12/2019"), review(2, date="1/13/2020"), review(3, rating=9)]
    folder = write(tmp_path / "d", reviews=bad, reviews_photos=['1,1,"no photo"'])
    assert shell(settings, "run", folder).returncode == 0
    listed = shell(settings, "signatures", 1).stdout.splitlines()
    number, records, resolved, file, column, reason, shape, *repairs = listed[0].split()
    assert (records, resolved, file, column, reason, shape) == ("2", "0", "reviews.csv", "date", "date", "9/9/9")
    assert repairs == ["day-month-year,", "month-day-year,", "seconds"]
    assert len(listed) == 3
    several = shell(settings, "rejects", 1)
    assert (several.returncode, "reviews.csv, reviews_photos.csv" in several.stderr) == (1, True)
    printed = list(csv.DictReader(io.StringIO(shell(settings, "rejects", 1, "--signature", number).stdout)))
    assert [(row["id"], row["date"], row["atelier_line"]) for row in printed] == [
        ("1", "31/12/2019", "2"),
        ("2", "1/13/2020", "3"),
    ]
    raw = shell(settings, "rejects", 1, "--raw", printed[1]["atelier_reject"])
    assert raw.stdout == review(2, date="1/13/2020") + "\n"
    refused = shell(settings, "repair", 1, "--signature", number, "--with", "latin-1")
    assert (refused.returncode, "Those that fit: day-month-year" in refused.stderr) == (1, True)
    counted = shell(settings, "repair", 1, "--signature", number, "--with", "day-month-year", "--count")
    assert (counted.returncode, counted.stdout) == (0, "")
    assert "'31/12/2019'  ->  '2019-12-31'" in counted.stderr
    assert "1 of 2 records would be taken by the rules." in counted.stderr
    done = shell(settings, "repair", 1, "--signature", number, "--with", "day-month-year")
    assert (done.returncode, "Run 2 finished: 2 records" in done.stdout) == (0, True)
    # The rest is mended by hand: one download a file, and it loads by itself.
    text = shell(settings, "rejects", 1, "--file", "reviews.csv", "--reason", "range").stdout
    fixed = tmp_path / "fixed.csv"
    fixed.write_text(text.replace('"9"', '"5"'), encoding="utf-8")
    assert "1 records" in shell(settings, "run", fixed).stdout
    with psycopg.connect(settings.database_url) as db:
        assert db.execute("select id, rating from review order by id").fetchall() == [(1, 4), (3, 5)]
