"""Everything here needs bubblewrap; without it the tests are skipped, or fail where `REQUIRE_SANDBOX` is set."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.sandbox.broker import Broker
from agents.sandbox.layout import View
from agents.sandbox.sandbox import Sandbox
from agents.sandbox.values import MEBIBYTE, Limits, SandboxError
from agents.sandbox.workspace import Author, Workspace
from agents.services import Services
from tests.agents.context import MemoryContext
from tests.agents.sandbox.git_server import TOKEN, GitServer, serving

LIMITS = Limits(
    memory_bytes=192 * MEBIBYTE,
    workspace_bytes=64 * MEBIBYTE,
    processes=64,
    output_bytes=32 * MEBIBYTE,
    temporary_bytes=16 * MEBIBYTE,
)


@pytest.fixture(scope="session")
def _sandbox_is_there(tmp_path_factory: pytest.TempPathFactory) -> None:
    sandbox = Sandbox(View(tmp_path_factory.mktemp("first")))
    try:
        asyncio.run(sandbox.run(["true"]))
    except SandboxError as error:
        if os.environ.get("REQUIRE_SANDBOX"):
            pytest.fail(f"REQUIRE_SANDBOX is set: {error}")
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def _needs_a_sandbox(request: pytest.FixtureRequest) -> None:
    if "without_sandbox" not in request.fixturenames:
        request.getfixturevalue("_sandbox_is_there")


@pytest.fixture
def without_sandbox() -> None:
    """For tests that run where there is none."""


@pytest.fixture
def canary(monkeypatch: pytest.MonkeyPatch) -> str:
    """A secret in our own environment."""
    monkeypatch.setenv("SECRET_TOKEN", "canary-4f1d0c")
    return "canary-4f1d0c"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "workspaces", "step-1", limits=LIMITS)


@pytest.fixture
def sandbox(workspace: Workspace) -> Sandbox:
    return workspace.sandbox


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with serving(tmp_path / "served") as running:
        yield running


async def token() -> str:
    return TOKEN


@pytest.fixture
def broker(server: GitServer, tmp_path: Path) -> Broker:
    return Broker(server.url, token, tmp_path / "mirrors", "main", protected=frozenset({"release"}))


@pytest.fixture
def context(workspace: Workspace) -> MemoryContext:
    return acting_in(workspace)


@pytest.fixture
def cloned(broker: Broker, tmp_path: Path) -> MemoryContext:
    """A run whose workspace may exchange commits with the server's repository; nothing is cloned yet."""
    author = Author("Bot", "bot@example.org")
    return acting_in(Workspace.open(tmp_path / "workspaces", "step-2", limits=LIMITS, broker=broker, author=author))


@pytest.fixture
def acting() -> Callable[[Workspace], MemoryContext]:
    return acting_in


def acting_in(workspace: Workspace) -> MemoryContext:
    context = MemoryContext()
    context.services = Services(workspace=workspace)
    return context
