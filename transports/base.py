"""What every transport offers: bytes of a provider in, normalised values out, and the calls that leave.

A transport knows neither Django nor agents. `verify`, `parse` and `render` are pure; the other methods talk to the provider.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from transports.http import Http, Publish

Headers = Mapping[str, str]
"""Request headers with lower-case names; values decoded as latin-1."""


@dataclass(frozen=True, slots=True)
class Account:
    """One bot's identity and credentials, decrypted, as its transport needs them."""

    slug: str
    token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    api_url: str = ""
    account_id: str = ""
    """The provider's id of this account: external ids are unique within it."""
    username: str = ""
    """The name people mention, without `@`."""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What only one transport needs, such as a GitHub App's id and private key."""


class ConversationKind(StrEnum):
    """Where a conversation takes place."""

    PRIVATE = "private"
    """One person and the bot."""
    GROUP = "group"
    """Several people share the chat; messages carry their author."""
    ISSUE = "issue"
    """A GitHub issue."""
    PULL_REQUEST = "pull_request"
    """A GitHub pull request."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where to read and write: chat and topic, or repository and issue."""

    key: str
    """Unique within the bot and stable for ever: `chat[:topic]`, `repository id:number`."""
    kind: ConversationKind = ConversationKind.PRIVATE
    title: str = ""
    is_public: bool = False
    """Whether anybody on the internet can read it."""
    address: Mapping[str, Any] = field(default_factory=dict)
    """What the provider's API needs to reach it, JSON-serialisable; stored with the session."""

    @property
    def is_shared(self) -> bool:
        return self.kind is not ConversationKind.PRIVATE


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote it, by the provider's id; the name is for display only and is never trusted."""

    id: str
    name: str = ""
    is_bot: bool = False


class Kind(StrEnum):
    """What an update asks of the pipeline."""

    MESSAGE = "message"
    """Text to answer: joins the collecting batch."""
    EDIT = "edit"
    """New text for a message already delivered, named by `message_id`."""
    COMMAND = "command"
    """A slash command, handled outside any batch."""
    CALLBACK = "callback"
    """A pressed button, handled outside any batch."""
    BLOCKED = "blocked"
    """The person blocked the bot, or it was removed from the chat."""
    UNBLOCKED = "unblocked"
    """The opposite."""
    MIGRATED = "migrated"
    """The conversation goes on under the key in `migrate_to`."""
    OTHER = "other"
    """Nothing to do; `ignored` says why."""


@dataclass(frozen=True, slots=True)
class InboundUpdate:
    """One accepted event, normalised. The raw body is kept beside it by the caller."""

    external_id: str
    kind: Kind
    conversation: Conversation | None = None
    author: Author | None = None
    text: str = ""
    """The message as its author wrote it, without mention and command; cleaned by `clean_text`."""
    message_id: str = ""
    """The provider's id of the message, for reactions, edits and replies."""
    command: str = ""
    """Lower-case name without slash and `@bot`; `text` then holds the arguments."""
    callback_id: str = ""
    callback_data: str = ""
    migrate_to: str = ""
    dedup_key: str = ""
    """A second identity, for providers whose delivery id is not signed. Empty: none."""
    ignored: str = ""
    """Why no answer is due; empty when one is."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message of an answer, within the provider's limits, ready to send."""

    text: str
    formatting: Sequence[Mapping[str, Any]] = ()
    """The provider's own formatting, JSON-serialisable (Telegram: entities)."""


@dataclass(frozen=True, slots=True)
class Features:
    """What the platform can do and how it wants to be paced."""

    body_limit_bytes: int = 1_000_000
    placeholder: bool = True
    """Whether a message is shown while the run works and then edited into the answer."""
    streams: bool = False
    """Whether progress edits show the answer as it grows, instead of progress texts."""
    progress_seconds: float = 5.0
    shared_progress_seconds: float = 15.0
    """The shortest time between two progress edits, in private and in shared conversations."""
    per_second: float = 1.0
    """Messages and edits a second in one conversation; 0 means unpaced."""
    shared_per_minute: int = 0
    """Messages and edits a minute in a shared conversation; 0 means unlimited."""
    receipt: str = ""
    """The reaction that acknowledges an update at once; empty for none."""
    findable: bool = False
    """Whether `find` can tell after a crash if a message arrived."""
    polls: bool = False
    """Whether updates can be fetched when the provider cannot reach us."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the provider says about the account that the credentials belong to."""

    account_id: str
    username: str
    detail: str = ""


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

    async def answer_callback(self, callback_id: str, text: str = "") -> None:
        """Tell the platform that a pressed button was taken."""

    async def context(self, to: Conversation) -> str:
        """Facts about the conversation for the prompt (title, state, changed files); empty when there are none."""
        return ""

    async def identify(self) -> Identity:
        """Ask the provider whose credentials these are. Raises TransportError."""
        return Identity(self.account.account_id, self.account.username)
