"""A server that is a child process: JSON-RPC, one message a line, over its standard input and output.

The SDK's own transport passes parts of our environment on and buffers lines without limit.
https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import anyio
import structlog
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from agents.mcp.servers import McpFailure, McpServer

LAUNCHER = Path(__file__).with_name("launching.py")
PATH = "/usr/local/bin:/usr/bin:/bin"
LINE_BYTES = 4_000_000
"""Longest message of a server."""
GRACE_SECONDS = 2.0
"""Time to leave by itself once its input is closed."""
COMPLAINT_CHARS = 4_000

Incoming = MemoryObjectSendStream[SessionMessage | Exception]
Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]

log = structlog.get_logger(__name__)


class Complaints:
    """The end of what a server wrote to its standard error, for whoever wonders why it does not run."""

    text = ""

    async def listen(self, stderr: asyncio.StreamReader) -> None:
        while chunk := await stderr.read(4_096):
            self.text = (self.text + chunk.decode("utf-8", "replace"))[-COMPLAINT_CHARS:]


@asynccontextmanager
async def started(server: McpServer, complaints: Complaints, ended: asyncio.Event) -> AsyncIterator[Streams]:
    """Start the server and yield its streams; it and its whole process group are ended with the block, and with us.

    `ended` is set as soon as nothing more can come from it.
    """
    ours, theirs = os.pipe()
    os.set_inheritable(ours, False)
    try:
        child = await _child(server, ours)
    except OSError as error:
        os.close(theirs)
        raise McpFailure(f"The program could not be started: {error.strerror}.") from None
    finally:
        os.close(ours)
    received, receive = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    send, sent = anyio.create_memory_object_stream[SessionMessage](0)
    # All three were asked to be pipes.
    stdin, stdout = cast(asyncio.StreamWriter, child.stdin), cast(asyncio.StreamReader, child.stdout)
    tasks = [
        asyncio.create_task(_read(stdout, received, server.name)),
        asyncio.create_task(_write(stdin, sent)),
        asyncio.create_task(complaints.listen(cast(asyncio.StreamReader, child.stderr))),
    ]
    tasks[0].add_done_callback(lambda _: ended.set())
    try:
        yield receive, send
    finally:
        with anyio.CancelScope(shield=True):
            tasks[0].cancel()
            await asyncio.gather(tasks[0], return_exceptions=True)
            await _end(child, stdin, stdout, theirs)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for stream in (received, receive, send, sent):
                stream.close()


async def _child(server: McpServer, lifeline: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(LAUNCHER), str(lifeline), *server.command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": PATH, **server.env},
        pass_fds=(lifeline,),
        start_new_session=True,
        limit=LINE_BYTES,
    )


async def _read(stdout: asyncio.StreamReader, received: Incoming, name: str) -> None:
    """Pass messages on until there are no more; the session notices the end by the closed stream."""
    async with received:
        while True:
            try:
                line = await stdout.readline()
            except ValueError:
                log.warning("mcp.line_too_long", server=name)
                return
            if not line:
                return
            try:
                message: SessionMessage | Exception = SessionMessage(
                    jsonrpc_message_adapter.validate_json(line, by_name=False)
                )
            except ValueError as error:
                if not line.strip():
                    continue
                message = error
            try:
                await received.send(message)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return


async def _write(stdin: asyncio.StreamWriter, sent: MemoryObjectReceiveStream[SessionMessage]) -> None:
    with suppress(OSError):
        async with sent:
            async for item in sent:
                stdin.write(item.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
                await stdin.drain()


async def _end(
    child: asyncio.subprocess.Process, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader, lifeline: int
) -> None:
    """Close its input, give it a moment, then cut the lifeline, which ends the group."""
    stdin.close()
    drained = asyncio.create_task(_drain(stdout))  # until its pipes are empty a process does not count as gone
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE_SECONDS):
            await child.wait()
    os.close(lifeline)
    await child.wait()
    await drained


async def _drain(stdout: asyncio.StreamReader) -> None:
    with suppress(OSError):
        while await stdout.read(65_536):
            pass
