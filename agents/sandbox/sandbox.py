"""Running one command in bubblewrap, with no network, one writable directory, and limits on everything it may use."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Never

from agents.sandbox.filtering import program
from agents.sandbox.identity import own
from agents.sandbox.layout import ACCOUNTS, WORKSPACE, System, View, arguments, environment
from agents.sandbox.output import Output
from agents.sandbox.pipes import fed, heard, readable
from agents.sandbox.starting import Child, inherited, launch, meet, open_gate
from agents.sandbox.values import Ended, Finished, Limits, SandboxError
from agents.sandbox.watching import exited, filled, first_of, overflowed, passed

Listener = Callable[[str], Awaitable[None]]
"""Told the last of the output, now and then, while a command runs."""
MOST_SECONDS = 1800.0
TOLD_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where commands run. Each `run` is a sandbox of its own; only the workspace lasts from one to the next."""

    view: View
    system: System = field(default_factory=System)
    limits: Limits = field(default_factory=Limits)

    async def run(
        self,
        command: str | Sequence[str],
        *,
        timeout_seconds: float = 120.0,
        cwd: str = WORKSPACE,
        stdin: bytes = b"",
        on_output: Listener | None = None,
        into: BinaryIO | None = None,
    ) -> Finished:
        """Run a command (text: by the shell) and return when nothing that it started is left.

        `into` takes standard output as it comes, up to the limit on one file; then `output` is standard error alone.
        Cancelling kills everything inside before it goes on. Raises SandboxError where there is no sandbox to be had.
        """
        words = ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)
        if any("\0" in word for word in (*words, cwd)):
            raise SandboxError("a command cannot hold a NUL character")
        output, began = Output(self.limits.kept_bytes, self.limits.output_bytes), time.monotonic()
        child = self._launched(words, cwd, apart=into is not None)
        try:
            with self._connected(child, output, into):
                try:
                    why = await self._attended(child, output, timeout_seconds, stdin, on_output)
                finally:
                    await _ended(child)
            code = child.heard("exit-code") if why is Ended.EXITED else None
        finally:
            child.close_all()
        if why is Ended.EXITED and code is None:
            reason = output.text().strip()[:500] or "it gave no reason"
            raise SandboxError(f"bubblewrap cannot make a sandbox here: {reason}")
        return Finished(code, output.text(), output.cut, why, time.monotonic() - began)

    async def _attended(
        self, child: Child, output: Output, timeout_seconds: float, stdin: bytes, listener: Listener | None
    ) -> Ended:
        """Let the command begin, and watch it until it ends or has to be ended."""
        if not await open_gate(child, self.limits):
            return Ended.EXITED
        with fed(child.ends["input"], stdin, lambda: child.close("input")):
            return await first_of(
                overflowed(output),
                exited(child),
                passed(child, self.limits, min(timeout_seconds, MOST_SECONDS)),
                filled(self.view.workspace, self.limits),
                *([_told(listener, output)] if listener else []),
            )

    def _launched(self, words: list[str], cwd: str, *, apart: bool) -> Child:
        own(self.view.workspace)
        filter_ = program()
        if filter_ is None:
            raise SandboxError("no filter of system calls is known for this kind of processor")
        accounts = {inside: inherited(content) for inside, content in ACCOUNTS.items()}
        files = [*accounts.values(), inherited(filter_)]
        options = ["--seccomp", str(files[-1]), *arguments(self.system, self.view, self.limits, accounts)]
        # As whoever runs the command: bubblewrap itself may not be allowed into the workspace.
        words = ["env", f"--chdir={cwd}", "--", *words]
        return launch(words, options, env=environment(self.system, self.view), apart=apart, files=files)

    @contextlib.contextmanager
    def _connected(self, child: Child, output: Output, into: BinaryIO | None) -> Iterator[None]:
        """Inside, what the command writes is read; on leaving, whatever is left in them is read."""
        left = self.limits.file_bytes

        def keep(chunk: bytes) -> None:
            nonlocal left
            if into is not None and left:
                into.write(chunk[:left])
                left -= len(chunk[:left])
            elif into is not None:
                output.overflow.set()

        with contextlib.ExitStack() as stack:
            stack.enter_context(heard(child.ends["output"], output.take if into is None else keep))
            if into is not None:
                stack.enter_context(heard(child.ends["errors"], output.take))
            yield


async def _told(listener: Listener, output: Output) -> Never:
    """Tell what is new, once in a while; what the listener raises ends the command."""
    shown = 0
    while True:
        await asyncio.sleep(TOLD_EVERY_SECONDS)
        if output.total != shown:
            shown = output.total
            await listener(output.recent())


async def _ended(child: Child) -> None:
    """Kill what is left and wait for it, however often this is cancelled meanwhile."""
    gone = asyncio.ensure_future(_killed(child))
    cancelled = False
    while not gone.done():
        try:
            await asyncio.shield(gone)
        except asyncio.CancelledError:
            cancelled = True
    gone.result()
    if cancelled:
        raise asyncio.CancelledError


async def _killed(child: Child) -> None:
    # Killed before it tells of the first process inside, bubblewrap could leave that one behind, waiting at its gate.
    await meet(child)
    child.kill()
    for handle in child.handles:
        await readable(handle)
    child.process.wait()
