"""What `manage.py up` refuses before it starts anything. The whole of it is walked by the system tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from botplatform.embedded.locks import FileLock
from tests.startup.conftest import ROOT


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.fixture
def free() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def up(data_dir: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "up", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data_dir), "DATABASE_URL": "", "REDIS_URL": "", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_second_up_in_the_same_directory_is_refused_in_one_line(data_dir: Path) -> None:
    data_dir.mkdir()
    with FileLock(data_dir / "up.lock") as lock:
        lock.take()
        refused = up(data_dir)
    assert refused.returncode == 1
    assert refused.stderr == f"CommandError: Another `manage.py up` is already running on {data_dir}.\n"


def test_a_port_that_is_taken_is_refused_before_anything_starts(data_dir: Path, taken: int) -> None:
    refused = up(data_dir, "--port", str(taken))
    assert refused.returncode == 1
    assert f"Cannot listen on 127.0.0.1, port {taken}" in refused.stderr
    assert not (data_dir / "postgres").exists()


@pytest.mark.slow
def test_an_unreachable_database_is_told_in_one_line_and_nothing_embedded_starts(data_dir: Path, free: int) -> None:
    elsewhere = f"postgresql://nobody@/none?host={data_dir}"
    refused = up(data_dir, "--port", str(free), DATABASE_URL=elsewhere, REDIS_URL="redis://localhost:1")
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert not (data_dir / "postgres").exists()
