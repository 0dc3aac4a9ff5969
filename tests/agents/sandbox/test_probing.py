"""The probes really try: they find a sandbox that holds, and each hole in one that does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.sandbox import sandbox as running
from agents.sandbox.attempts import ATTEMPTS, read_environments
from agents.sandbox.bait import laid
from agents.sandbox.excesses import EXCESSES
from agents.sandbox.layout import arguments
from agents.sandbox.probing import Probe, Standing, probe, stand
from agents.sandbox.workspace import Workspace


async def test_everything_is_tried_and_denied(tmp_path: Path, canary: str) -> None:
    standing = await stand(tmp_path)
    assert (standing.offered, standing.why_not) == (True, "")
    assert len(standing.probes) == len(ATTEMPTS) + 1 + len(EXCESSES)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def leak(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Changes bubblewrap's options."""

    def change(*drop: str, add: tuple[str, ...] = ()) -> None:
        def leaky(*given: object) -> list[str]:
            return [*(word for word in arguments(*given) if word not in drop), *add]

        monkeypatch.setattr(running, "arguments", leaky)

    return change


async def failing(tmp_path: Path) -> set[str]:
    workspace = Workspace.open(tmp_path / "root", "probe")
    return {one.name for one in await probe(workspace.sandbox) if not one.denied}


async def test_a_shared_network_is_found(tmp_path: Path, leak: Callable[..., None]) -> None:
    leak(add=("--share-net",))
    found = await failing(tmp_path)
    assert {"connect by tcp", "connect to an abstract socket", "leave a trace outside"} <= found


async def test_a_writable_host_is_found(tmp_path: Path, leak: Callable[..., None]) -> None:
    leak(add=("--bind", str(tmp_path.parent), str(tmp_path.parent), "--bind", "/tmp", "/tmp"))
    found = await failing(tmp_path)
    assert {"write outside", "connect to a unix socket", "leave a trace outside"} <= found


def test_an_environment_that_can_be_read_is_found() -> None:
    with laid() as bait:
        assert read_environments(bait.given([])) != ""


async def test_a_missing_filter_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allow_all = (0x06).to_bytes(2, "little") + b"\0\0" + (0x7FFF0000).to_bytes(4, "little")
    monkeypatch.setattr(running, "program", lambda: allow_all)
    assert "take uncounted memory" in await failing(tmp_path)


async def test_a_watch_that_sleeps_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.sandbox.watching.LOOK_SECONDS", 30)
    monkeypatch.setattr("agents.sandbox.probing.EXCESSES", EXCESSES[:1])
    assert await failing(tmp_path) == {"use too much memory"}


async def test_an_inherited_environment_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canary: str) -> None:
    monkeypatch.setattr(running, "environment", lambda system, view: dict(os.environ))
    assert "inherit variables" in await failing(tmp_path)


async def test_what_was_not_prevented_is_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def one_hole(sandbox: object) -> list[Probe]:
        return [Probe("write outside", False, "/usr"), Probe("mount", True)]

    monkeypatch.setattr("agents.sandbox.probing.probe", one_hole)
    standing = await stand(tmp_path)
    assert (standing.offered, standing.why_not) == (False, "the sandbox did not prevent: write outside (/usr)")


async def test_missing_programs_are_why_not(
    without_sandbox: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert await stand(tmp_path) == Standing(False, "not installed: bubblewrap, git, ripgrep")


async def test_forbidden_namespaces_are_why_not(
    without_sandbox: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr("agents.sandbox.starting.PROGRAM", str(program))
    monkeypatch.setattr("shutil.which", lambda name: name)
    standing = await stand(tmp_path / "root")
    assert not standing.offered
    assert "uid map: Permission denied" in standing.why_not
    assert list((tmp_path / "root").iterdir()) == []
