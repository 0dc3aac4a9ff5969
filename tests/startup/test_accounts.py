"""As whom the servers run."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from botplatform.embedded import EmbeddedError, Servers, accounts
from botplatform.embedded.postgres import Postgres
from botplatform.embedded.processes import listener
from botplatform.embedded.redis import Redis
from tests.startup.conftest import ROOT, User

Join = Callable[..., User]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
NOBODY = pwd.getpwnam("nobody")
AS_NOBODY = ("setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups")


def owner_of(pid: int | None) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@as_root
def test_root_runs_the_servers_as_nobody(used_dir: Path) -> None:
    with Servers(used_dir):
        owners = {owner_of(listener(server.socket)) for server in (Postgres(used_dir), Redis(used_dir))}
    assert owners == {NOBODY.pw_uid}


@as_root
def test_root_runs_the_servers_as_the_owner_of_their_directory(data_dir: Path) -> None:
    daemon = pwd.getpwnam("daemon")
    Redis(data_dir).directory.mkdir(parents=True)
    os.chown(Redis(data_dir).directory, daemon.pw_uid, daemon.pw_gid)
    with Servers(data_dir, postgres=False):
        assert owner_of(listener(Redis(data_dir).socket)) == daemon.pw_uid


@as_root
def test_a_closed_parent_directory_is_passed_and_stays_closed(folder: Path, data_dir: Path) -> None:
    folder.chmod(0o700)
    with Servers(data_dir):
        assert owner_of(listener(Postgres(data_dir).socket)) == NOBODY.pw_uid
    assert folder.stat().st_mode & 0o777 == 0o700


@as_root
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs util-linux")
def test_a_user_namespace_serves_where_the_capability_does_not(
    folder: Path, used_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace = list(accounts._candidates(folder))[-1]
    if not accounts._works(namespace, folder, Path("/bin/true")):
        pytest.skip("this kernel gives no user namespaces")
    monkeypatch.setattr(accounts, "_candidates", lambda directory: [namespace])
    folder.chmod(0o700)
    with Servers(used_dir):
        assert owner_of(listener(Postgres(used_dir).socket)) == 0


@as_root
def test_an_ordinary_user_starts_servers_of_its_own(folder: Path, data_dir: Path, join: Join) -> None:
    if any(not parent.stat().st_mode & 0o001 for parent in ROOT.parents):
        pytest.skip("the project lies where an ordinary user cannot read it")
    os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
    assert join(data_dir, "postgres+redis", AS_NOBODY).said() == "joined"
    assert owner_of(listener(Postgres(data_dir).socket)) == NOBODY.pw_uid


@as_root
def test_an_ordinary_user_is_refused_the_files_of_another_in_one_line(folder: Path, data_dir: Path, join: Join) -> None:
    with Servers(data_dir, postgres=False):
        pass
    os.chown(Redis(data_dir).directory, 0, 0)
    assert "belongs to another user" in join(data_dir, "redis", AS_NOBODY).said()


@as_root
def test_a_socket_directory_made_by_another_user_is_refused(data_dir: Path) -> None:
    sockets = Redis(data_dir).sockets
    sockets.mkdir()
    os.chown(sockets, pwd.getpwnam("daemon").pw_uid, -1)
    (sockets / "trap").touch()
    with pytest.raises(EmbeddedError, match="made by another user"), Servers(data_dir, postgres=False):
        pass
    assert (sockets / "trap").exists()
