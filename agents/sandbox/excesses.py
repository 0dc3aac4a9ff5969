"""Attempts to use more than a sandbox allows. Each takes a bounded amount, so that one that succeeds does no harm."""

from __future__ import annotations

from dataclasses import dataclass

from agents.sandbox.values import MEBIBYTE, Ended, Finished, Limits


@dataclass(frozen=True, slots=True)
class Excess:
    """One attempt: a program in Python, the limits it runs under, and how it has to end."""

    name: str
    code: str
    limits: Limits
    expected: Ended
    refusal: str = ""
    """What it says when the kernel refuses it before the sandbox has to end it."""
    timeout_seconds: float = 6.0

    def denied(self, done: Finished) -> bool:
        refused = bool(self.refusal) and done.exit_code != 0 and self.refusal in done.output
        return refused or (done.why_ended is self.expected and done.exit_code is None)


EXCESSES = (
    Excess(
        "use too much memory",
        "import os, time\nfor _ in range(4):\n if os.fork() == 0: break\nx = b'x' * (40 << 20)\ntime.sleep(3)",
        Limits(memory_bytes=96 * MEBIBYTE),
        Ended.MEMORY,
    ),
    Excess(
        "reserve too much memory",
        "import mmap; mmap.mmap(-1, 1 << 30)",
        Limits(address_space_bytes=512 * MEBIBYTE),
        Ended.MEMORY,
        "Cannot allocate memory",
    ),
    Excess(
        "start too many processes",
        "import os, time\nfor _ in range(80):\n if os.fork() == 0: time.sleep(3); os._exit(0)\ntime.sleep(3)",
        Limits(processes=24),
        Ended.PROCESSES,
        "Resource temporarily unavailable",
    ),
    Excess("run too long", "import time; time.sleep(5)", Limits(), Ended.TIME, timeout_seconds=0.5),
    Excess(
        "use too much processor time",
        "import time\nend = time.monotonic() + 5\nwhile time.monotonic() < end: pass",
        Limits(cpu_seconds=0.3),
        Ended.CPU,
    ),
    Excess(
        "write too much output",
        "import sys\nfor _ in range(256): sys.stdout.write('x' * (1 << 16))",
        Limits(output_bytes=MEBIBYTE),
        Ended.OUTPUT,
    ),
    Excess(
        "fill the disk",
        "import time\nfor _ in range(8): open(f'fill{time.time_ns()}', 'wb').write(b'x' * (4 << 20))\ntime.sleep(8)",
        Limits(workspace_bytes=8 * MEBIBYTE),
        Ended.DISK,
        timeout_seconds=12.0,
    ),
    Excess(
        "write too large a file",
        "open('large', 'wb').write(b'x' * (16 << 20))",
        Limits(file_bytes=MEBIBYTE),
        Ended.DISK,
        "File too large",
    ),
    Excess(
        "fill the memory behind /tmp",
        "open('/tmp/large', 'wb').write(b'x' * (16 << 20))",
        Limits(temporary_bytes=4 * MEBIBYTE),
        Ended.MEMORY,
        "No space left on device",
    ),
)
