"""The platform's own git: in a sandbox too, but with the network and a credential when it needs them."""

from __future__ import annotations

import base64
import re
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
        done = await self._run(View(place, self._beside(place), True, env), words, TRANSFER_SECONDS, BARE)
        if not done.succeeded:
            output = done.output
            for secret in filter(None, (token, basic if token else "")):
                output = output.replace(secret, "***")
            raise BrokerError(f"{doing} {self.repository} failed: {reason(output, done)}")

    async def local(self, place: Path, words: Sequence[str], *, inside: str = BARE, check: bool = True) -> Finished:
        """Without either."""
        env = environment(protocols="file")
        done = await self._run(View(place, self._beside(place), False, env), words, LOCAL_SECONDS, inside)
        if check and not done.succeeded:
            raise BrokerError(f"The copy of {self.repository} is not usable: {reason(done.output, done)}")
        return done

    def _beside(self, place: Path) -> Mapping[str, Path]:
        return {} if self.mirror.parent == place else {MIRROR: self.mirror}

    async def _run(self, view: View, words: Sequence[str], seconds: float, inside: str) -> Finished:
        sandbox = Sandbox(view, self.system, self.limits)
        return await sandbox.run(["git", *words], timeout_seconds=seconds, cwd=inside)


def reason(output: str, done: Finished | None = None) -> str:
    """What git says is wrong."""
    if done is not None and done.exit_code is None:
        return f"it was stopped because of its limit on {done.why_ended}"
    if REFUSED.search(output):
        return "the credential was refused"
    told = [line for line in output.splitlines() if re.match(r"fatal:|error:|remote:|!", line)]
    return " ".join(" ".join(told[:3] or ["git gave no reason"]).split())[:400]
