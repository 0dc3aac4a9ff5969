"""Where commands work: found again, known to be lost, removed whatever is in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from agents.sandbox.values import SandboxError
from agents.sandbox.workspace import Workspace, sweep

HOSTILE = """
mkdir -p locked/inner && echo x > locked/inner/file && chmod 000 locked
ln -s / root; ln -s ../../outside up; mkfifo fifo; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
touch -- '-rf' '--no-preserve-root' "$(printf 'new\\nline')" "$(printf '\\377')"
python3 -c '
import os
for _ in range(3000): os.mkdir("d" * 100); os.chdir("d" * 100)'
chmod 000 /workspace
"""


def test_a_new_one_is_private(tmp_path: Path) -> None:
    made = Workspace.open(tmp_path / "root", "step-17")
    assert (made.resumed, made.lost, made.notice) == (False, False, "")
    assert {stat.S_IMODE(place.stat().st_mode) for place in (made.path, tmp_path / "root")} == {0o700}


def test_it_is_found_again(tmp_path: Path) -> None:
    Workspace.open(tmp_path, "step-17").path.joinpath("file").touch()
    again = Workspace.open(tmp_path, "step-17", used_before=True)
    assert (again.resumed, again.lost, again.path.joinpath("file").exists()) == (True, False, True)


def test_one_that_is_gone_is_told(tmp_path: Path) -> None:
    made = Workspace.open(tmp_path, "step-17", used_before=True)
    assert (made.resumed, made.lost) == (False, True)
    assert "lost" in made.notice


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc", "-x", "a\n", "A", "a" * 101, ".hidden"])
def test_names_that_are_paths_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SandboxError, match="not the name"):
        Workspace.open(tmp_path, name)


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "step-1").symlink_to("/")
    with pytest.raises(SandboxError, match="not a directory"):
        Workspace.open(tmp_path, "step-1")


async def test_removing_takes_everything_and_follows_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o711)
    (outside / "kept").touch()
    made = Workspace.open(tmp_path / "root", "step-1")
    await made.sandbox.run(HOSTILE)
    os.symlink(outside, made.path / "link")
    await made.remove()
    assert not made.path.exists()
    assert (outside / "kept").exists()
    assert stat.S_IMODE(outside.stat().st_mode) == 0o711


async def test_sweeping_removes_what_nobody_needs(tmp_path: Path) -> None:
    for name in ("step-1", "step-2"):
        Workspace.open(tmp_path, name)
    assert await sweep(tmp_path, {"step-2"}, older_than_seconds=0) == ["step-1"]
    assert [one.name for one in tmp_path.iterdir()] == ["step-2"]


async def test_sweeping_leaves_what_was_made_just_now(tmp_path: Path) -> None:
    Workspace.open(tmp_path, "step-1")
    assert await sweep(tmp_path, set()) == []


async def test_sweeping_where_there_is_nothing(tmp_path: Path) -> None:
    assert await sweep(tmp_path / "none", set()) == []
