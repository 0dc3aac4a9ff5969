"""One row of a conversation as a line of its transcript: who said it, whether it arrived, and where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.admin.attention import is_stuck
from botplatform.admin.conversation.links import Links, found
from botplatform.admin.conversation.verdicts import told as decided
from botplatform.admin.story.cause import ended
from botplatform.models import Batch, Message, Reply, Session

LONGEST = 20_000
"""Characters of one line; its own page has the rest."""
_WHOSE = {
    "placeholder": "shown while an agent works",
    "notice": "the platform says",
    "prompt": "asks for a decision",
    "answer": "the bot",
}
_STATES = {
    "pending": "not sent yet",
    "sending": "being sent",
    "failed": "not sent",
    "unknown": "nobody knows whether it arrived",
}
_OPEN = {
    "cancelled": "not answered, cancelled",
    "waiting": "waits",
    "processing": "is being answered",
    "collecting": "just came in",
}
WHY = "why, and what helps"
"""The link to the story of a message without an answer."""
STOPPED = "stopped: "
"""How the error of a reply begins that left nobody's hands, because an operator had taken over."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the page shows of it; texts are visible already, and escaped by the template."""

    kind: str
    who: str
    text: str
    at: datetime
    url: str
    links: Sequence[tuple[str, str]] = ()
    label: SafeString | str = ""
    arrived: bool = True
    remark: str = ""
    outcome: str = ""
    forgotten: bool = False
    resend: int | None = None
    """The reply that may be sent after all."""

    @property
    def exactly(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} UTC"


def of(row: Message | Reply, session: Session, links: Links) -> Line:
    """The line of a row whose batch, run and approval are loaded."""
    return _said(row, session, links) if isinstance(row, Message) else _sent(row, session, links)


def _said(message: Message, session: Session, links: Links) -> Line:
    name, batch = showing.shorten(message.author_name, 60), message.batch
    asks = message.role == Message.Role.USER
    who = {
        Message.Role.NOTE: f"Note to the agents by {name or 'an operator'}",
        Message.Role.OPERATOR: f"{name or 'an operator'}, an operator",
        Message.Role.ASSISTANT: "the bot",
    }.get(Message.Role(message.role), name or "somebody")
    since = batch.opened_at if batch else message.created_at
    note = message.role == Message.Role.NOTE
    unanswered = _unanswered(batch) if asks and batch else ""
    story = WHY if unanswered else "story"
    return Line(
        kind={"assistant": "answer"}.get(message.role, message.role),
        who=who,
        text=_bounded(message.text),
        at=message.created_at,
        url=showing.page_of(message),
        links=found(links, update=message.update_id, batch=message.batch_id, story=story),
        remark="nobody in the chat sees this" if note else unanswered,
        forgotten=since < session.history_from and not note,
    )


def _unanswered(batch: Batch) -> str:
    """What an operator should know of a message that was not simply answered."""
    reason = showing.shorten(ended(batch.reason) or batch.error, 200)
    if batch.state == Batch.State.DONE:
        return f"no agent answered: {reason}" if batch.reason else ""
    if batch.state == Batch.State.FAILED:
        return f"not answered: {reason}" if reason else "not answered"
    if is_stuck(batch):
        return "the work on it is stuck"
    told = _OPEN[batch.state]
    if batch.state == Batch.State.WAITING and batch.paused_agent:
        return f"{told}: {showing.shorten(batch.paused_agent, 60)} is paused"
    return f"{told}: {reason}" if batch.reason else told


def _sent(reply: Reply, session: Session, links: Links) -> Line:
    arrived = reply.state == Reply.State.SENT
    stuck = reply.state in (Reply.State.FAILED, Reply.State.UNKNOWN)
    return Line(
        kind=reply.kind,
        who=_speaker(reply),
        text=_bounded(reply.text),
        at=reply.sent_at or reply.created_at,
        url=showing.page_of(reply),
        links=found(links, batch=reply.batch_id, run=reply.run_id, reply=reply.pk, approval=reply.approval_id),
        label="" if arrived else _label(reply),
        arrived=arrived,
        remark=_trouble(reply),
        outcome=decided(reply.approval) if reply.approval else "",
        forgotten=reply.created_at < session.history_from,
        resend=reply.pk if links.resend and stuck and reply.kind != Reply.Kind.PLACEHOLDER else None,
    )


def _label(reply: Reply) -> SafeString:
    stopped = reply.state == Reply.State.FAILED and reply.error.startswith(STOPPED)
    return showing.label("paused", "stopped, not sent") if stopped else showing.label(reply.state, _STATES[reply.state])


def _speaker(reply: Reply) -> str:
    by = showing.shorten(reply.sent_by, 60)
    if reply.kind == Reply.Kind.OPERATOR:
        return f"{by or 'an operator'}, an operator"
    agent = showing.shorten(reply.run.agent, 40) if reply.run else ""
    part = f", part {reply.part}" if reply.part > 1 else ""
    sent = f", sent by {by}" if by else ""
    return f"{agent if reply.kind == Reply.Kind.ANSWER and agent else _WHOSE[reply.kind]}{part}{sent}"


def _trouble(reply: Reply) -> str:
    """What became of it, other than that it was sent."""
    said = [showing.shorten(reply.error, 300)] if reply.error else []
    if reply.state == Reply.State.PENDING and reply.attempts:
        said.append(f"{reply.attempts} failed tries, next {showing.relative(reply.not_before)}")
    if reply.replaced_at:
        said.append(f"answered anew {showing.relative(reply.replaced_at)}")
    return "; ".join(said)


def _bounded(text: str) -> str:
    if not text:
        return "(deleted)"
    rest = len(text) - LONGEST
    return showing.visible(text[:LONGEST]) + (f"\n… and {rest} more characters" if rest > 0 else "")
