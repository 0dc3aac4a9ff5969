"""Whatever uses more than it is given is ended, with everything that it started, and the host hardly notices."""

from __future__ import annotations

import resource
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from agents.sandbox import watching
from agents.sandbox.layout import View
from agents.sandbox.sandbox import Sandbox
from agents.sandbox.values import MEBIBYTE, Ended, Finished, Limits
from tests.agents.sandbox.conftest import LIMITS


@pytest.fixture
def limited(tmp_path: Path):
    def make(**limits: float) -> Sandbox:
        return Sandbox(View(tmp_path), limits=replace(LIMITS, **limits))

    return make


def told(done: Finished) -> tuple[Ended, int | None]:
    return done.why_ended, done.exit_code


async def test_time(limited) -> None:
    done = await limited().run("trap '' TERM INT; sleep 60", timeout_seconds=0.5)
    assert told(done) == (Ended.TIME, None)
    assert done.seconds < 5


async def test_a_fork_bomb_as_the_kernel_or_the_watch_stops_it(limited) -> None:
    done = await limited(processes=40).run("b() { b | b & }; b; sleep 20", timeout_seconds=3)
    assert done.why_ended is Ended.PROCESSES or "Cannot fork" in done.output
    assert done.seconds < 10


async def test_memory_of_one_process(limited) -> None:
    done = await limited().run("python3 -c 'x = bytearray(400 << 20); import time; time.sleep(20)'")
    assert told(done) == (Ended.MEMORY, None)


async def test_memory_of_many_processes_together(limited) -> None:
    one = "python3 -c 'x = b\"x\" * (60 << 20); import time; time.sleep(20)'"
    assert told(await limited().run(f"{one} & {one} & {one} & {one} & wait")) == (Ended.MEMORY, None)


async def test_shared_memory_counts(limited) -> None:
    code = "import mmap, time; m = mmap.mmap(-1, 400 << 20); [m.write(b'x' * (1 << 20)) for _ in range(400)]; time.sleep(20)"
    assert told(await limited().run(["python3", "-c", code])) == (Ended.MEMORY, None)


@pytest.mark.parametrize("place", ["/tmp", "/dev/shm"])
async def test_memory_that_poses_as_files_is_bounded(limited, place: str) -> None:
    done = await limited().run(f"head -c 100M /dev/zero > {place}/x")
    assert "No space left" in done.output


async def test_reserved_memory_of_one_process(limited) -> None:
    done = await limited(address_space_bytes=512 * MEBIBYTE).run(
        ["python3", "-c", "import mmap; mmap.mmap(-1, 1 << 30)"]
    )
    assert "Cannot allocate memory" in done.output


async def test_processor_time(limited) -> None:
    done = await limited(cpu_seconds=0.5).run("while :; do :; done & while :; do :; done", timeout_seconds=30)
    assert told(done) == (Ended.CPU, None)


async def test_processor_time_of_short_lived_processes_counts(limited) -> None:
    done = await limited(cpu_seconds=0.5).run("while :; do /bin/true; done", timeout_seconds=30)
    assert told(done) == (Ended.CPU, None)


async def test_one_large_file(limited) -> None:
    done = await limited(file_bytes=MEBIBYTE).run("head -c 5M /dev/zero > large; stat -c %s large")
    assert done.output.split()[-1] == str(MEBIBYTE)


async def test_many_files_fill_the_workspace(limited) -> None:
    done = await limited().run("for n in $(seq 100); do head -c 4M /dev/zero > f$n; sleep 0.02; done; sleep 20")
    assert told(done) == (Ended.DISK, None)


async def test_very_many_empty_files(limited) -> None:
    code = "import time\nfor n in range(20000): open(f'f{n}', 'w').close()\ntime.sleep(20)"
    assert told(await limited(workspace_files=2000).run(["python3", "-c", code])) == (Ended.DISK, None)


async def test_room_that_others_make_meanwhile_hides_nothing(limited, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if somebody else had deleted much just after the command began."""
    looks, free = count(), watching._free

    def freed(place: Path) -> watching.Space:
        now = free(place)
        return replace(now, bytes=now.bytes + (10_000 * MEBIBYTE if next(looks) else 0))

    monkeypatch.setattr(watching, "_free", freed)
    command = "sleep 0.5; head -c 96M /dev/zero > large; sleep 30"
    done = await limited(workspace_bytes=32 * MEBIBYTE).run(command, timeout_seconds=15)
    assert told(done) == (Ended.DISK, None)


async def test_a_full_workspace_can_be_tidied_up(limited) -> None:
    await limited().run("head -c 100M /dev/zero > large")
    done = await limited().run("sleep 0.5; rm large; ls")
    assert (done.exit_code, done.output) == (0, "")


async def test_endless_output_is_cut_without_growing(limited) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = await limited(output_bytes=256 * MEBIBYTE).run("yes")
    assert told(done) == (Ended.OUTPUT, None)
    assert done.cut >= 250 * MEBIBYTE
    assert len(done.output) < LIMITS.kept_bytes + 100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


async def test_of_long_output_the_beginning_and_the_end_are_kept(limited) -> None:
    done = await limited(kept_bytes=2000).run("echo first; seq 100000; echo last")
    assert done.output.startswith("first\n1\n")
    assert done.output.endswith("100000\nlast\n")
    assert f"[… {done.cut} bytes left out …]" in done.output
    assert done.cut == 6 + 588895 + 5 - 2000


async def test_binary_output_does_no_harm(limited) -> None:
    done = await limited().run("head -c 300000 /dev/urandom; printf '\\033[2J'")
    assert done.succeeded


async def test_files_of_core_are_not_written(limited) -> None:
    assert (await limited().run("ulimit -c")).output == "0\n"


def test_the_defaults_let_a_build_take_half_an_hour() -> None:
    assert Limits().cpu_seconds >= 1800
