from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time

from tests.fakes.model_replies import text
from tests.system.fakes import Fakes
from tests.system.installation import MANAGE
from tests.system.platform import Platform


def piped(platform: Platform, lines: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(MANAGE), "chat", *arguments]
    return subprocess.run(
        command, input=lines, env=platform.env, cwd=platform.directory, capture_output=True, text=True, timeout=60
    )


def test_piped_lines_are_answered_together(platform: Platform, fakes: Fakes) -> None:
    done = piped(platform, "one\ntwo\n\n", "--session", "piped")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "answer to: one\n---\ntwo\n"
    assert fakes.model.asked() == [["one", "two"]]


def test_commands_are_answered(platform: Platform, fakes: Fakes) -> None:
    done = piped(platform, "/help\n", "--session", "commands")
    assert "/status" in done.stdout
    assert fakes.model.asked() == []


def test_earlier_answers_are_not_printed_again(platform: Platform, fakes: Fakes) -> None:
    piped(platform, "first\n", "--session", "again")
    assert piped(platform, "second\n", "--session", "again").stdout == "answer to: second\n"


def test_somebody_at_a_terminal_is_answered_while_typing(platform: Platform, fakes: Fakes) -> None:
    fakes.model.script([text("quite well")], when="how are you")
    held = fakes.model.hold_text("how are you")
    ours, theirs = pty.openpty()
    command = [sys.executable, str(MANAGE), "chat", "--session", "typed"]
    talk = subprocess.Popen(
        command, env=platform.env, cwd=platform.directory, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    seen = b""

    def shows(words: bytes) -> bool:
        nonlocal seen
        try:
            seen += os.read(ours, 65_536)
        except (BlockingIOError, OSError):
            time.sleep(0.05)
        return words in seen

    platform.wait_until(lambda: shows(b"you> "), what="the prompt")
    os.write(ours, b"how are you\n")
    platform.wait_until(lambda: shows("Thinking …".encode()), what="the placeholder")
    os.write(ours, b"half a li")
    held.release()
    platform.wait_until(lambda: shows(b"quite well\r\nyou> half a li"), what="the answer above what was typed")
    os.write(ours, b"\x15\x04")  # clear the line, then end of file
    assert talk.wait(15) == 0
    os.close(ours)


def test_without_a_worker_the_mend_is_told(platform: Platform, fakes: Fakes) -> None:
    platform.kill("worker", signal.SIGSTOP)
    platform.sql("UPDATE botplatform_process SET seen_at = now() - interval '1 hour' WHERE role = 'worker'")
    try:
        done = piped(platform, "hello\n")
    finally:
        platform.kill("worker", signal.SIGCONT)
        platform.wait_healthy()
    assert done.returncode == 1
    assert "No worker is running: start everything with `manage.py up`" in done.stderr
