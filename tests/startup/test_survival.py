"""What the servers go through: killed users, killed servers, leftovers that lie."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from botplatform.embedded import EmbeddedError, Servers
from botplatform.embedded.locks import FileLock
from botplatform.embedded.postgres import Postgres
from botplatform.embedded.processes import listener
from botplatform.embedded.redis import Redis
from tests.startup.conftest import User, is_running

Join = Callable[..., User]


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A live process that has nothing to do with us."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.communicate(b"\n")


def test_the_servers_outlive_a_killed_user_and_the_next_one_finds_and_stops_them(used_dir: Path, join: Join) -> None:
    user = join(used_dir, "postgres+redis")
    assert user.said() == "joined"
    servers = (Postgres(used_dir), Redis(used_dir))
    pids = [listener(server.socket) for server in servers]
    user.kill()
    with Servers(used_dir):
        assert [listener(server.socket) for server in servers] == pids
    assert [listener(server.socket) for server in servers] == [None, None]


def test_a_stale_pid_file_is_ignored_and_the_stranger_it_names_is_left_alone(
    used_dir: Path, stranger: subprocess.Popen[bytes]
) -> None:
    with Servers(used_dir, redis=False):
        lines = Postgres(used_dir).pid_file.read_text().splitlines()
    Postgres(used_dir).pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
    with Servers(used_dir, redis=False):
        assert listener(Postgres(used_dir).socket) not in (None, stranger.pid)
    assert stranger.poll() is None


def test_a_stale_socket_lock_that_names_a_stranger_is_removed(
    used_dir: Path, stranger: subprocess.Popen[bytes]
) -> None:
    sockets = Postgres(used_dir).sockets
    sockets.mkdir(mode=0o700)
    (sockets / ".s.PGSQL.5432").touch()
    (sockets / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n{used_dir}\n1\n5432\n{sockets}\n")
    with Servers(used_dir, redis=False):
        pass
    assert stranger.poll() is None


@pytest.mark.parametrize("server", [Postgres, Redis])
def test_a_killed_server_is_started_again(used_dir: Path, server: type[Postgres] | type[Redis]) -> None:
    with Servers(used_dir, postgres=server is Postgres, redis=server is Redis) as servers:
        before = listener(server(used_dir).socket)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        FileLock(used_dir / "locks" / f"{server.name}.alive").wait(10).close()
        assert servers.ensure() == [server.name]
        assert listener(server(used_dir).socket) not in (None, before)


def test_a_living_server_is_left_as_it_is(data_dir: Path) -> None:
    with Servers(data_dir, postgres=False) as servers:
        before = listener(Redis(data_dir).socket)
        assert servers.ensure() == []
        assert listener(Redis(data_dir).socket) == before


def test_a_hung_server_is_stopped_all_the_same(data_dir: Path) -> None:
    with Servers(data_dir, postgres=False):
        pid = listener(Redis(data_dir).socket)
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
    assert not is_running(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="tells the server by /proc")
@pytest.mark.parametrize("server", [Postgres, Redis])
def test_a_server_whose_socket_was_deleted_is_stopped_all_the_same(
    used_dir: Path, server: type[Postgres] | type[Redis]
) -> None:
    with Servers(used_dir, postgres=server is Postgres, redis=server is Redis):
        pid = listener(server(used_dir).socket)
        assert pid is not None
        server(used_dir).socket.unlink()
    assert not is_running(pid)


def test_the_server_of_a_deleted_directory_gives_way_to_a_new_one(used_dir: Path, join: Join) -> None:
    user = join(used_dir, "postgres+redis")
    assert user.said() == "joined"
    servers = (Postgres(used_dir), Redis(used_dir))
    before = [listener(server.socket) for server in servers]
    user.kill()
    shutil.rmtree(used_dir)
    with Servers(used_dir):
        assert not set(before) & {listener(server.socket) for server in servers}


def test_a_directory_deleted_under_its_users_is_not_made_anew(data_dir: Path) -> None:
    with Servers(data_dir, postgres=False) as servers:
        shutil.rmtree(data_dir)
        with pytest.raises(EmbeddedError, match="was removed"):
            servers.ensure()


def test_an_initdb_that_was_broken_off_is_begun_again(data_dir: Path) -> None:
    unfinished = Postgres(data_dir).directory / "unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with Servers(data_dir, redis=False):
        assert not unfinished.exists()


def test_files_of_another_major_version_are_refused_in_one_line(data_dir: Path) -> None:
    cluster = Postgres(data_dir).cluster
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 15, this one is 18\.$"), Servers(data_dir):
        pass


def test_a_server_that_cannot_start_tells_its_last_words(used_dir: Path) -> None:
    with Servers(used_dir, redis=False):
        pass
    with Postgres(used_dir).cluster.joinpath("postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match=r"did not start: .*errors.*postgres\.log"), Servers(used_dir, redis=False):
        pass


def test_without_any_redis_the_error_says_what_to_do(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("botplatform.embedded.binaries.find_spec", lambda name: None)
    with pytest.raises(EmbeddedError, match="install redis-server, or set REDIS_URL"), Servers(data_dir):
        pass
