"""Workspaces of runs on this machine, and whether its sandbox has shown that nothing gets out of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
import structlog
from django.conf import settings

from agents.sandbox import workspace
from agents.sandbox.broker import Broker
from agents.sandbox.layout import System, toolchain
from agents.sandbox.probing import Standing, stand
from agents.sandbox.values import SandboxError
from agents.sandbox.workspace import Author, Workspace
from botplatform.pipeline import db
from botplatform.pipeline.leases import Lease

log = structlog.get_logger(__name__)

TIDY_SECONDS = 3600.0
PROBING_SECONDS = 60.0
"""Longest time that a run waits for the probes of a worker that has only just started."""
_UNKNOWN = Standing(False, "it is being probed, or this process runs no agents")
_standing: dict[str, Standing] = {}
_probing: set[asyncio.Future[None]] = set()

_USED_BEFORE = """
    SELECT 1 AS yes FROM botplatform_step st JOIN botplatform_run r ON r.id = st.run_id
    WHERE r.batch_id = %s AND r.plan_step_id IS NOT DISTINCT FROM %s AND st.kind = 'tool'
      AND st.name IN ('bash', 'git', 'read_file', 'write_file', 'list_files', 'search_files') LIMIT 1"""
# What is not at an end may go on with its workspace.
_NEEDED = """
    SELECT 'step-' || p.id AS name FROM botplatform_planstep p WHERE p.state IN ('pending', 'running', 'waiting')
    UNION ALL SELECT 'batch-' || b.id FROM botplatform_batch b WHERE b.state IN ('processing', 'waiting')"""


def root() -> Path:
    """Where this machine keeps workspaces."""
    return Path(settings.DATA_DIR) / "workspaces"


def system() -> System:
    """The operating system's programs, and the Python that this platform runs on; nothing of the platform itself."""
    python = tuple(place for place in toolchain(Path(sys.base_prefix)) if place != Path("/usr"))
    return System(toolchains=python, hidden=(Path(settings.DATA_DIR), settings.BASE_DIR))


def standing() -> Standing:
    """What this process's probes have found."""
    return _standing.get("now", _UNKNOWN)


def may_stand() -> bool:
    """Whether there is a sandbox, or may be one in a moment."""
    return standing().offered or bool(_probing)


async def _settled() -> Standing:
    """What the probes find, once they are through: a step that goes on after a restart needs its tools."""
    if _probing:
        await asyncio.wait(_probing, timeout=PROBING_SECONDS)
    return standing()


def as_detail() -> Mapping[str, Any]:
    """The same, for the console."""
    now = standing()
    probes = [{"name": one.name, "denied": one.denied, "detail": one.detail[:300]} for one in now.probes]
    return {"offered": now.offered, "why": now.why_not, "probes": probes}


async def probe() -> None:
    """Try to get out of the sandbox; whatever succeeds takes its tools away from this machine's runs."""
    through = asyncio.get_running_loop().create_future()
    _probing.add(through)
    try:
        _standing["now"] = found = await stand(root(), system())
    finally:
        _probing.discard(through)
        through.set_result(None)
    if found.offered:
        log.info("sandbox.offered", probes=len(found.probes))
    else:
        log.warning("sandbox.not_offered", reason=found.why_not)


async def keep_tidy() -> None:
    """Probe once, then remove for ever what runs have left behind."""
    await probe()
    while True:
        try:
            needed = frozenset(row["name"] for row in await db.rows(_NEEDED))
            if gone := await workspace.sweep(root(), needed):
                log.info("workspaces.removed", count=len(gone))
        except (psycopg.Error, SandboxError, OSError) as error:
            log.warning("workspaces.not_removed", error=type(error).__name__)
        await asyncio.sleep(TIDY_SECONDS)


def _name(lease: Lease) -> str:
    return f"batch-{lease.batch_id}" if lease.step_id is None else f"step-{lease.step_id}"


async def open_workspace(lease: Lease, broker: Broker | None, author: Author | None) -> Workspace | None:
    """The workspace of a run, as its last attempt left it where that was on this machine; None without a sandbox."""
    if not (await _settled()).offered:
        return None
    used = await db.row(_USED_BEFORE, (lease.batch_id, lease.step_id)) is not None
    opened = await asyncio.to_thread(
        Workspace.open, root(), _name(lease), used_before=used, system=system(), broker=broker, author=author
    )
    if opened.lost:
        log.warning("workspace.lost", batch_id=lease.batch_id, step_id=lease.step_id)
    return opened


async def close_workspace(lease: Lease) -> None:
    """Remove a run's workspace, if it has one on this machine."""
    if not (root() / _name(lease)).exists():
        return
    try:
        await (await asyncio.to_thread(Workspace.open, root(), _name(lease))).remove()
    except (SandboxError, OSError) as error:
        log.warning("workspaces.not_removed", error=type(error).__name__)
