"""Why a batch has brought no answer, or not yet: one way of looking for each of its states."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from botplatform.admin.story.cause import Cause, Told, answers, decision, ended, is_stuck, since, tries
from botplatform.admin.story.why_plan import is_told, of_plan

_MODES = {
    "held": "an operator has taken the conversation over",
    "muted": "the conversation is muted",
    "blocked": "the person has blocked the bot",
    "paused": "the conversation is paused",
}


def of_batch(told: Told) -> Iterator[Cause]:
    batch = told["batch"]
    if batch and told["update"]["state"] != "ignored":
        yield from _STATES[batch["state"]](told)


def _standing(told: Told) -> Iterator[Cause]:
    """What keeps any batch of this bot, conversation or agent from being taken."""
    session, bot, batch = told["session"] or {}, told["bot"], told["batch"]
    if bot["paused"]:
        yield Cause("the bot is paused", ("bot",), grave=True)
    if not bot["enabled"]:
        yield Cause("the bot is switched off", ("bot",), grave=True)
    if session.get("mode", "normal") != "normal":
        by = f" (by {session['held_by']}, since {since(session['held_at'])})" if session["mode"] == "held" else ""
        yield Cause(_MODES.get(session["mode"], session["mode"]) + by, ("session",), grave=True)
    if batch and batch["paused_agent"]:
        yield Cause(f"the agent {batch['paused_agent']} is paused", ("batch",), grave=True, agent=batch["paused_agent"])


def _collecting(told: Told) -> Iterator[Cause]:
    batch, session, now = told["batch"], told["session"], told["update"]["asked_at"]
    standing = list(_standing(told))
    yield from standing
    if batch["due_at"] > now:
        yield Cause(f"its batch still collects messages, until {since(batch['due_at'])}", ("batch",))
    elif session and session["busy_with"]:
        yield Cause(f"the conversation's batch {session['busy_with']} is being answered first", ("batch",))
    elif not standing:
        yield Cause(f"its batch has been due since {since(batch['due_at'])}, and no worker has taken it", ("batch",))


def _processing(told: Told) -> Iterator[Cause]:
    batch, now = told["batch"], told["update"]["asked_at"]
    failed = f" after {tries(batch['attempts'])}; the last error was: {batch['error']}" if batch["error"] else ""
    if is_stuck(batch, now):
        silent = batch["lease_until"] and batch["lease_until"] < now
        what = (
            f"no heartbeat since {since(batch['heartbeat_at'])}"
            if silent
            else f"no progress since {since(batch['progress_at'])}"
        )
        yield Cause(f"the work is stuck: {what}, at {batch['worker'] or 'no worker'}{failed}", ("batch",), grave=True)
    elif (session := told["session"]) and session["mode"] == "held":
        yield from _standing(told)
    elif batch["worker"]:
        yield Cause(
            f"it is being answered by {batch['worker']}, which last moved on at {since(batch['progress_at'])}{failed}",
            ("batch",),
        )
    elif batch["retry_at"] and batch["retry_at"] > now:
        yield Cause(f"it is tried again at {since(batch['retry_at'])}{failed}", ("batch",))
    else:
        yield Cause(f"it was handed back, and waits for a worker{failed}", ("batch",))


def _waiting(told: Told) -> Iterator[Cause]:
    batch = told["batch"]
    standing, pending = list(_standing(told)), [one for one in told["approvals"] if one["state"] == "pending"]
    planned = list(of_plan(told))
    yield from standing
    for one in pending:
        if not is_told(one, told):
            yield Cause(f"it {decision(one)}", ("batch",), grave=True, approval=one["id"])
    yield from planned
    if batch["waits_for"] and not pending and not planned:
        until = f", until {since(batch['wake_at'])} at most" if batch["wake_at"] else ""
        yield Cause(f"it waits for {batch['waits_for']}{until}", ("batch",))
    elif not standing and not pending and not planned:
        until = f"until {since(batch['wake_at'])}" if batch["wake_at"] else "until an operator lets it go on"
        said = batch["error"] or batch["reason"]
        yield Cause(f"it waits {until}" + (f": {said}" if said else ""), ("batch",), grave=not batch["wake_at"])


def _failed(told: Told) -> Iterator[Cause]:
    batch = told["batch"]
    error = batch["error"] or batch["reason"] or "no error stored"
    yield Cause(f"it was given up after {tries(batch['attempts'])}: {error}", ("batch",), grave=True)


def _cancelled(told: Told) -> Iterator[Cause]:
    yield Cause(f"it was {told['batch']['reason'] or 'cancelled'}", ("batch",))


def _done(told: Told) -> Iterator[Cause]:
    if reason := told["batch"]["reason"]:
        yield Cause(f"its batch ended without one: {ended(reason)}", ("batch", "session"))
    elif not answers(told):
        yield Cause("its batch is done, and no reply of it is stored", ("batch",), grave=True)


_STATES: dict[str, Callable[[Told], Iterator[Cause]]] = {
    "collecting": _collecting,
    "processing": _processing,
    "waiting": _waiting,
    "failed": _failed,
    "cancelled": _cancelled,
    "done": _done,
}
