"""Where a conversation's repository is fetched from, and in whose name its workspace commits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from agents.base import AgentError
from agents.sandbox.probing import Standing
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.reaching import repositories, sandboxing
from botplatform.pipeline.reaching.github import Reach
from tests.fakes.github import FakeGitHub
from tests.transports.github_bot import BOT_ID, LOGIN, REPOSITORY, bot, conversation


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
async def reached(github: FakeGitHub) -> AsyncIterator[Reach]:
    transport = bot(api_url=github.url)
    yield Reach.of_conversation(transport, conversation())
    await transport.http.aclose()


def tells(github: FakeGitHub, **about: Any) -> None:
    known = {"private": False, "default_branch": "main", "clone_url": f"{github.url}/{REPOSITORY}.git"}
    github.refuse(200, f"GET /repos/{REPOSITORY}", body={**known, **about})


async def test_repository_is_fetched_from_where_github_says(github: FakeGitHub, reached: Reach) -> None:
    tells(github, default_branch="trunk")
    found = await repositories.broker(reached)
    assert found
    assert (found.repository, found.default_branch, found.private) == (REPOSITORY, "trunk", False)
    assert found.clone_url == f"{github.url}/{REPOSITORY}.git"


@pytest.mark.parametrize("about", [{"private": True}, {"private": None}, {"private": "no"}])
async def test_what_does_not_say_that_it_is_public_is_private(
    github: FakeGitHub, reached: Reach, about: dict[str, Any]
) -> None:
    tells(github, **about)
    found = await repositories.broker(reached)
    assert found
    assert found.private


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x/y.git", "http://127.0.0.1/x/y.git", "http://example.org/x/y.git", "", None, "http://[",
            "http://127.0.0.1:99999/x/y.git", "ssh://git@127.0.0.1/x/y.git"],
)  # fmt: skip
async def test_credential_goes_nowhere_but_to_the_api_s_own_host_and_port(
    github: FakeGitHub, reached: Reach, url: str | None
) -> None:
    tells(github, clone_url=url)
    assert await repositories.broker(reached) is None


@pytest.mark.parametrize(
    ("url", "api", "own"),
    [
        ("https://github.com/x/y.git", "https://api.github.com", True),
        ("https://github.com:443/x/y.git", "https://api.github.com", True),
        ("https://code.example.org/x/y.git", "https://code.example.org/api/v3", True),
        ("https://code.example.org:8443/x/y.git", "https://code.example.org:8443/api/v3", True),
        ("https://code.example.org:8443/x/y.git", "https://code.example.org/api/v3", False),
        ("http://github.com/x/y.git", "https://api.github.com", False),
        ("https://github.com.example.org/x/y.git", "https://api.github.com", False),
        ("https://example.org/x/y.git", "https://api.github.com", False),
        ("https:///x/y.git", "https://api.github.com", False),
    ],
)
def test_an_address_is_the_api_s_own_by_scheme_host_and_port(url: str, api: str, own: bool) -> None:
    assert repositories._is_of(url, api) is own


async def test_while_github_fails_the_run_waits_for_its_repository(github: FakeGitHub, reached: Reach) -> None:
    github.refuse(502, f"GET /repos/{REPOSITORY}")
    with pytest.raises(AgentError) as failed:
        await repositories.broker(reached)
    assert failed.value.retryable


async def test_without_permission_there_is_no_repository(github: FakeGitHub, reached: Reach) -> None:
    github.refuse(404, f"GET /repos/{REPOSITORY}")
    assert await repositories.broker(reached) is None


async def test_commits_are_made_in_the_bot_s_name(reached: Reach) -> None:
    author = await repositories.author(reached)
    assert (author.name, author.email) == (LOGIN, f"{BOT_ID}+{LOGIN}@users.noreply.127.0.0.1")


# -- the sandbox of a worker that has only just started


async def test_run_that_starts_with_its_worker_waits_for_the_probes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: None
) -> None:
    through = asyncio.Event()

    async def stand(*given: object) -> Standing:
        await through.wait()
        return Standing(True)

    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.setattr(sandboxing, "stand", stand)
    monkeypatch.setattr(sandboxing, "_standing", {})
    probing = asyncio.create_task(sandboxing.probe())
    await asyncio.sleep(0)
    assert sandboxing.may_stand()
    opening = asyncio.create_task(sandboxing.open_workspace(Lease(1, 1), None, None))
    done, _ = await asyncio.wait({opening}, timeout=0.2)
    assert not done
    through.set()
    await probing
    assert await opening is not None


async def test_platform_s_own_files_are_hidden_from_sandboxes() -> None:
    assert {Path(settings.DATA_DIR), settings.BASE_DIR} <= set(sandboxing.system().hidden)
