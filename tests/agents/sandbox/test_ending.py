"""Nothing outlives whoever started it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from agents.sandbox.sandbox import Sandbox

STARTER = """
import asyncio, sys
from pathlib import Path
from agents.sandbox.layout import View
from agents.sandbox.sandbox import Sandbox
asyncio.run(Sandbox(View(Path(sys.argv[1]))).run(sys.argv[2]))
"""


def command(mark: str) -> str:
    """Starts children that leave their session and ignore signals."""
    stubborn = f"setsid sh -c 'trap \"\" HUP TERM; sleep {mark}; :'"
    return f"trap '' TERM HUP INT; setsid sleep {mark} & ({stubborn} &) ; echo up > up; sleep {mark}"


def alive(mark: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if mark in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def eventually(condition, seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


async def test_cancelling_kills_everything_before_it_returns(sandbox: Sandbox) -> None:
    mark = f"6{os.getpid()}.25"
    running = asyncio.create_task(sandbox.run(command(mark)))
    assert await asyncio.to_thread(eventually, lambda: len(alive(mark)) >= 3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert alive(mark) == []


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 20])
async def test_cancelling_while_it_starts_leaves_nothing(sandbox: Sandbox, steps: int) -> None:
    mark = f"5{os.getpid()}.{steps}5"
    running = asyncio.create_task(sandbox.run(["sleep", mark]))
    for _ in range(steps):
        await asyncio.sleep(0.001)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert alive(mark) == []


async def test_a_time_out_around_it_ends_it(sandbox: Sandbox) -> None:
    mark = f"7{os.getpid()}.25"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await sandbox.run(command(mark))
    assert alive(mark) == []


def test_kill_9_of_the_parent_leaves_nothing(tmp_path: Path) -> None:
    mark = f"8{os.getpid()}.25"
    words = [sys.executable, "-c", STARTER, str(tmp_path), command(mark)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as parent:
        assert eventually(lambda: (tmp_path / "up").exists() and len(alive(mark)) >= 3)
        parent.send_signal(signal.SIGKILL)
    assert eventually(lambda: alive(mark) == [])


async def test_several_run_side_by_side(sandbox: Sandbox) -> None:
    done = await asyncio.gather(*(sandbox.run(f"sleep 0.2; echo {n}") for n in range(5)))
    assert [one.output for one in done] == [f"{n}\n" for n in range(5)]
