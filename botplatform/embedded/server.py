from __future__ import annotations

import os
import shutil
import signal
import stat
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from botplatform.embedded import accounts, processes
from botplatform.embedded.accounts import Account
from botplatform.embedded.errors import EmbeddedError
from botplatform.embedded.locks import POLL_SECONDS, FileLock, is_free
from botplatform.embedded.sockets import socket_dir

START_SECONDS = 60.0
ENSURE_SECONDS = 5.0
LEAVE_SECONDS = 8.0


class Server(ABC):
    """One server of one data directory, shared by all processes that join it; the last to leave stops it.

    Three locks tell everything: `turn` is held while starting or stopping, `users` is shared by each process that has
    joined, `alive` is inherited by the server itself (free: no such server runs, whatever a pid file says).
    """

    name: str
    title: str
    stopping: tuple[tuple[signal.Signals, float], ...]
    """Signals in order, each with the seconds it is given."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.directory = self.data_dir / self.name
        self.sockets = socket_dir(data_dir, self.name)
        self.log = self.data_dir / "logs" / f"{self.name}.log"
        self._locks = self.data_dir / "locks"
        self._users: FileLock | None = None

    @property
    @abstractmethod
    def program(self) -> Path:
        """The server's binary; `EmbeddedError` where there is none."""

    @property
    @abstractmethod
    def socket(self) -> Path: ...

    @property
    @abstractmethod
    def pid_file(self) -> Path: ...

    @abstractmethod
    def command(self, account: Account, *, keeps: int) -> list[str]:
        """Make the files ready that the server needs, and give its command line. `keeps` goes to every program run."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server can be used now."""

    def join(self) -> None:
        """Be one of its users; start it if nobody has. Raises `EmbeddedError`."""
        try:
            for folder in (self.directory, self.log.parent, self._locks):
                folder.mkdir(parents=True, exist_ok=True)
            with self._turn(START_SECONDS):
                self._join()
        except OSError as error:
            raise EmbeddedError(f"{self.title} cannot use {self.data_dir}: {error}") from error

    def _join(self) -> None:
        self._users = FileLock(self._path("users"))
        self._users.take(shared=True)
        try:
            self._bring_up(START_SECONDS)
        except BaseException:
            self._part()
            raise

    def ensure(self) -> bool:
        """Start it again if it died under its users; whether that was necessary. Raises `EmbeddedError`."""
        if not self.directory.exists():
            raise EmbeddedError(f"{self.directory} was removed under the running {self.title}: stop, and start again.")
        with self._turn(ENSURE_SECONDS):
            return is_free(self._path("alive")) and self._bring_up(ENSURE_SECONDS)

    def leave(self) -> None:
        """Be no user any more; stop it if nobody else is one."""
        if self._users and self._locks.exists():
            with self._turn(LEAVE_SECONDS):
                self._part()

    def _part(self) -> None:
        if self._users:
            self._users.close()
            self._users = None
        if is_free(self._path("users")):
            self._stop()

    def _bring_up(self, seconds: float) -> bool:
        """Start the server if it is not alive, and wait until it answers; whether it was started."""
        deadline = time.monotonic() + seconds
        launched = False
        while True:
            with FileLock(self._path("alive")) as alive:
                if alive.take():
                    if launched:
                        raise EmbeddedError(f"{self.title} did not start: {self._reason()}")
                    self._launch(alive)
                    launched = True
            if self.answers():
                return launched
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.title} has not answered for {seconds:.0f} s: {self._reason()}")
            time.sleep(POLL_SECONDS)

    def _launch(self, alive: FileLock) -> None:
        account = accounts.choose(self.directory, self.program)
        self._own_directory(account)
        if self.sockets.exists() and not self._sockets_are_ours():
            raise EmbeddedError(f"{self.sockets} was made by another user: have it removed.")
        self._stop_orphan()
        self.sockets.mkdir(mode=0o700)
        os.chown(self.sockets, account.uid, account.gid)
        command = self.command(account, keeps=alive.descriptor)
        processes.launch([*account.prefix, *command], keeps=alive.descriptor, log=self.log)

    def _own_directory(self, account: Account) -> None:
        if self.directory.stat().st_uid == account.uid:
            return
        if os.geteuid() != accounts.ROOT:
            raise EmbeddedError(f"{self.directory} belongs to another user: start as that one, or change DATA_DIR.")
        for path in (self.directory, *self.directory.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)

    def _sockets_are_ours(self) -> bool:
        """Anybody may have made something in the public directory above, under the name that we compute."""
        try:
            status = self.sockets.lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISDIR(status.st_mode) and status.st_uid in {os.geteuid(), self.directory.stat().st_uid}

    def _stop_orphan(self) -> None:
        """Stop a server that still listens at our address although its data directory was deleted and made anew."""
        for kind, seconds in self.stopping[1:]:  # it has nowhere to write to: no use in asking politely
            pid = processes.listener(self.socket)
            if pid is None:
                break
            self._signal(pid, kind)
            self._wait(lambda: processes.listener(self.socket) is None, seconds)
        self._clear_sockets()

    def _stop(self) -> None:
        for kind, seconds in self.stopping:
            if is_free(self._path("alive")):
                break
            pid = processes.listener(self.socket) or processes.holder(self.pid_file, self._path("alive"))
            if pid is not None:
                self._signal(pid, kind)
            self._wait(lambda: is_free(self._path("alive")), seconds)
        if is_free(self._path("alive")):
            self._clear_sockets()

    def _clear_sockets(self) -> None:
        if self._sockets_are_ours():
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _signal(self, pid: int, kind: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, kind)

    def _wait(self, done: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not done() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _reason(self) -> str:
        return f"{processes.last_line(self.log) or 'it wrote nothing'} (see {self.log})"

    def _turn(self, seconds: float) -> FileLock:
        return FileLock(self._path("turn")).wait(seconds)

    def _path(self, lock: str) -> Path:
        return self._locks / f"{self.name}.{lock}"
