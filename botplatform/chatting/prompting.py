"""A prompt at which answers appear while somebody types."""

from __future__ import annotations

import asyncio
import readline
import sys
import termios
import threading

from botplatform.chatting.terminal import POLL_SECONDS, Talk, printable

PROMPT = "you> "
IDLE_POLL_SECONDS = 1.0
_CLEAR_LINE, _DIM, _PLAIN = "\r\x1b[K", "\x1b[2m", "\x1b[0m"


async def converse(talk: Talk) -> None:
    """Read lines and show answers until end of file."""
    typed: asyncio.Queue[str | None] = asyncio.Queue()
    settings = termios.tcgetattr(sys.stdin)
    sys.stdout.write(f"Conversation {talk.key}. /help lists commands, Ctrl-D leaves.\n")
    threading.Thread(target=_read, args=(asyncio.get_running_loop(), typed), daemon=True).start()
    try:
        while True:
            if text := await _next(typed, POLL_SECONDS if talk.pending else IDLE_POLL_SECONDS):
                if refused := await talk.say(text):
                    _show(refused)
            elif text is None:
                return
            for line in await talk.hear():
                _show(printable(line.text) if line.final else f"{_DIM}{printable(line.text)}{_PLAIN}")
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)  # the thread may still be in the middle of a line


async def _next(typed: asyncio.Queue[str | None], seconds: float) -> str | None:
    """The next line; empty when none came within `seconds`, None at the end of file."""
    try:
        return await asyncio.wait_for(typed.get(), seconds)
    except TimeoutError:
        return ""


def _read(loop: asyncio.AbstractEventLoop, typed: asyncio.Queue[str | None]) -> None:
    while True:
        try:
            text: str | None = input(PROMPT)
        except EOFError:
            text = None
        loop.call_soon_threadsafe(typed.put_nowait, text)
        if text is None:
            return


def _show(text: str) -> None:
    """Print above the prompt and put back what was typed so far."""
    sys.stdout.write(f"{_CLEAR_LINE}{text}\n{PROMPT}{readline.get_line_buffer()}")
    sys.stdout.flush()
