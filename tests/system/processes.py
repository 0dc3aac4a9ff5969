"""Finding the platform's processes, orphans included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import psutil

ROLES = ("up", "web", "worker", "beat")
Found = dict[str, list[psutil.Process]]


def find(data_dir: Path, servers: Mapping[str, str]) -> Found:
    """Processes by role: ours by their data directory, the servers by their command lines.

    `servers`: name to a string that only that server's command line holds."""
    found: Found = defaultdict(list)
    for process in psutil.process_iter():
        try:
            if role := _server(process.cmdline(), servers) or _ours(process, data_dir):
                found[role].append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return dict(found)


def _ours(process: psutil.Process, data_dir: Path) -> str:
    """The word after `manage.py`, if it is one of our roles on this data directory."""
    for before, role in pairwise(process.cmdline()):
        if before.endswith("manage.py") and role in ROLES:
            return role if process.environ().get("DATA_DIR") == str(data_dir) else ""
    return ""


def _server(command: list[str], servers: Mapping[str, str]) -> str:
    """The server itself, not a shell that launches it. Redis writes its whole title into one argument."""
    program = Path(command[0].split(" ")[0]).name if command else ""
    line = " ".join(command)
    return next((name for name, mark in servers.items() if program in (name, f"{name}-server") and mark in line), "")


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
