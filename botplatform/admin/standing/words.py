"""Where a batch stands, in one sentence, and what can be done about it in another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.admin.attention import is_stuck
from botplatform.admin.standing import facts
from botplatform.admin.standing.facts import Facts, LastStep
from botplatform.admin.standing.waiting import attempts, held_up, waiting
from botplatform.models import Batch

_KINDS = {"model": "model call", "tool": "tool call"}


@dataclass(frozen=True, slots=True)
class Standing:
    """`said` is a sentence without its full stop; `mend` is empty where there is nothing to do."""

    state: str
    said: SafeString | str
    mend: str = ""


def standing(batch: Batch, now: datetime | None = None) -> Standing:
    """Of one whose session and bot are at hand."""
    known, now = facts.of_one(batch), now or timezone.now()
    if is_stuck(batch, now):
        return Standing("stuck", *_stuck(batch, known, now))
    if batch.state == Batch.State.COLLECTING:
        return Standing(batch.state, *_collecting(batch, now))
    if batch.state == Batch.State.PROCESSING:
        return Standing(batch.state, _processing(batch, known, now))
    if batch.state == Batch.State.WAITING:
        return Standing(batch.state, *waiting(batch, known, now))
    if batch.state == Batch.State.FAILED:
        return Standing(batch.state, *_failed(batch, known, now))
    return Standing(batch.state, *_finished(batch, known))


def _stuck(batch: Batch, known: Facts, now: datetime) -> tuple[str, str]:
    who, last = _who(batch), _last_step(known.step, now)
    if hangs(batch):
        since = _since(batch.progress_at, now)
        alive = "its process is alive" if known.worker_lives else "its process is silent too"
        said = f"no progress for {since} at {who} ({alive}){last}"
    else:
        said = f"no heartbeat for {_since(batch.heartbeat_at, now)} from {who}{last}"
    if batch.worker and known.worker_lives:
        return said, "Another try begins by itself once the lease is over. Retry from the last step to begin it now."
    return (
        said,
        "Any worker that is alive takes it over by itself. If none is, start one; if one is, retry from the last step.",
    )


def hangs(batch: Batch) -> bool:
    """The worker renewed its leases for as long as it might: it lives, and the work does not move."""
    if batch.progress_until is None or batch.heartbeat_at is None:
        return False
    return bool(batch.heartbeat_at > batch.progress_until - 2 * settings.HEARTBEAT)


def _collecting(batch: Batch, now: datetime) -> tuple[str, str]:
    messages = "1 message" if batch.size == 1 else f"{batch.size} messages"
    if batch.due_at > now:
        return f"{messages} so far; due in {showing.distance(batch.due_at - now)}", ""
    if why := held_up(batch):
        return f"{messages}; held up, for {why}", ""
    said = f"{messages}; due for {showing.distance(now - batch.due_at)}, and no worker has taken it"
    return said, "It waits for the batch before it, or for a worker: look whether one is alive."


def _processing(batch: Batch, known: Facts, now: datetime) -> str:
    if not batch.worker:
        if batch.retry_at and batch.retry_at > now:
            return f"pauses until its next try in {showing.distance(batch.retry_at - now)}{attempts(batch)}"
        return f"free for the next worker{attempts(batch)}{_last_step(known.step, now)}"
    since = showing.distance(now - (batch.claimed_at or batch.opened_at))
    if known.step is None:
        return f"{_who(batch)} is at it for {since}; no step yet"
    verb = "step" if known.step.finished_at is None else "last step"
    return f"{_who(batch)} is at it for {since}; {verb}: {_step(known.step, now)}"


def _failed(batch: Batch, known: Facts, now: datetime) -> tuple[str, str]:
    error = showing.shorten(batch.error, 160) or "no error was noted"
    tries = "1 attempt" if batch.attempts == 1 else f"{batch.attempts} attempts"
    said = f"given up after {tries}: {error}{_last_step(known.step, now)}"
    return said, "Retry from the last step, which asks for nothing twice; from the start; or send it to another agent."


def _finished(batch: Batch, known: Facts) -> tuple[str, str]:
    if known.is_half:
        whole, sent = sum(known.parts.values()), known.parts.get("sent", 0)
        doubt = known.parts.get("unknown", 0)
        rest = f"{known.missing - doubt} refused" if known.missing > doubt else ""
        said = " and ".join(part for part in (rest, f"{doubt} in doubt" if doubt else "") if part)
        return f"half an answer: {sent} of {whole} parts arrived, {said}", (
            "Send the missing parts, or mark those in doubt as arrived."
        )
    if known.missing:
        return "answered, but the answer has not arrived", "Send the stored answer again; no model is asked."
    if batch.reason:
        return f"no answer: {showing.shorten(batch.reason, 120)}", ""
    if batch.state == Batch.State.DONE and batch.finished_at:
        return f"answered after {showing.distance(batch.finished_at - batch.opened_at)}", ""
    return showing.shorten(batch.error, 120), ""


def _who(batch: Batch) -> str:
    return showing.visible(batch.worker) or "nobody"


def _since(moment: datetime | None, now: datetime) -> str:
    return showing.distance(now - moment) if moment else "ever"


def _step(step: LastStep, now: datetime) -> str:
    what = f"{_KINDS.get(step.kind, step.kind)} {showing.shorten(step.name, 60)}"
    by = f" of {showing.shorten(step.agent, 40)}" if step.agent else ""
    if step.finished_at is None:
        return f"{what}{by}, begun {showing.distance(now - step.started_at)} ago"
    return f"{what}{by} {step.state} {showing.distance(now - step.finished_at)} ago"


def _last_step(step: LastStep | None, now: datetime) -> str:
    return f"; last step: {_step(step, now)}" if step else "; no step was begun"
