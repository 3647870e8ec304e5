"""Killed at any moment, with its database or without, a run goes on by itself and comes to the same."""

import asyncio
from random import Random

import pytest

from tests.jobs import disturbed
from tests.jobs.picture import differences, picture
from tests.jobs.story import FIRST, ROLLBACK, SECOND, Story, assert_sound

STEPS = (FIRST, SECOND, ROLLBACK)


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 204))])
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
