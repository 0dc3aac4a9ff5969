"""The readable text of an HTML page, from a child process that can be ended."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agents.web.errors import Unreadable

READER = Path(__file__).with_name("reader.py")
SECONDS = 10.0
LINKS = 60
_TOO_MUCH = "The page is put together in a way that takes too long to read."


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page, absolute."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Readable:
    """What a person would read on a page."""

    title: str
    text: str
    links: tuple[Link, ...]
    cut: bool


async def readable(page: str, *, url: str, chars: int) -> Readable:
    """The main text of an HTML page, at most `chars` characters. Raises Unreadable when that takes too much."""
    asked = json.dumps({"url": url, "chars": chars, "links": LINKS}).encode()
    # -I: nothing of ours and nothing from the environment; neither is of use to whoever takes over the parser.
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(READER)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"LANG": "C.UTF-8"},
    )
    try:
        async with asyncio.timeout(SECONDS):
            out, _ = await child.communicate(asked + b"\n" + page.encode("utf-8", "replace"))
    except TimeoutError:
        raise Unreadable(_TOO_MUCH) from None
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await asyncio.shield(child.wait())
    if child.returncode:
        raise Unreadable(_TOO_MUCH)
    found = json.loads(out)
    return Readable(found["title"], found["text"], tuple(Link(*link) for link in found["links"]), found["cut"])
