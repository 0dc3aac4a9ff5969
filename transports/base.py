"""What every transport offers: bytes of a provider in, normalised values out, and the calls that leave.

A transport knows neither Django nor agents. `verify`, `parse` and `render` are pure; the other methods talk to the provider.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from transports.http import Http, Publish
from transports.pieces import fenced
from transports.values import (
    Account,
    Author,
    Button,
    Conversation,
    ConversationKind,
    Facts,
    Features,
    Identity,
    InboundUpdate,
    Kind,
    Part,
)
from transports.webhooks import WebhookState

__all__ = [
    "Account",
    "Author",
    "Button",
    "Conversation",
    "ConversationKind",
    "Facts",
    "Features",
    "Headers",
    "Identity",
    "InboundUpdate",
    "Kind",
    "Part",
    "Transport",
    "WebhookState",
]

Headers = Mapping[str, str]
"""Request headers with lower-case names; values decoded as latin-1."""


class Transport(ABC):
    """A place where people talk. One instance serves one bot in one event loop."""

    name: ClassVar[str]
    features: ClassVar[Features] = Features()
    kept_headers: ClassVar[tuple[str, ...]] = ()
    """Lower-case names of the headers that `parse` needs, stored with the raw body. Never a secret or a signature."""
    content_types: ClassVar[tuple[str, ...]] = ("application/json",)

    def __init__(self, account: Account, http: Http, publish: Publish | None = None) -> None:
        self.account = account
        self.http = http
        self.publish = publish

    # -- in: pure functions of bytes

    def read(self, headers: Headers, body: bytes) -> InboundUpdate:
        """Verify, then parse. Raises VerificationFailed (answer 401) or Unreadable (quarantine)."""
        self.verify(headers, body)
        return self.parse(headers, body)

    @abstractmethod
    def verify(self, headers: Headers, body: bytes) -> None:
        """Raise VerificationFailed unless the provider signed this delivery. Compares bytes in constant time."""

    @abstractmethod
    def parse(self, headers: Headers, body: bytes) -> InboundUpdate:
        """Normalise a verified body. Raises Unreadable when it is not what the provider documents."""

    # -- out

    @abstractmethod
    def render(self, markdown: str) -> list[Part]:
        """Cut an answer into parts within the provider's limits; nothing of the text is lost. At least one part."""

    @abstractmethod
    async def send(self, to: Conversation, part: Part, *, reply_to: str = "", marker: str = "") -> str:
        """Send one part and return the provider's id of the message.

        `marker` identifies the part for `find` where `features.findable`. Raises TransportError.
        A part whose formatting the provider refuses is sent again as plain text, by the transport itself.
        """

    async def edit(self, to: Conversation, message_id: str, part: Part, *, final: bool = True) -> None:
        """Replace a sent message. Unchanged text is success; a message that is gone raises MessageGone."""

    async def delete(self, to: Conversation, message_id: str) -> None:
        """Delete a sent message; one that is gone already is success."""

    async def typing(self, to: Conversation) -> None:
        """Show that an answer is being written, for a few seconds."""

    async def react(self, to: Conversation, message_id: str, reaction: str) -> None:
        """Add a reaction to somebody's message; repeating it is success."""

    async def find(self, to: Conversation, marker: str) -> str:
        """Return the id of our own message that carries `marker`, or an empty string."""
        return ""

    async def answer_callback(self, callback_id: str, text: str = "", *, alert: bool = False) -> None:
        """Tell the platform that a pressed button was taken; `alert` makes the person confirm having read the text."""

    async def context(self, to: Conversation) -> Facts:
        """Facts about the conversation for the prompt (title, state, changed files); empty when there are none."""
        return Facts()

    async def may_write(self, to: Conversation, author: Author) -> bool:
        """Whether the platform itself gives this account write permission here. Looked up by id, never by name alone."""
        return False

    def with_footer(self, parts: Sequence[Part], title: str, text: str) -> list[Part]:
        """The parts of an answer with a footer below, folded away where the platform can; `title` stays visible.

        Both are plain text: nothing in them is read as formatting.
        """
        return [*parts, *self.render(fenced(f"{title}\n{text}"))]

    async def webhook_state(self) -> WebhookState | None:
        """What the provider says of the webhook; None where it tells nothing. Raises TransportError."""
        return None

    async def register_webhook(self, url: str) -> bool:
        """Have updates delivered to `url`, signed with the account's secret. False where only a person can do that."""
        return False

    async def identify(self) -> Identity:
        """Ask the provider whose credentials these are. Raises TransportError."""
        return Identity(self.account.account_id, self.account.username)
