"""A transport in memory, for tests of everything that uses one."""

from __future__ import annotations

import hmac
from collections import deque
from dataclasses import dataclass

from transports.base import Account, Author, Conversation, Headers, InboundUpdate, Kind, Part, Transport
from transports.clean import clean_text, load_object
from transports.errors import MessageGone, Unreadable, VerificationFailed
from transports.http import Http, Publish

FAKE_LIMIT = 1000
"""Characters in one part of the fake."""


@dataclass(slots=True)
class Sent:
    """One message that left through the fake, as it reads now."""

    id: str
    to: str
    text: str
    reply_to: str = ""
    edits: int = 0


class FakeTransport(Transport):
    """Speaks JSON `{"id", "chat", "user", "text"}`, optionally with `kind` and `message_id`.

    `sent` holds what left, by id; each exception in `failures` is raised by one send or edit, in order.
    """

    name = "fake"

    def __init__(self, account: Account, http: Http, publish: Publish | None = None) -> None:
        super().__init__(account, http, publish)
        self.sent: dict[str, Sent] = {}
        self.reactions: list[tuple[str, str]] = []
        self.typed: list[str] = []
        self.failures: deque[Exception] = deque()

    def verify(self, headers: Headers, body: bytes) -> None:
        given = headers.get("x-fake-secret", "").encode("latin-1", "replace")
        if not self.account.secret or not hmac.compare_digest(given, self.account.secret.encode()):
            raise VerificationFailed("wrong secret")

    def parse(self, headers: Headers, body: bytes) -> InboundUpdate:
        data = load_object(body)
        fields = {name: data.get(name) for name in ("id", "chat", "user", "text")}
        if not all(isinstance(value, str) for value in fields.values()) or not data["id"]:
            raise Unreadable("id, chat, user and text must be strings")
        text = clean_text(data["text"])
        command, _, arguments = text.removeprefix("/").partition(" ")
        is_command = text.startswith("/")
        kind = data.get("kind", "command" if is_command else "message")
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
        )

    def render(self, markdown: str) -> list[Part]:
        text = markdown if markdown.strip() else "(no text)"
        cuts = [text[start : start + FAKE_LIMIT] for start in range(0, len(text), FAKE_LIMIT)]
        return [Part(cut) for cut in cuts if cut.strip()]

    async def send(self, to: Conversation, part: Part, *, reply_to: str = "", marker: str = "") -> str:
        self._fail_if_told()
        message = Sent(id=str(len(self.sent) + 1), to=to.key, text=part.text, reply_to=reply_to)
        self.sent[message.id] = message
        return message.id

    async def edit(self, to: Conversation, message_id: str, part: Part, *, final: bool = True) -> None:
        self._fail_if_told()
        if message_id not in self.sent:
            raise MessageGone("no such message")
        self.sent[message_id].text = part.text
        self.sent[message_id].edits += 1

    async def delete(self, to: Conversation, message_id: str) -> None:
        self.sent.pop(message_id, None)

    async def typing(self, to: Conversation) -> None:
        self.typed.append(to.key)

    async def react(self, to: Conversation, message_id: str, reaction: str) -> None:
        self.reactions.append((message_id, reaction))

    def _fail_if_told(self) -> None:
        if self.failures:
            raise self.failures.popleft()
