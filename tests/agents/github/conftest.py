from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.agents.github.world import HEAD, HOME, LOGIN, PULL, Run, recorded_files
from tests.fakes.github import FakeGitHub
from tests.fakes.github_code import Repository
from tests.fakes.github_store import Issue


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub(login=LOGIN) as fake:
        yield fake


@pytest.fixture
def home(github: FakeGitHub) -> Repository:
    return github.repository(HOME, branches={"main": "b" * 40, "mend-it": HEAD})


@pytest.fixture
def pull(github: FakeGitHub) -> Issue:
    """An open pull request with the recorded diff."""
    return github.add_issue(HOME, PULL, is_pull=True, files=recorded_files(), sha=HEAD)


@pytest.fixture
async def run(github: FakeGitHub) -> AsyncIterator[Run]:
    """In the public conversation of the pull request."""
    made = Run(github.url)
    yield made
    await made.transport.http.aclose()


@pytest.fixture
async def inside(github: FakeGitHub) -> AsyncIterator[Run]:
    """In a conversation that not everybody reads."""
    made = Run(github.url, public=False)
    yield made
    await made.transport.http.aclose()
