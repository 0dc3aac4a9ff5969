"""What a tree of processes uses, read from /proc: works for any user, and where control groups cannot be had."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PARENT, USER_TIME, CHILDREN_SYSTEM_TIME = 1, 11, 14
"""Positions in /proc/…/stat after the command's name: proc(5)."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a process and all its descendants."""

    processes: int
    memory_bytes: int
    cpu_seconds: float
    """With that of descendants that have ended and were waited for."""


def usage(root: int) -> Usage:
    """What the process `root` and its descendants use now; nothing when it has ended.

    The first process of a process namespace adopts every orphan in it, so that none can leave the tree.
    """
    parents: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for pid, parent, spent in _all():
        parents.setdefault(parent, []).append(pid)
        ticks[pid] = spent
    tree = [root] if root in ticks else []
    for pid in tree:
        tree.extend(parents.get(pid, ()))
    seconds = sum(ticks[pid] for pid in tree) / TICKS_PER_SECOND
    return Usage(len(tree), sum(_memory(pid) for pid in tree), seconds)


def _all() -> Iterator[tuple[int, int, int]]:
    """Every process: its id, its parent's, the ticks that it and its awaited children have used."""
    for name in os.listdir("/proc"):
        if name.isdigit() and (stat := _read(f"/proc/{name}/stat")):
            # The command's name stands in parentheses and may hold anything.
            fields = stat[stat.rindex(b")") + 2 :].split()
            yield int(name), int(fields[PARENT]), sum(map(int, fields[USER_TIME : CHILDREN_SYSTEM_TIME + 1]))


def _memory(pid: int) -> int:
    """Bytes that a process holds and that no file backs; pages shared by several count for each."""
    kibibytes = 0
    for line in _read(f"/proc/{pid}/status").splitlines():
        if line.startswith((b"RssAnon:", b"RssShmem:")):
            kibibytes += int(line.split()[1])
    return kibibytes * 1024


def _read(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 8192)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
