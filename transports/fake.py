"""A transport in memory, for tests of everything that uses one."""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from transports.base import (
    Account,
    Author,
    Button,
    Conversation,
    Facts,
    Headers,
    InboundUpdate,
    Kind,
    Part,
    Transport,
)
from transports.clean import clean_text, load_object
from transports.errors import MessageGone, Unreadable, VerificationFailed
from transports.http import Http, Publish

FAKE_LIMIT = 1000
"""Characters in one part of the fake."""
DATA_LIMIT = 64


@dataclass(slots=True)
class Sent:
    """One message that left through the fake, as it reads now."""

    id: str
    to: str
    text: str
    reply_to: str = ""
    edits: int = 0
    buttons: Sequence[Sequence[Button]] = ()

    def data_of(self, text: str) -> str:
        """What pressing the button with this text sends back."""
        return next(one.data for row in self.buttons for one in row if one.text == text)


class FakeTransport(Transport):
    """Speaks JSON `{"id", "chat", "user", "text"}`, optionally with `kind` and `message_id`.

    A pressed button has `button`, the id to be answered, and its `data`. `sent` holds what left, by id; each exception in
    `failures` is raised by one send or edit, in order. `writers` are the ids of those who may write, `facts` the context.
    """

    name = "fake"

    def __init__(self, account: Account, http: Http, publish: Publish | None = None) -> None:
        super().__init__(account, http, publish)
        self.sent: dict[str, Sent] = {}
        self.reactions: list[tuple[str, str]] = []
        self.typed: list[str] = []
        self.failures: deque[Exception] = deque()
        self.answered: list[tuple[str, str, bool]] = []
        """Answers to pressed buttons: callback id, text, whether it was an alert."""
        self.writers: set[str] = set()
        self.facts = Facts()

    def verify(self, headers: Headers, body: bytes) -> None:
        given = headers.get("x-fake-secret", "").encode("latin-1", "replace")
        fits = [hmac.compare_digest(given, secret.encode()) for secret in self.account.secrets_now()]
        if not any(fits):
            raise VerificationFailed("wrong secret")

    def parse(self, headers: Headers, body: bytes) -> InboundUpdate:
        data = load_object(body)
        fields = {name: data.get(name) for name in ("id", "chat", "user", "text")}
        if not all(isinstance(value, str) for value in fields.values()) or not data["id"]:
            raise Unreadable("id, chat, user and text must be strings")
        text = clean_text(data["text"])
        command, _, arguments = text.removeprefix("/").partition(" ")
        is_command, button = text.startswith("/"), _string(data, "button")
        kind = data.get("kind", "callback" if button else "command" if is_command else "message")
        if kind not in list(Kind):
            raise Unreadable("no such kind")
        return InboundUpdate(
            external_id=clean_text(data["id"]),
            kind=Kind(kind),
            conversation=Conversation(key=clean_text(data["chat"])),
            author=Author(id=clean_text(data["user"])),
            text=arguments if is_command else text,
            message_id=clean_text(str(data.get("message_id", data["id"]))),
            command=command.lower() if is_command else "",
            callback_id=button,
            callback_data=_string(data, "data")[:DATA_LIMIT],
            ignored="a button without data" if data.get("data") == "" else "",
        )

    def render(self, markdown: str) -> list[Part]:
        text = markdown if markdown.strip() else "(no text)"
        cuts = [text[start : start + FAKE_LIMIT] for start in range(0, len(text), FAKE_LIMIT)]
        return [Part(cut) for cut in cuts if cut.strip()]

    def with_footer(self, parts: Sequence[Part], title: str, text: str) -> list[Part]:
        return [*parts, *self.render(f"{title}\n{text}")]

    async def send(self, to: Conversation, part: Part, *, reply_to: str = "", marker: str = "") -> str:
        self._fail_if_told()
        message = Sent(id=str(len(self.sent) + 1), to=to.key, text=part.text, reply_to=reply_to, buttons=part.buttons)
        self.sent[message.id] = message
        return message.id

    async def edit(self, to: Conversation, message_id: str, part: Part, *, final: bool = True) -> None:
        self._fail_if_told()
        if message_id not in self.sent:
            raise MessageGone("no such message")
        self.sent[message_id].text = part.text
        self.sent[message_id].buttons = part.buttons
        self.sent[message_id].edits += 1

    async def delete(self, to: Conversation, message_id: str) -> None:
        self.sent.pop(message_id, None)

    async def typing(self, to: Conversation) -> None:
        self.typed.append(to.key)

    async def react(self, to: Conversation, message_id: str, reaction: str) -> None:
        self.reactions.append((message_id, reaction))

    async def answer_callback(self, callback_id: str, text: str = "", *, alert: bool = False) -> None:
        self.answered.append((callback_id, text, alert))

    async def context(self, to: Conversation) -> Facts:
        return self.facts

    async def may_write(self, to: Conversation, author: Author) -> bool:
        return author.id in self.writers

    def _fail_if_told(self) -> None:
        if self.failures:
            raise self.failures.popleft()


def _string(data: dict[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise Unreadable(f"{name} is not a string")
    return clean_text(value)
