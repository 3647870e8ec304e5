"""The story that the tests of disturbed and of shared runs compare with."""

from collections.abc import Iterator

import pytest

from tests.jobs.story import Story, told
from tests.postgres import Server


@pytest.fixture(scope="session")
def story(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    whole = told(postgres, tmp_path_factory.mktemp("story"))
    yield whole
    whole.end()
