"""`make run` with the packages installed: seconds to the first healthy answer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from bench.chats import wait
from bench.report import Row
from bench.running import ROOT
from botplatform.embedded.sockets import socket_dir
from tests.system.environment import free_port

GOAL_SECONDS = 10
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")


def _is_ok(address: str) -> bool:
    try:
        answer = httpx.get(address, timeout=2)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and answer.json()["status"] == "ok"


def _start(data_dir: Path) -> float:
    port = free_port()
    env = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    env |= {"DATA_DIR": str(data_dir), "PORT": str(port)}
    began = time.monotonic()
    with subprocess.Popen(
        ["make", "run"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            wait(lambda: _is_ok(f"http://127.0.0.1:{port}/health/"), 60, what="health ok", every=0.05)
            return time.monotonic() - began
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def measure(quick: bool) -> list[Row]:
    directory = Path(tempfile.mkdtemp(prefix="bench-"))
    data_dir = directory / "data"
    try:
        first, again = _start(data_dir), _start(data_dir)
    finally:
        for server in ("postgres", "redis"):
            shutil.rmtree(socket_dir(data_dir, server), ignore_errors=True)
        shutil.rmtree(directory, ignore_errors=True)
    return [
        Row("startup", "make run, empty data directory", f"{first:.1f} s", f"< {GOAL_SECONDS} s"),
        Row("startup", "make run, again", f"{again:.1f} s", f"< {GOAL_SECONDS} s"),
    ]
