"""The platform's own git: in a sandbox too, but with the network and a credential when it needs them."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from agents.sandbox.gitting import MIRROR, environment
from agents.sandbox.layout import WORKSPACE, System, View
from agents.sandbox.sandbox import Sandbox
from agents.sandbox.values import Finished, Limits, SandboxError

TRANSFER_SECONDS = 600.0
LOCAL_SECONDS = 120.0
BARE = f"{WORKSPACE}/repository.git"
"""Where each command works unless told otherwise."""
REFUSED = re.compile(r"Authentication failed|terminal prompts disabled|could not read (?:User|Pass)|error: 40[13]")


class BrokerError(SandboxError):
    """A repository cannot be fetched or pushed; in plain words, without the credential."""


@dataclass(frozen=True, slots=True)
class OwnGit:
    """For one repository. `credential` is asked before each transfer."""

    url: str
    repository: str
    credential: Callable[[], Awaitable[str]]
    mirror: Path
    """Seen beside any other place, read-only."""
    system: System
    limits: Limits

    async def remote(self, place: Path, doing: str, words: Sequence[str]) -> None:
        """With the network and the credential, which stands in no argument. `doing` begins the sentence that fails."""
        token = await self.credential()
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        parts = urlsplit(self.url)
        header = {f"http.{parts.scheme}://{parts.netloc}/.extraHeader": f"Authorization: Basic {basic}"}
        env = environment(protocols="https:http", more=header if token else None)
        done = await self._run(View(place, self._beside(place), True, env), ["git", *words], TRANSFER_SECONDS, BARE)
        if not done.succeeded:
            output = done.output
            for secret in filter(None, (token, basic if token else "")):
                output = output.replace(secret, "***")
            raise BrokerError(f"{doing} {self.repository} failed: {reason(output, done)}")

    async def local(self, place: Path, words: Sequence[str], *, inside: str = BARE, check: bool = True) -> Finished:
        """Without either."""
        env = environment(protocols="file")
        done = await self._run(View(place, self._beside(place), False, env), ["git", *words], LOCAL_SECONDS, inside)
        if check and not done.succeeded:
            raise BrokerError(f"The copy of {self.repository} is not usable: {reason(done.output, done)}")
        return done

    async def script(self, place: Path, text: str) -> Finished:
        """Several of them, by the shell."""
        view = View(place, self._beside(place), False, environment(protocols="file"))
        return await self._run(view, ["/bin/sh", "-e", "-c", text], LOCAL_SECONDS, BARE)

    def _beside(self, place: Path) -> Mapping[str, Path]:
        return {} if self.mirror.parent == place else {MIRROR: self.mirror}

    async def _run(self, view: View, words: Sequence[str], seconds: float, inside: str) -> Finished:
        sandbox = Sandbox(view, self.system, self.limits)
        return await sandbox.run(words, timeout_seconds=seconds, cwd=inside)


def reason(output: str, done: Finished | None = None) -> str:
    """What git says is wrong."""
    if done is not None and done.exit_code is None:
        return f"it was stopped because of its limit on {done.why_ended}"
    if REFUSED.search(output):
        return "the credential was refused"
    told = [line for line in output.splitlines() if re.match(r"fatal:|error:|remote:|!", line)]
    return " ".join(" ".join(told[:3] or ["git gave no reason"]).split())[:400]


def clear_locks(mirror: Path) -> None:
    """Delete what a git that was killed in its work has left. Only when no other runs there."""
    for pattern in ("*.lock", "refs/**/*.lock", "objects/pack/tmp_*", "objects/tmp_*"):
        for left in mirror.glob(pattern):
            left.unlink(missing_ok=True)
    for left in mirror.glob("objects/incoming-*"):
        shutil.rmtree(left, ignore_errors=True)
