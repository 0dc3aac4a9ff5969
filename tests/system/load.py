"""Many people who write all the time, and what became of their messages."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, islice
from types import TracebackType
from typing import Self

import httpx

from tests.fakes.telegram_updates import text_update
from tests.system.platform import Platform

PATIENCE_SECONDS = 60.0
_MARK = re.compile(r"m\d+x\d+")
_chats = count(500_000)


def fresh_chats(number: int) -> list[int]:
    """Private chats that nobody else uses."""
    return list(islice(_chats, number))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery of one message."""

    mark: str
    status: int
    """0: the connection broke."""
    seconds: float
    outcome: str = ""


class Load:
    """Messages for as long as the `with` block lasts; one that is not accepted is delivered again, as Telegram does.

    Each message is a mark of its own, and the model repeats what it was asked: the marks in a chat tell what was answered.
    """

    def __init__(self, platform: Platform, chats: Sequence[int], *, pause: float = 0.25, threads: int = 4) -> None:
        self.platform = platform
        self.chats = chats
        self.attempts: list[Attempt] = []
        self.accepted: list[str] = []
        self._pause = pause
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(chats[n::threads],)) for n in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Write nothing more; returns when the last message has been accepted."""
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _write(self, chats: Sequence[int]) -> None:
        with httpx.Client(base_url=self.platform.url, timeout=20) as client:
            number = 0
            while not self._end.is_set():
                for chat in chats:
                    self._deliver(client, chat, f"m{chat}x{number}")
                number += 1
                self._end.wait(self._pause)

    def _deliver(self, client: httpx.Client, chat: int, mark: str) -> None:
        update = text_update(self.platform.next_update_id(), chat, mark)
        headers = {"x-telegram-bot-api-secret-token": self.platform.env["TELEGRAM_WEBHOOK_SECRET"]}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            started, status, outcome = time.monotonic(), 0, ""
            try:
                answer = client.post("/webhooks/telegram/default/", json=update, headers=headers)
                status = answer.status_code
                outcome = answer.json()["outcome"] if status == 200 else ""
            except httpx.HTTPError:
                pass
            self.attempts.append(Attempt(mark, status, time.monotonic() - started, outcome))
            if status == 200:
                self.accepted.append(mark)
                return
            time.sleep(0.3)

    # -- what became of it

    def wait_accepted(self, more: int, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until so many more messages have been accepted."""
        wanted = len(self.accepted) + more
        self.platform.wait_until(lambda: len(self.accepted) >= wanted, timeout, what=f"{wanted} accepted")

    @property
    def statuses(self) -> set[int]:
        return {attempt.status for attempt in self.attempts}

    @property
    def slowest_seconds(self) -> float:
        return max(attempt.seconds for attempt in self.attempts)

    def answered(self) -> Counter[str]:
        """How often each mark stands in what people see in their chats now."""
        telegram = self.platform.fakes.telegram
        return Counter(mark for chat in self.chats for text in telegram.texts(chat) for mark in _MARK.findall(text))

    def wait_answered(self, timeout: float = 90.0) -> None:
        """Wait until every accepted message is answered and nothing is left to do; fails unless each was answered once."""
        wanted = Counter(self.accepted)
        self.platform.wait_until(lambda: not wanted - self.answered(), timeout, what=f"{len(wanted)} answers")
        self.platform.wait_until(lambda: not self.platform.sql(_OPEN), timeout, what="nothing left to do")
        assert self.answered() == wanted


_OPEN = """
    SELECT 'batch' AS kind, id, state FROM botplatform_batch WHERE state IN ('collecting', 'processing', 'waiting')
    UNION ALL SELECT 'reply', id, state FROM botplatform_reply WHERE state IN ('pending', 'sending', 'unknown')
    UNION ALL SELECT 'run', id, state FROM botplatform_run WHERE state IN ('running', 'waiting')
    UNION ALL SELECT 'update', id, state FROM botplatform_update WHERE state = 'queued'"""
