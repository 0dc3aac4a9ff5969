"""What a batch waits for, in a sentence, and what can be done about it in another."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.admin.standing.facts import Facts, Question
from botplatform.admin.standing.planned import Planned
from botplatform.models import Approval, Batch, Plan, Session

_SILENT = {
    Session.Mode.HELD: "an operator has taken the conversation over",
    Session.Mode.MUTED: "the conversation is muted",
    Session.Mode.BLOCKED: "the person has blocked the bot",
    Session.Mode.PAUSED: "the conversation is paused",
}


def waiting(batch: Batch, known: Facts, now: datetime) -> tuple[SafeString | str, str]:
    """The sentence without its full stop; the other is empty where there is nothing to do."""
    if known.questions:
        asked = format_html_join(", ", "{}", ((_question(one, now),) for one in known.questions))
        far = format_html("; {}: {}", _plan(known.plan), known.plan.done) if known.plan else ""
        return format_html("waits for {}{}", asked, far), (
            "Answer the question." if all(one.asks for one in known.questions) else "Decide the approval."
        )
    if batch.paused_agent:
        return f"waits for {showing.visible(batch.paused_agent)}, which is paused", (
            "Let the agent go on, or send the batch to another one."
        )
    if why := held_up(batch):
        return f"waits, for {why}", "It goes on when the conversation does."
    if known.plan is not None:
        mend = "A stuck step is taken over by any worker that is alive." if known.plan.is_stuck else ""
        return format_html("waits for {}: {}", _plan(known.plan), known.plan.said(now)), mend
    if batch.waits_for:
        until = f", for {showing.distance(batch.wake_at - now)} more" if batch.wake_at and batch.wake_at > now else ""
        return f"waits for {showing.shorten(batch.waits_for, 160)}{until}", ""
    if batch.wake_at is None:
        return "waits until somebody lets it go on", "Retry from the last step, or cancel."
    if batch.wake_at > now:
        return f"waits, and goes on in {showing.distance(batch.wake_at - now)}{attempts(batch)}", ""
    return f"may go on for {showing.distance(now - batch.wake_at)}; no worker has taken it", (
        "It waits for another batch of the conversation, or for a worker: look whether one is alive."
    )


def held_up(batch: Batch) -> str:
    """By its conversation or its bot; empty where nothing holds it up."""
    session = batch.session
    if session.mode == Session.Mode.HELD and session.held_by:
        return f"{showing.visible(session.held_by)} has taken the conversation over"
    if session.mode in _SILENT:
        return _SILENT[Session.Mode(session.mode)]
    return f"the bot {showing.visible(str(session.bot))} is paused" if session.bot.paused else ""


def attempts(batch: Batch) -> str:
    """How many have failed, to stand behind a sentence; empty for none."""
    return f", after {batch.attempts} failed attempt{'s' if batch.attempts > 1 else ''}" if batch.attempts else ""


def _plan(plan: Planned) -> SafeString:
    return showing.anchor(Plan(pk=plan.pk), f"plan {plan.pk}")


def _question(question: Question, now: datetime) -> SafeString:
    name = (
        f"an answer to question {question.number}" if question.asks else f"approval {question.number} ({question.tool})"
    )
    link = showing.anchor(Approval(pk=question.pk), name)
    left = question.expires_at - now
    when = f"for {showing.distance(left)} more" if left.total_seconds() > 0 else "its time is over"
    return format_html("{} {}", link, when)
