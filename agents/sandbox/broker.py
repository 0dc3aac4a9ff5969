"""Fetching and pushing one repository, for workspaces that have no network and must never see the credential.

Our own git works in bare repositories that only it writes, in a sandbox that shares the network and sees no workspace.
A workspace reads the mirror; what it wants pushed comes as a bundle, checked object by object before it leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from agents.sandbox.gitting import MIRROR, is_branch
from agents.sandbox.layout import WORKSPACE, System
from agents.sandbox.own_git import TRANSFER_SECONDS, BrokerError, OwnGit, clear_locks, reason
from agents.sandbox.values import MEBIBYTE, Limits

LIMITS = Limits(workspace_bytes=4096 * MEBIBYTE, file_bytes=2048 * MEBIBYTE, workspace_files=1_000_000)
LOCK_SECONDS = 0.1
HEADS = "+refs/heads/*:refs/heads/*"
OUTGOING = "refs/outgoing/head"
CHECK = f"""
git rev-list --objects {OUTGOING} --not --branches > ../objects
git pack-objects --quiet --stdout < ../objects > ../pack
git index-pack --strict --stdin < ../pack
git rev-parse --verify {OUTGOING}
git rev-list --count {OUTGOING} --not --branches
"""
"""Looks at every new object as `git fsck` does, which fetching from a bundle leaves out; tells the head, and how many
commits are new."""
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Broker:
    """Of one repository. The credential is asked for when it is needed, and kept nowhere."""

    def __init__(
        self,
        clone_url: str,
        credential: Callable[[], Awaitable[str]],
        root: Path,
        default_branch: str,
        *,
        protected: frozenset[str] = frozenset(),
        private: bool = True,
        system: System | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        """`credential` returns a token for this repository alone, or nothing for a public one.

        `protected` are branches that are never pushed, beside the default one. `private`: not everybody may read it.
        """
        parts = urlsplit(clone_url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
            raise BrokerError("a repository is fetched by https, from an address without a user name")
        self.clone_url = clone_url
        self.repository = parts.path.strip("/").removesuffix(".git")
        self.private = private
        self.default_branch = default_branch
        self._protected = protected | {default_branch}
        self._place = root / hashlib.sha256(clone_url.encode()).hexdigest()[:24]
        self._git = OwnGit(clone_url, self.repository, credential, self.mirror, system or System(), limits)

    @property
    def mirror(self) -> Path:
        """The bare copy; there after the first `fetch`."""
        return self._place / "mirror" / "repository.git"

    async def fetch(self, *, pull_request: int | None = None) -> Path:
        """Bring the mirror up to date, with the head of a pull request if asked, and return it. Raises BrokerError."""
        async with self._alone():
            return await self._fetched(pull_request)

    async def push(
        self,
        branch: str,
        *,
        head: str,
        commits: int,
        bundle: Callable[[BinaryIO], Awaitable[None]],
        check: Callable[[], None],
    ) -> None:
        """Push `branch` if it is exactly what was agreed on: that head, and so many commits that are new there.

        `bundle` writes a git bundle that holds the branch; `check` raises when nothing may leave any more. Never forced,
        never a protected branch; does nothing when it is there already. Raises BrokerError.
        """
        self._refuse(branch, head)
        async with self._alone():
            await self._fetched(None)
            if await self._has(branch, head):
                return
            for left in self._place.glob("outgoing-*"):
                await asyncio.to_thread(shutil.rmtree, left, ignore_errors=True)
            place = Path(tempfile.mkdtemp(prefix="outgoing-", dir=self._place))
            try:
                with (place / "bundle").open("xb") as file:
                    await bundle(file)
                await self._checked(place, branch, head, commits)
                check()
                words = ["push", "--no-verify", "--no-follow-tags", "--no-recurse-submodules", "--porcelain"]
                await self._git.remote(place, "Pushing", [*words, self.clone_url, f"{head}:refs/heads/{branch}"])
            finally:
                await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)

    async def _has(self, branch: str, head: str) -> bool:
        words = ["rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"]
        found = await self._git.local(self._place / "mirror", words, check=False)
        return found.output.strip() == head

    def _refuse(self, branch: str, head: str) -> None:
        if not is_branch(branch):
            raise BrokerError(f"{branch!r} is not the name of a branch")
        if branch.casefold() in {one.casefold() for one in self._protected}:
            raise BrokerError(f"{branch} is protected: push another branch and propose it")
        if not _COMMIT.fullmatch(head):
            raise BrokerError("the head has to be a whole commit id")

    async def _fetched(self, pull_request: int | None) -> Path:
        place = self._place / "mirror"
        if not (self.mirror / "HEAD").exists():
            place.mkdir(mode=0o700, exist_ok=True)
            words = ["init", "--quiet", "--bare", "--template=", f"--initial-branch={self.default_branch}"]
            await self._git.local(place, [*words, "repository.git"], inside=WORKSPACE)
        clear_locks(self.mirror)
        pull = f"refs/pull/{pull_request}/head"
        heads = [HEADS] if pull_request is None else [HEADS, f"+{pull}:{pull}"]
        words = ["fetch", "--quiet", "--prune", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
        await self._git.remote(place, "Fetching", [*words, self.clone_url, *heads])
        return self.mirror

    async def _checked(self, place: Path, branch: str, head: str, commits: int) -> None:
        """Take the bundle apart in a repository of its own that borrows the mirror's objects, and compare."""
        words = ["clone", "--quiet", "--bare", "--shared", "--template=", MIRROR, "repository.git"]
        await self._git.local(place, words, inside=WORKSPACE)
        words = ["fetch", "--quiet", "--no-tags", f"{WORKSPACE}/bundle", f"refs/heads/{branch}:{OUTGOING}"]
        done = await self._git.local(place, words, check=False)
        if done.succeeded:
            done = await self._git.script(place, CHECK)
        if not done.succeeded:
            raise BrokerError(f"The commits of {branch} are not sound: {reason(done.output, done)}")
        found, new = done.output.split()[-2:]
        if found != head:
            raise BrokerError(f"The head of {branch} is {found}, not {head} as agreed: nothing was pushed")
        if new != str(commits):
            raise BrokerError(f"{branch} has {new} new commits, not {commits} as agreed: nothing was pushed")

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Inside, no other process of this machine works in this repository's directory."""
        self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            for _ in range(int(TRANSFER_SECONDS / LOCK_SECONDS)):
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                await asyncio.sleep(LOCK_SECONDS)
            else:
                raise BrokerError(f"Somebody else has been fetching {self.repository} for too long")
            yield
        finally:
            os.close(descriptor)
