"""Whether the sandbox holds on this machine: found out by really trying to get out of it, harmlessly and within seconds."""

from __future__ import annotations

import asyncio
import inspect
import json
import secrets
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agents.sandbox import attempts
from agents.sandbox.bait import laid
from agents.sandbox.excesses import EXCESSES, Excess
from agents.sandbox.layout import System, environment, toolchain
from agents.sandbox.sandbox import Sandbox
from agents.sandbox.values import SandboxError
from agents.sandbox.workspace import Workspace

PROGRAMS = {"bwrap": "bubblewrap", "git": "git", "rg": "ripgrep"}
"""Program → the package that brings it."""
TRIES = 2
"""At each limit: what is watched now and then may be seen too late on a machine that is starting much else."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One attempt."""

    name: str
    denied: bool
    detail: str = ""
    """What it achieved, or how it ended."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether tools that need a sandbox are offered on this machine, for the console."""

    offered: bool
    why_not: str = ""
    probes: tuple[Probe, ...] = ()


async def stand(root: Path, system: System | None = None) -> Standing:
    """Probe in a workspace beneath `root`, which is removed again. Never raises: what goes wrong is why not."""
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        return Standing(False, f"not installed: {', '.join(missing)}")
    try:
        workspace = Workspace.open(root, f"probe-{secrets.token_hex(6)}", system=system)
        try:
            probes = await probe(workspace.sandbox)
        finally:
            await workspace.remove()
    except (SandboxError, OSError) as error:
        return Standing(False, str(error))
    escaped = [f"{one.name} ({one.detail})" for one in probes if not one.denied]
    why_not = f"the sandbox did not prevent: {'; '.join(escaped)}" if escaped else ""
    return Standing(not escaped, why_not, tuple(probes))


async def probe(sandbox: Sandbox) -> list[Probe]:
    """Try to get out of a sandbox, and to use more than it allows. Its workspace has to be empty.

    Raises SandboxError when there is no sandbox to be had.
    """
    own = toolchain(Path(sys.prefix))
    kept = sandbox.system.toolchains
    system = replace(sandbox.system, toolchains=(*(one for one in own if one not in kept), *kept))
    found = await _escapes(replace(sandbox, system=system))
    roomy = replace(sandbox, system=system)
    for group in (EXCESSES[:3], EXCESSES[3:6], EXCESSES[6:]):
        found += await asyncio.gather(*(_exceeded(roomy, one) for one in group))
    return found


async def _escapes(sandbox: Sandbox) -> list[Probe]:
    workspace = sandbox.view.workspace
    with laid() as bait:
        given = json.dumps(bait.given([*environment(sandbox.system, sandbox.view), "PWD", "LC_CTYPE"]))
        done = await sandbox.run(_python(inspect.getsource(attempts), given), timeout_seconds=20)
        taken = bait.taken(workspace)
    try:
        achieved = json.loads(done.output)
    except ValueError:
        raise SandboxError(f"the probes did not run: {done.output[-300:].strip() or done.why_ended}") from None
    return [
        *(Probe(name, not what, what) for name, what in achieved.items()),
        Probe("leave a trace outside", not taken, taken),
    ]


async def _exceeded(sandbox: Sandbox, excess: Excess) -> Probe:
    limited = replace(sandbox, limits=excess.limits)
    for _ in range(TRIES):
        done = await limited.run(_python(excess.code), timeout_seconds=excess.timeout_seconds)
        if denied := excess.denied(done):
            break
    said = done.output.strip().rpartition("\n")[2][-100:]
    return Probe(excess.name, denied, said if done.exit_code else f"ended by {done.why_ended}")


def _python(code: str, *arguments: str) -> Sequence[str]:
    return [sys.executable, "-I", "-S", "-c", code, *arguments]
