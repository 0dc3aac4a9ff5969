"""Why there is no answer, or not yet: every stored reason in plain words, and whose operations mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from botplatform.admin.story.cause import Cause, Told, answers, ended, since
from botplatform.admin.story.why_batch import of_batch


def causes(told: Told) -> list[Cause]:
    """Empty when it was answered, or needs no answer."""
    return [cause for look in _LOOKS for cause in look(told)]


def is_answered(told: Told) -> bool:
    """Whether every part of an answer has arrived."""
    replies = answers(told)
    return bool(replies) and all(one["state"] == "sent" for one in replies)


def _update(told: Told) -> Iterator[Cause]:
    update, mode = told["update"], (told["session"] or {}).get("mode", "normal")
    if update["state"] == "quarantined":
        yield Cause(
            f"it could not be read, though it is signed: {update['reason'] or 'no reason stored'}",
            ("update",),
            grave=True,
        )
    elif update["state"] == "ignored":
        also = ("session",) if mode != "normal" else ()
        yield Cause(f"it was ignored: {ended(update['reason']) or 'no reason stored'}", ("update", *also))
    elif update["state"] == "failed" and not told["batch"]:
        yield Cause(f"it failed: {update['reason'] or 'no reason stored'}", ("update",), grave=True)
    elif update["state"] == "queued" and not told["batch"]:
        yield Cause("it waits to be carried out by a worker, or the batch it was in is no longer kept", ("update",))


def _replies(told: Told) -> Iterator[Cause]:
    for one in answers(told):
        what, mine = f"part {one['part']} of the {one['kind']}", (one["id"],)
        if one["state"] == "failed":
            yield Cause(f"{what} was refused by the provider: {one['error']}", ("reply",), grave=True, replies=mine)
        elif one["state"] == "unknown":
            yield Cause(f"nobody can tell whether {what} arrived: {one['error']}", ("reply",), grave=True, replies=mine)
        elif one["state"] != "sent":
            yield Cause(f"{what} {_leaving(told, one)}", replies=mine)
    if told["bot"]["problem"] and not is_answered(told):
        yield Cause(f"the provider complains about the bot: {told['bot']['problem']}", ("bot",), grave=True)


def _leaving(told: Told, reply: Told) -> str:
    now, session = told["update"]["asked_at"], told["session"] or {}
    if session.get("not_before") and session["not_before"] > now:
        return f"leaves when the provider takes messages for this conversation again, at {since(session['not_before'])}"
    if session.get("mode") == "held":
        return "is kept back: an operator has taken the conversation over"
    failed = f" after {reply['attempts']} failed tries: {reply['error']}" if reply["attempts"] else ""
    if reply["not_before"] and reply["not_before"] > now:
        return f"is tried again at {since(reply['not_before'])}{failed}"
    return ("is being sent" if reply["state"] == "sending" else "is about to be sent") + failed


_LOOKS: Sequence[Callable[[Told], Iterator[Cause]]] = (_update, of_batch, _replies)
