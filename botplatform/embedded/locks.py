from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from botplatform.embedded.errors import EmbeddedError

POLL_SECONDS = 0.01


class FileLock:
    """One `flock` on one open file. It ends with `close`, with the process, or with the last heir of its descriptor.

    Opened read-only, so that a file made by root can be locked by somebody else. The file is never deleted: two
    processes could then each hold "the" lock on a different inode.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def take(self, *, shared: bool = False) -> bool:
        """Whether the lock is now ours. Never waits."""
        try:
            fcntl.flock(self.descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait(self, seconds: float) -> Self:
        """Take it exclusively, or raise `EmbeddedError` after `seconds`."""
        deadline = time.monotonic() + seconds
        while not self.take():
            if time.monotonic() > deadline:
                self.close()
                raise EmbeddedError(f"Another process has been starting or stopping a server for long: {self.path}")
            time.sleep(POLL_SECONDS)
        return self

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock. Ask only under the lock that guards starting and stopping."""
    with FileLock(path) as lock:
        return lock.take()
