"""What stands beside a transcript: who holds the conversation, what collects, waits and is being answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.admin.attention import is_stuck
from botplatform.admin.panels import may_view
from botplatform.admin.standing.planned import Planned, planned
from botplatform.models import Approval, Batch, Bot, Run, Session, Step

Fact = tuple[str, object]
_MODES = {"normal": "answered by agents", "held": "taken over", "blocked": "the bot is blocked"}
WAITING = 10
"""Waiting batches on the page at most."""


@dataclass(frozen=True, slots=True)
class Working:
    """What is being done about the conversation at this moment."""

    text: str
    url: str


def of(request: HttpRequest, session: Session) -> list[Fact]:
    """Names and values in the order in which an operator asks for them."""
    facts: list[Fact] = [("bot", _bot(request, session.bot)), ("state", showing.label(session.mode, said(session)))]
    if session.mode == Session.Mode.HELD:
        facts.append(("held by", _held(session)))
    if session.bot.paused:
        facts.append(("bot", showing.label("paused", "the whole bot is paused")))
    if may_view(request, Batch):
        facts += _batches(session)
    if session.not_before and session.not_before > timezone.now():
        facts.append(("sends again", showing.short_moment(session.not_before)))
    facts.append(("last activity", showing.short_moment(session.last_active_at)))
    facts.append(("agents read from", showing.short_moment(session.history_from)))
    facts.append(("began", showing.short_moment(session.created_at)))
    facts.append(("kind", f"{session.kind}, {'public' if session.is_public else 'not public'}"))
    facts.append(("key", showing.shorten(session.key, 80)))
    return facts


def said(session: Session) -> str:
    """The mode in an operator's words."""
    return _MODES.get(str(session.mode), str(session.mode))


def _held(session: Session) -> str:
    since = f", {showing.relative(session.held_at)}" if session.held_at else ""
    return f"{showing.shorten(session.held_by, 80) or 'somebody'}{since}"


def _bot(request: HttpRequest, bot: Bot) -> SafeString | str:
    return showing.anchor(bot) if may_view(request, Bot) else showing.shorten(str(bot), 60)


def _batches(session: Session) -> list[Fact]:
    open_states = (Batch.State.COLLECTING, Batch.State.PROCESSING, Batch.State.WAITING)
    found = list(session.batches.filter(state__in=open_states).order_by("-pk")[: WAITING + 2])
    waiting = [batch for batch in found if batch.state == Batch.State.WAITING]
    asked, plans = _asked(waiting), planned([batch.pk for batch in waiting])
    return [
        (_TITLES[Batch.State(batch.state)], _batch(batch, asked.get(batch.pk, 0), plans.get(batch.pk)))
        for batch in found[::-1]
    ]


_TITLES = {
    Batch.State.COLLECTING: "collecting",
    Batch.State.PROCESSING: "being answered",
    Batch.State.WAITING: "waiting",
}


def _asked(waiting: Sequence[Batch]) -> dict[int, int]:
    """Batch → open approvals."""
    found: dict[int, int] = {}
    pending = Approval.objects.filter(batch__in=waiting, state=Approval.State.PENDING) if waiting else ()
    for approval in pending:
        found[approval.batch_id] = found.get(approval.batch_id, 0) + 1
    return found


def _batch(batch: Batch, asked: int, plan: Planned | None) -> SafeString:
    return format_html("{} {}", showing.anchor(batch), why(batch, asked, plan))


def why(batch: Batch, asked: int = 0, plan: Planned | None = None) -> str:
    """What an open batch is waiting for; `asked`: how many approvals of it are open; `plan`: the one it waits for."""
    if batch.state == Batch.State.COLLECTING:
        many = f"{batch.size} message{'' if batch.size == 1 else 's'}"
        return f"{many}, due {showing.relative(batch.due_at)}"
    if batch.state == Batch.State.PROCESSING:
        stuck = "stuck, " if is_stuck(batch) else ""
        return f"{stuck}for {showing.distance(timezone.now() - batch.claimed_at)}" if batch.claimed_at else ""
    if asked:
        return f"for {asked} decision{'' if asked == 1 else 's'}"
    if batch.paused_agent:
        return f"{showing.shorten(batch.paused_agent, 60)} is paused"
    if plan is not None:
        return f"for its plan: {plan.said(timezone.now())}"
    if batch.waits_for:
        return f"for {showing.shorten(batch.waits_for, 120)}"
    if batch.wake_at is None:
        return "until the conversation is released"
    aside = ", it cost two leases" if batch.lost_leases > 1 else ""
    return f"goes on {showing.relative(batch.wake_at)}{aside}"


def working(session: Session) -> Working | None:
    """The run that answers now: since when, which agent, at which step."""
    batch = session.batches.filter(state=Batch.State.PROCESSING).first()
    if batch is None:
        return None
    run = Run.objects.filter(batch=batch, state=Run.State.RUNNING, plan_step=None).first()
    if run is None:
        return Working(f"Batch {batch.pk} waits for a worker", showing.page_of(batch))
    step = run.steps.filter(state=Step.State.RUNNING).defer("request", "response").order_by("-pk").first()
    doing = f", {step_said(step)}" if step else ""
    lasting = showing.distance(timezone.now() - (batch.claimed_at or run.started_at))
    return Working(f"Answering for {lasting}: {showing.shorten(run.agent, 60)}{doing}", showing.page_of(run))


def step_said(step: Step) -> str:
    """A running step in words."""
    kind = "asks" if step.kind == Step.Kind.MODEL else "calls"
    return f"{kind} {showing.shorten(step.name, 60)} for {showing.distance(timezone.now() - step.started_at)}"
