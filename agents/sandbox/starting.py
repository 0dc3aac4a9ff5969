"""Starting bubblewrap so that its first process can be limited, watched and killed before the command begins.

bubblewrap tells the id of the first process in the new process namespace and then waits for a byte. Meanwhile limits
are set on that process: inside its own user namespace, a limit on processes counts those of this sandbox alone. The
kernel ends every process of a namespace with its first one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.sandbox.identity import ALONE, CHANGE, MAPPED, is_separate, map_ids
from agents.sandbox.values import Limits, SandboxError

PROGRAM = "bwrap"
TOLD_WITHIN_SECONDS = 20.0
"""How long bubblewrap may take to make its namespaces, on a machine that swaps."""
POLL_SECONDS = 0.002


@dataclass(slots=True)
class Child:
    """A started sandbox. Whoever has it must `kill` it, wait for it and `close` it."""

    process: subprocess.Popen[bytes]
    ends: dict[str, int]
    """Our ends of its pipes, none of them blocking: `input`, `output`, `errors` (where they are read apart), `status`,
    `gate`."""
    separate: bool
    """Whether it waits for its users to be mapped."""
    first: int = 0
    """Process id of the first process inside, as seen from here; 0 until it is told."""
    handles: list[int] = field(default_factory=list)
    """Descriptors of bubblewrap's process and of the first one inside: readable when each has ended."""
    told: bytes = b""

    def close(self, name: str) -> None:
        if name in self.ends:
            os.close(self.ends.pop(name))

    def close_all(self) -> None:
        for name in list(self.ends):
            self.close(name)
        while self.handles:
            os.close(self.handles.pop())

    def kill(self) -> None:
        """End everything inside, and bubblewrap. Can be repeated."""
        for handle in reversed(self.handles):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)

    def heard(self, name: str) -> Any:
        """What bubblewrap has told of `child-pid` or `exit-code`; None before."""
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self.ends["status"], 4096):
                self.told += chunk
        return next((one[name] for one in _documents(self.told.decode()) if name in one), None)


def inherited(content: bytes) -> int:
    """A descriptor from which a child reads `content`."""
    descriptor = os.memfd_create("sandbox")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def launch(
    command: Sequence[str], options: list[str], *, env: Mapping[str, str], apart: bool, files: Sequence[int]
) -> Child:
    """Start bubblewrap, which then waits at its gate; `apart` reads standard error by itself.

    Called in a thread that outlives the sandbox, which dies with it. `files` are inherited, and closed here.
    Raises SandboxError when bubblewrap is missing.
    """
    ends = {name: os.pipe() for name in ("output", "status", *(("errors",) if apart else ()))}
    separate = is_separate()
    ends |= {name: os.pipe()[::-1] for name in ("input", "gate")}
    theirs = {name: pair[1] for name, pair in ends.items()}
    words = ["--json-status-fd", str(theirs["status"]), "--block-fd", str(theirs["gate"]), *options]
    if separate:
        theirs["info"] = os.dup(theirs["status"])
        # bubblewrap does not close what it waits for there, so it is nothing new: one byte of the input.
        words += ["--userns-block-fd", "0", "--info-fd", str(theirs["info"])]
    words += MAPPED if separate else ALONE
    theirs["words"] = inherited(b"".join(word.encode() + b"\0" for word in words))
    try:
        process = subprocess.Popen(
            [PROGRAM, "--args", str(theirs["words"]), "--", *(CHANGE if separate else ()), *command],
            stdin=theirs["input"],
            stdout=theirs["output"],
            stderr=theirs.get("errors", subprocess.STDOUT),
            pass_fds=[*files, *(end for name, end in theirs.items() if name not in ("input", "output", "errors"))],
            env=dict(env),
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        for end, _ in ends.values():
            os.close(end)
        missing = isinstance(error, FileNotFoundError)
        raise SandboxError("bubblewrap is not installed" if missing else f"cannot start bubblewrap: {error}") from error
    finally:
        for descriptor in (*files, *theirs.values()):
            os.close(descriptor)
    ours = {name: pair[0] for name, pair in ends.items()}
    child = Child(process, ours, separate, handles=[os.pidfd_open(process.pid)])
    for descriptor in child.ends.values():
        os.set_blocking(descriptor, False)
    return child


async def meet(child: Child) -> bool:
    """Wait for the first process inside, and take hold of it; False when there is none. Can be repeated."""
    first = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TOLD_WITHIN_SECONDS):
            while not child.first and (first := child.heard("child-pid")) is None and child.process.poll() is None:
                await asyncio.sleep(POLL_SECONDS)
    if first is not None:
        with contextlib.suppress(ProcessLookupError):
            child.handles.append(os.pidfd_open(first))
            child.first = first
    return child.first != 0


async def open_gate(child: Child, limits: Limits) -> bool:
    """Limit the first process inside, and let the command begin; False when there is none."""
    if not await meet(child):
        return False
    try:
        if child.separate:
            map_ids(child.first)
            os.write(child.ends["input"], b"\n")
        for what, most in _limits(limits):
            resource.prlimit(child.first, what, (most, most))
        os.write(child.ends["gate"], b"\n")
    except (ProcessLookupError, BrokenPipeError):  # it has given up meanwhile
        return False
    except OSError as error:
        raise SandboxError(f"a sandbox cannot be limited here: {error}") from error
    child.close("gate")
    return True


def _limits(limits: Limits) -> Iterator[tuple[int, int]]:
    yield resource.RLIMIT_AS, limits.address_space_bytes
    yield resource.RLIMIT_NPROC, limits.processes
    yield resource.RLIMIT_FSIZE, limits.file_bytes
    yield resource.RLIMIT_NOFILE, limits.open_files
    yield resource.RLIMIT_CPU, int(limits.cpu_seconds) + 1
    yield resource.RLIMIT_CORE, 0
    yield resource.RLIMIT_MEMLOCK, 0
    yield resource.RLIMIT_MSGQUEUE, 0


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects that stand one behind the other, as far as they are whole."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        try:
            one, end = decoder.raw_decode(text)
        except json.JSONDecodeError:
            return
        yield one
        text = text[end:]
