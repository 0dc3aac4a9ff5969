"""Watching a running sandbox: the first limit that it passes is why it ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.sandbox.output import Output
from agents.sandbox.pipes import readable
from agents.sandbox.processes import usage
from agents.sandbox.starting import Child
from agents.sandbox.values import MEBIBYTE, Ended, Limits

LOOK_SECONDS = 0.1
MEASURE_AT_MOST_SECONDS = 30.0
SHARE = 8
"""A workspace is measured again when the disk's free space has shrunk by this part of what it may hold."""
SPARE_BYTES, SPARE_FILES = 16 * MEBIBYTE, 1000
"""What may be added to a workspace that is too large already, so that something can be tidied up in it."""


@dataclass(frozen=True, slots=True)
class Space:
    """On a disk, or taken by a directory."""

    bytes: int
    files: int

    def less(self, other: Space) -> Space:
        return Space(self.bytes - other.bytes, self.files - other.files)

    def most(self, other: Space) -> Space:
        return Space(max(self.bytes, other.bytes), max(self.files, other.files))

    def beyond(self, bytes_: int, files: int) -> bool:
        return self.bytes > bytes_ or self.files > files


async def first_of(*attempts: Coroutine[Any, Any, Ended]) -> Ended:
    """The outcome of whichever ends first; the others are cancelled."""
    tasks = [asyncio.ensure_future(attempt) for attempt in attempts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next(task.result() for task in tasks if task in done)


async def exited(child: Child) -> Ended:
    await readable(child.handles[0])
    return Ended.EXITED


async def overflowed(output: Output) -> Ended:
    await output.overflow.wait()
    return Ended.OUTPUT


async def passed(child: Child, limits: Limits, timeout_seconds: float) -> Ended:
    """The limit that was passed first, of those that are looked at now and then, the disk's apart."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        used = usage(child.first)
        over = {
            Ended.TIME: time.monotonic() >= deadline,
            Ended.MEMORY: used.memory_bytes > limits.memory_bytes,
            Ended.PROCESSES: used.processes > limits.processes,
            Ended.CPU: used.cpu_seconds > limits.cpu_seconds,
        }
        if found := next((why for why, is_over in over.items() if is_over), None):
            return found
        await asyncio.sleep(min(LOOK_SECONDS, max(0.0, deadline - time.monotonic())))


async def filled(workspace: Path, limits: Limits) -> Ended:
    """Returns when the workspace has grown beyond its limits.

    The disk's free space is looked at often; the workspace is measured only after that has shrunk by enough to matter.
    """
    start = then = _free(workspace)
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        free = _free(workspace)
        start, then = start.most(free), then.most(free)  # room that others make is not the command's to fill unseen
        if not then.less(free).beyond(limits.workspace_bytes // SHARE, limits.workspace_files // SHARE):
            continue
        then, began = free, time.monotonic()
        size = await asyncio.to_thread(measure, workspace)
        too_large = size is None or size.beyond(limits.workspace_bytes, limits.workspace_files)
        if too_large and start.less(free).beyond(SPARE_BYTES, SPARE_FILES):
            return Ended.DISK
        await asyncio.sleep(2 * (time.monotonic() - began))


def _free(place: Path) -> Space:
    disk = os.statvfs(place)
    return Space(disk.f_bavail * disk.f_frsize, disk.f_ffree)


def measure(workspace: Path) -> Space | None:
    """What a directory takes on its disk; None when that takes too long to find out, because of how much there is.

    `du` follows no links and walks any depth.
    """
    found = []
    for how in ("--block-size=1", "--inodes"):
        try:
            told = subprocess.run(
                ["du", "--summarize", "--one-file-system", how, "--", str(workspace)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # files come and go meanwhile
                timeout=MEASURE_AT_MOST_SECONDS,
                check=False,
            ).stdout
        except subprocess.TimeoutExpired:
            return None
        found.append(int(told.split(b"\t")[0] or 0))
    return Space(*found)
