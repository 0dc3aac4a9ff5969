"""Reading and writing pipes on the event loop, and waiting for processes by their descriptors."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator

CHUNK_BYTES = 65536


async def readable(descriptor: int) -> None:
    """Until it can be read; a pidfd can when its process has ended."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


@contextlib.contextmanager
def heard(descriptor: int, take: Callable[[bytes], None]) -> Iterator[None]:
    """Inside, whatever arrives is handed to `take` at once; at the end, what is left, up to the pipe's capacity."""
    loop = asyncio.get_running_loop()

    def ready() -> bool:
        with contextlib.suppress(BlockingIOError):
            if chunk := os.read(descriptor, CHUNK_BYTES):
                take(chunk)
                return True
            loop.remove_reader(descriptor)
        return False

    loop.add_reader(descriptor, ready)
    try:
        yield
        while ready():
            pass
    finally:
        loop.remove_reader(descriptor)


@contextlib.contextmanager
def fed(descriptor: int, content: bytes, close: Callable[[], None]) -> Iterator[None]:
    """Inside, `content` is written as fast as it is read; `close` is called when all of it is, or nobody reads."""
    loop = asyncio.get_running_loop()
    left = memoryview(content)

    def ready() -> None:
        nonlocal left
        try:
            left = left[os.write(descriptor, left[:CHUNK_BYTES]) :] if left else left
        except BlockingIOError:
            return
        except OSError:
            left = left[:0]
        if not left:
            loop.remove_writer(descriptor)
            close()

    loop.add_writer(descriptor, ready)
    try:
        yield
    finally:
        loop.remove_writer(descriptor)
