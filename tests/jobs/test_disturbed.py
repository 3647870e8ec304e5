"""Killed at any moment, with its database or without, a run goes on by itself and comes to the same."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from tests.jobs import disturbed
from tests.jobs.picture import differences, picture
from tests.jobs.story import FIRST, ROLLBACK, SECOND, Story, assert_sound

STEPS = (FIRST, SECOND, ROLLBACK)
EACH_TIME = 10  # runs, and more in the long run


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[pytest.mark.long] if seed >= EACH_TIME else []) for seed in range(204)]
)
def test_disturbed_it_comes_to_the_same(story: Story, seed: int) -> None:
    scene = story.scenes[STEPS[seed % len(STEPS)]]
    name = story.database(scene.before)
    settings = story.settings(name)
    run_id = asyncio.run(story.ask(scene, settings))
    done = disturbed.disturbed(
        settings.owner_url, run_id, story.spawn(settings), story.server, Random(seed), scene.length
    )
    told = differences(scene.after, picture(settings.owner_url))
    assert told == [], "\n".join([*done, *told])
    asyncio.run(assert_sound(settings))
    story.drop(name)


def wait(url: str, query: Any, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    with psycopg.connect(url, autocommit=True) as db:
        while not db.execute(query).fetchall()[0][0]:
            assert time.monotonic() < until, query
            time.sleep(0.005)


def merged_by(log: Path) -> int:
    return log.read_text(encoding="utf-8").count("range merged") if log.exists() else 0


@pytest.mark.long
@pytest.mark.parametrize("dies", ["nobody", "who helps", "who imports"])
def test_two_workers_share_a_run_and_one_is_killed_halfway(story: Story, tmp_path: Path, dies: str) -> None:
    scene = story.scenes[SECOND]
    name = story.database(scene.before)
    settings = story.settings(name)
    url = settings.owner_url
    # Who does not own the tables merges also into an empty system.
    settings = replace(settings, owner_url=settings.database_url)
    logs = [tmp_path / f"{number}.log" for number in range(3)]
    workers = [disturbed.spawn(replace(settings, instance=log.stem), log, batch=8) for log in logs[:2]]
    wait(url, "select count(*) = 2 from procrastinate_workers")
    run_id = asyncio.run(story.ask(scene, settings))
    while not all(map(merged_by, logs[:2])):
        assert disturbed.state(url, run_id).startswith(("waiting", "running")), "both should have done some of it"
        time.sleep(0.002)
    if dies != "nobody":
        imports = next(place for place, log in enumerate(logs[:2]) if "help asked" in log.read_text())
        victim = workers[imports if dies == "who imports" else 1 - imports]
        victim.kill()
        victim.join()
        assert disturbed.state(url, run_id).startswith("running")
    if dies == "who imports":
        workers.append(disturbed.spawn(settings, logs[2], batch=8))
    wait(url, "select not exists (select from import_run where state = 'running')")
    wait(url, "select not exists (select from search_due)")
    for worker in workers:
        if worker.is_alive():
            disturbed.end(worker)
    told = differences(scene.after, picture(url))
    assert not told, "\n".join(told)
    asyncio.run(assert_sound(settings))
    story.drop(name)
