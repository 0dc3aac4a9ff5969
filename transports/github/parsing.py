"""From a delivery to an update: which events ask for an answer, and of what."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from transports.base import InboundUpdate, Kind
from transports.errors import Unreadable
from transports.github.commands import Command, read_command
from transports.github.envelope import Delivery
from transports.github.fields import Fields, items, number, optional, part, text
from transports.github.happening import ENDINGS, read_ending
from transports.github.me import Me, author, why_unanswered
from transports.github.mentions import is_mentioned, without_leading_mention
from transports.github.subject import conversation, is_pull_comment


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the payload of an event keeps what matters."""

    about: str
    """The issue or pull request."""
    written: str
    """The object with the text in `body`."""
    writing: str
    """The action that brings a new text."""
    stamp: str = "updated_at"
    asking: tuple[tuple[str, str], ...] = ()
    """Actions that ask somebody for something, each with the field that names the person."""


SHAPES = {
    "issues": Shape("issue", "issue", "opened", asking=(("assigned", "assignee"),)),
    "issue_comment": Shape("issue", "comment", "created"),
    "pull_request": Shape(
        "pull_request",
        "pull_request",
        "opened",
        asking=(("assigned", "assignee"), ("review_requested", "requested_reviewer")),
    ),
    "pull_request_review": Shape("pull_request", "review", "submitted", stamp="submitted_at"),
    "pull_request_review_comment": Shape("pull_request", "comment", "created"),
}
"""The events that can ask for an answer. https://docs.github.com/en/webhooks/webhook-events-and-payloads"""

_EDITS = ("issue_comment", "edited")
_PUSHES = ("pull_request", "synchronize")
REVIEWING = "github_review"
"""The tool whose use in a conversation means that the bot has reviewed there."""


def parse_delivery(delivery: Delivery, myself: Me) -> InboundUpdate:
    """Normalise one delivery. Raises Unreadable when an event that matters is not as GitHub documents it."""
    if delivery.event in ENDINGS:
        return read_ending(delivery)
    shape = SHAPES.get(delivery.event)
    if shape is None:
        return _ignored(delivery, "ping" if delivery.event == "ping" else f"event {delivery.event}")
    try:
        return _Reader(delivery, shape, myself).read()
    except Unreadable as error:
        raise Unreadable(f"{delivery.event}: {error.reason}", delivery.id) from None


class _Reader:
    def __init__(self, delivery: Delivery, shape: Shape, myself: Me) -> None:
        self.delivery = delivery
        self.shape = shape
        self.myself = myself
        self.payload = delivery.payload
        self.action = text(self.payload, "action")

    def read(self) -> InboundUpdate:
        asked = dict(self.shape.asking).get(self.action)
        if asked:
            return self._request(asked)
        if (self.delivery.event, self.action) == _PUSHES:
            return self._push()
        if self.action == self.shape.writing or (self.delivery.event, self.action) == _EDITS:
            return self._text()
        return _ignored(self.delivery, f"event {self.delivery.event}, action {self.action[:60]}")

    def _text(self) -> InboundUpdate:
        written, sender = part(self.payload, self.shape.written), part(self.payload, "sender")
        writer = part(written, "user")
        body = text(written, "body")
        command = self._command(body)
        reason = why_unanswered(self.myself, written, sender, writer)
        if not reason and not command and not is_mentioned(self.myself.login, body):
            reason = "the bot is not mentioned"
        if not reason and command and self.action == "edited":
            reason = "edited command"
        if reason:
            return _ignored(self.delivery, reason)
        return self._update(writer, without_leading_mention(self.myself.login, body), command=command)

    def _command(self, body: str) -> Command | None:
        """The description of something new decides nothing: there, only commands that mention the bot count."""
        command = read_command(self.myself.login, body)
        return command if command and (command.addressed or self.action != "opened") else None

    def _request(self, asked: str) -> InboundUpdate:
        sender, person = part(self.payload, "sender"), optional(self.payload, asked)
        reason = why_unanswered(self.myself, {}, sender)
        if not reason and not self.myself.is_meant(person):
            reason = f"{self.action}: somebody else"
        if reason:
            return _ignored(self.delivery, reason)
        name = text(sender, "login") or "somebody"
        what = "pull request" if self._is_pull() else "issue"
        if asked == "requested_reviewer":
            return self._update(sender, f"Review requested by {name}: please review this {what}.", person)
        return self._update(sender, f"Assigned by {name}: please take care of this {what}.", person)

    def _push(self) -> InboundUpdate:
        """New commits ask again for a review that was asked for or given; GitHub takes reviewers off once they have."""
        pull, sender = part(self.payload, "pull_request"), part(self.payload, "sender")
        reason = why_unanswered(self.myself, {}, sender)
        if not reason and text(pull, "state") != "open":
            reason = "the pull request is not open"
        if reason:
            return _ignored(self.delivery, reason)
        head = text(optional(pull, "head"), "sha")
        if not head:
            raise Unreadable("no head")
        name = text(sender, "login") or "somebody"
        asked = any(self.myself.is_meant(person) for person in items(pull.get("requested_reviewers")))
        update = self._update(sender, f"New commits by {name}: please review the changes again.")
        identity = (*_PUSHES, str(number(pull, "id")), head)
        return replace(update, dedup_key=_digest(identity), after_tool="" if asked else REVIEWING)

    def _update(
        self, writer: Fields, words: str, person: Fields | None = None, command: Command | None = None
    ) -> InboundUpdate:
        about, repository = part(self.payload, self.shape.about), part(self.payload, "repository")
        is_edit = self.action == "edited"
        return InboundUpdate(
            external_id=self.delivery.id,
            kind=Kind.EDIT if is_edit else Kind.COMMAND if command else Kind.MESSAGE,
            conversation=conversation(repository, about, is_pull=self._is_pull()),
            author=author(writer),
            text=command.arguments if command else words,
            message_id=self._message_id(),
            command=command.name if command else "",
            addressed=command is None or command.addressed,
            dedup_key="" if is_edit else self._dedup_key(person),
        )

    def _is_pull(self) -> bool:
        return self.shape.about == "pull_request" or is_pull_comment(self.payload)

    def _message_id(self) -> str:
        """The kind of the object says where reactions go; issues and pull requests are known by their number."""
        written = part(self.payload, self.shape.written)
        kind = "issue" if self.delivery.event == "issues" else self.delivery.event
        return f"{kind}:{number(written, 'number' if self.shape.about == self.shape.written else 'id')}"

    def _dedup_key(self, person: Fields | None) -> str:
        """The event's identity by what is signed; the delivery id is not, so a replay may bear another."""
        written = part(self.payload, self.shape.written)
        stamp = text(written, self.shape.stamp)
        if not stamp:
            raise Unreadable(f"no {self.shape.stamp}")
        whom = str(number(person, "id")) if person else ""
        identity = (self.delivery.event, self.action, str(number(written, "id")), stamp, whom)
        return _digest(identity)


def _digest(identity: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(identity).encode()).hexdigest()


def _ignored(delivery: Delivery, reason: str) -> InboundUpdate:
    """No conversation: an update that nobody answers opens no session."""
    return InboundUpdate(external_id=delivery.id, kind=Kind.OTHER, ignored=reason)
