"""What goes into and comes out of a transport: values without behaviour."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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
    previous: Sequence[tuple[str, float | None]] = field(default=(), repr=False)
    """Webhook secrets before the last changes, each with the moment (seconds since the epoch) until which it counts; None: open."""

    def secrets_now(self) -> list[str]:
        """The webhook secrets that a delivery may be signed with now, the current one first; none where none is set."""
        now = time.time()
        older = [secret for secret, until in self.previous if until is None or now < until]
        return [secret for secret in (self.secret, *older) if secret]


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
    addressed: bool = True
    """False for a command in shared conversations that names no bot: it may be meant for another one."""
    own_words: bool = True
    """False for what its author only passed on or quotes, such as a forwarded message: it decides nothing."""
    callback_id: str = ""
    """What `answer_callback` takes; also where the press is ignored."""
    callback_data: str = ""
    """Of the pressed button, as it came; whoever can write to the provider can forge it."""
    migrate_to: str = ""
    dedup_key: str = ""
    """A second identity, for providers whose delivery id is not signed. Empty: none."""
    ignored: str = ""
    """Why no answer is due; empty when one is."""
    wake_key: str = ""
    """What has happened, for work that waits for it: `checks:owner/name:commit`, in lower case. Also where it is ignored."""
    after_tool: str = ""
    """Asks only where a run of the conversation has used this tool with success; ignored elsewhere. Empty: always."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press below a message."""

    text: str
    data: str
    """Comes back as `callback_data`; at most 64 bytes (https://core.telegram.org/bots/api#inlinekeyboardbutton)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message of an answer, within the provider's limits, ready to send."""

    text: str
    formatting: Sequence[Mapping[str, Any]] = ()
    """The provider's own formatting, JSON-serialisable (Telegram: entities)."""
    buttons: Sequence[Sequence[Button]] = ()
    """Rows of buttons, shown where `features.buttons`; an edit without any takes standing ones away."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the platform knows about a conversation."""

    text: str = ""
    """Title, state, description and the like, for the prompt: data, not instructions."""
    untrusted: Sequence[str] = ()
    """Which of it was written by people without write permission, a few words each."""


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
    buttons: bool = False
    """Whether messages can carry buttons; elsewhere commands are named in the text."""
    permissions: bool = False
    """Whether the platform can say who has write permission (`may_write`)."""
    polls: bool = False
    """Whether updates can be fetched when the provider cannot reach us."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the provider says about the account that the credentials belong to."""

    account_id: str
    username: str
    detail: str = ""
    notes: Sequence[str] = field(default=(), compare=False)
    """What an operator should know about the account or its credentials, a sentence each."""
