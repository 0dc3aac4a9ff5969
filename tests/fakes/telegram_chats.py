"""What a fake Telegram keeps of its chats."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Message:
    """One message of the bot."""

    id: int
    chat: int
    text: str
    entities: list[Any]
    reply_to: int | None = None
    thread: int | None = None
    markup: Any = None
    sent_at: float = field(default_factory=time.monotonic)
    history: list[str] = field(default_factory=list)
    """Every text it has had, the present one last."""
    reactions: list[str] = field(default_factory=list)


class Chats:
    """The bot's messages in order of sending."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._messages: dict[int, dict[int, Message]] = defaultdict(dict)
        self._last_id = 5000

    def send(self, chat: int, text: str, entities: list[Any], **rest: Any) -> Message:
        with self._lock:
            self._last_id += 1
            message = Message(self._last_id, chat, text, entities, history=[text], **rest)
            self._messages[chat][message.id] = message
            return message

    def find(self, chat: int, message_id: int) -> Message | None:
        with self._lock:
            return self._messages[chat].get(message_id)

    def remove(self, chat: int, message_id: int) -> bool:
        with self._lock:
            return self._messages[chat].pop(message_id, None) is not None

    def messages(self, chat: int) -> list[Message]:
        with self._lock:
            return list(self._messages[chat].values())

    def ids(self) -> list[int]:
        """Chats in which the bot has spoken."""
        with self._lock:
            return [chat for chat, messages in self._messages.items() if messages]


class Quotas:
    """What Telegram allows: one message or edit a second in a chat, twenty a minute in a group.

    https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    """

    def __init__(self) -> None:
        self._sent: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=20))

    def wait_seconds(self, chat: int) -> int:
        """0 and the message counts, or whole seconds to wait. 50 ms of jitter are forgiven."""
        now, sent = time.monotonic(), self._sent[chat]
        if sent and now - sent[-1] < 0.95:
            return 1
        if chat < 0 and len(sent) == 20 and now - sent[0] < 59.95:
            return int(60 - (now - sent[0])) + 1
        sent.append(now)
        return 0
