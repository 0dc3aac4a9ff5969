from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from botplatform.embedded import Servers
from botplatform.embedded.postgres import Postgres
from botplatform.embedded.processes import listener
from botplatform.embedded.redis import Redis

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short, public directory: pytest's own is closed to the unprivileged user that root drops to."""
    path = Path(tempfile.mkdtemp(prefix="bp-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def data_dir(folder: Path) -> Iterator[Path]:
    path = folder / ".data"
    yield path
    kill_servers(path)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """A data directory as a first start leaves it."""
    with tempfile.TemporaryDirectory(prefix="bp-", dir="/tmp") as path:
        Path(path).chmod(0o755)
        with Servers(Path(path), redis=False):
            pass
        yield Path(path)


@pytest.fixture
def used_dir(data_dir: Path, cluster: Path) -> Path:
    """A data directory that has been used before: it needs no initdb."""
    shutil.copytree(cluster / "postgres", data_dir / "postgres")
    return data_dir


def kill_servers(data_dir: Path) -> None:
    for server in (Postgres(data_dir), Redis(data_dir)):
        pid = listener(server.socket)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(server.sockets, ignore_errors=True)


def is_running(pid: int) -> bool:
    """Linux keeps an entry for a dead process until somebody has asked after it."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(") ")[2][0] != "Z"


class User:
    """Another process that has joined the servers of a directory."""

    def __init__(self, data_dir: Path, which: str, before: tuple[str, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "tests.startup.user", str(data_dir), which],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def said(self) -> str:
        """Its next line: "joined", or why it could not; waits for it."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def leave(self) -> None:
        self.process.communicate()


@pytest.fixture
def join() -> Iterator[Callable[..., User]]:
    """Starts a `User`; those still there at the end are told to leave."""
    users: list[User] = []

    def start(data_dir: Path, which: str = "redis", before: tuple[str, ...] = ()) -> User:
        users.append(User(data_dir, which, before))
        return users[-1]

    yield start
    for user in users:
        with suppress(ValueError):  # its pipes are closed: it has left
            user.leave()
