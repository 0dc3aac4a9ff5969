"""As whom a server runs: PostgreSQL refuses to run as root, and initdb as a user without a name."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from botplatform.embedded.errors import EmbeddedError

ROOT = 0


@dataclass(frozen=True)
class Account:
    """The owner of a server's files, and what stands before each command to run it as that owner."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()


def choose(directory: Path, program: Path) -> Account:
    """The first account that can run `program` and reach `directory` as things are; no permission is ever changed."""
    if os.geteuid() != ROOT and _named(os.geteuid()):
        return Account(os.geteuid(), os.getegid())
    for account in _candidates(directory):
        if _works(account, directory, program):
            return account
    raise EmbeddedError(
        f"PostgreSQL and Redis cannot run here as {_name(os.geteuid())}, nor as an unprivileged user that can reach "
        f"{directory}: start as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def _candidates(directory: Path) -> Iterator[Account]:
    if os.geteuid() == ROOT:
        uid, gid = _unprivileged_owner(directory)
        if _named(uid):
            switch = ("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
            yield Account(uid, gid, (*switch, "--"))
            # Lets the server pass a parent directory that is closed to it (a project under /root).
            capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
            yield Account(uid, gid, (*switch, *capability, "--"))
    stranger = _unprivileged()
    mapped = ("unshare", "--user", f"--map-user={stranger.pw_uid}", f"--map-group={stranger.pw_gid}")
    yield Account(os.geteuid(), os.getegid(), (*mapped, "--"))


def _works(account: Account, directory: Path, program: Path) -> bool:
    probe = ("/bin/sh", "-c", 'cd "$1" && exec "$2" --version', "sh", str(directory), str(program))
    try:
        tried = subprocess.run([*account.prefix, *probe], capture_output=True, check=False, cwd="/")
    except FileNotFoundError:
        return False
    return tried.returncode == 0


def _unprivileged_owner(directory: Path) -> tuple[int, int]:
    """Who owns the directory already; `nobody` where that is root."""
    status = directory.stat()
    if status.st_uid != ROOT:
        return status.st_uid, status.st_gid
    nobody = _unprivileged()
    return nobody.pw_uid, nobody.pw_gid


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return next(entry for entry in pwd.getpwall() if entry.pw_uid != ROOT)


def _named(uid: int) -> bool:
    return _name(uid) != str(uid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
