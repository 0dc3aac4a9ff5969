"""Who may act: leases kept alive by one heartbeat for all runs of a process, and checked before anything leaves it.

heartbeat ≤ lease / 4, nothing is sent later than ⅔ of the lease after its last renewal, one send takes less than ⅓ of it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
import structlog
from django.conf import settings

from botplatform.pipeline import db

log = structlog.get_logger(__name__)

GRACE_SECONDS = 10.0
"""Added to a step's declared deadline before the work counts as hung."""
BETWEEN_STEPS_SECONDS = 30.0
"""Longest time between two steps."""

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> float:
    """Seconds on a clock that cannot be set and that counts while the process or the machine is suspended."""
    return time.clock_gettime(_CLOCK)


def worker_name(role: str = "worker") -> str:
    """This process, as rows name it."""
    return f"{role}@{socket.gethostname()}:{os.getpid()}"


class LeaseLost(Exception):
    """Somebody else owns the work, or may by now: write nothing, send nothing."""


@dataclass(slots=True, eq=False)
class Lease:
    """One worker's right to act on one batch, or on one step of the plan that the batch waits for, for one epoch."""

    batch_id: int
    epoch: int
    step_id: int | None = None
    """The plan step; the epoch is the step's then."""
    renewed: float = field(default_factory=now)
    """When the last renewal was asked for, so never later than the database granted it."""
    task: asyncio.Task[object] | None = None
    lost: bool = False
    ending: bool = False
    """The run is being handed back, which is not to be interrupted."""

    def check(self) -> None:
        """Raise LeaseLost unless something may be sent now."""
        if self.lost or now() - self.renewed > settings.LEASE.total_seconds() * 2 / 3:
            raise LeaseLost(str(self))

    def __str__(self) -> str:
        step = f" plan step {self.step_id}" if self.step_id else ""
        return f"batch {self.batch_id}{step} epoch {self.epoch}"

    def forfeit(self) -> LeaseLost:
        """Somebody else owns the work: act no more. Returns what the caller raises."""
        self.lost = True
        return LeaseLost(str(self))

    def revoke(self) -> None:
        self.lost = True
        self.interrupt()

    def interrupt(self) -> None:
        """Cancel the run, unless it is ending already."""
        if self.task and not self.ending:
            self.task.cancel()


_held: dict[asyncio.AbstractEventLoop, set[Lease]] = {}


def held() -> set[Lease]:
    """The running loop's leases."""
    return _held.setdefault(asyncio.get_running_loop(), set())


_RENEW = b"""
    UPDATE botplatform_batch b SET heartbeat_at = now(), lease_until = now() + %(lease)s
    FROM unnest(%(ids)s::bigint[], %(epochs)s::int[]) AS mine (id, epoch)
    WHERE b.id = mine.id AND b.epoch = mine.epoch AND b.state = 'processing' AND b.progress_until > now()
    RETURNING b.id"""
# A step's lease lasts no longer than its plan does, and its batch waits for it.
_RENEW_STEPS = b"""
    UPDATE botplatform_planstep p SET heartbeat_at = now(), lease_until = now() + %(lease)s
    FROM unnest(%(ids)s::bigint[], %(epochs)s::int[]) AS mine (id, epoch), botplatform_plan pl, botplatform_batch b
    WHERE p.id = mine.id AND p.epoch = mine.epoch AND p.state = 'running' AND p.progress_until > now()
      AND pl.id = p.plan_id AND pl.state = 'running' AND b.id = pl.batch_id AND b.state = 'waiting' AND b.epoch = pl.epoch
    RETURNING p.id"""


async def renew(connection: db.Connection) -> None:
    """One heartbeat for all runs of this loop; those that were not renewed end at once."""
    leases = [lease for lease in held() if not lease.lost]
    await _renew(connection, _RENEW, {lease.batch_id: lease for lease in leases if lease.step_id is None})
    await _renew(connection, _RENEW_STEPS, {lease.step_id: lease for lease in leases if lease.step_id is not None})


async def _renew(connection: db.Connection, statement: bytes, leases: Mapping[int, Lease]) -> None:
    if not leases:
        return
    asked, epochs = now(), [lease.epoch for lease in leases.values()]
    cursor = await connection.execute(statement, {"lease": settings.LEASE, "ids": list(leases), "epochs": epochs})
    renewed = {row["id"] for row in await cursor.fetchall()}
    for row_id, lease in leases.items():
        if row_id in renewed:
            lease.renewed = asked
        elif lease in held():
            log.warning("batch.lease_lost", batch_id=lease.batch_id, step_id=lease.step_id, epoch=lease.epoch)
            lease.revoke()


async def heartbeat() -> None:
    """Renew for ever; started once for each loop that runs batches.

    On a connection of its own: behind hundreds of runs that wait for one of the pool it would come too late.
    """
    connection: db.Connection | None = None
    try:
        while True:
            try:
                if connection is None or connection.closed:
                    connection = await db.connect(statement_seconds=10)
                async with asyncio.timeout(settings.HEARTBEAT.total_seconds()):
                    await renew(connection)
            except (psycopg.Error, TimeoutError, OSError) as error:
                log.warning("heartbeat.failed", error=type(error).__name__)
            await asyncio.sleep(settings.HEARTBEAT.total_seconds())
    finally:
        if connection is not None:
            await connection.close()
