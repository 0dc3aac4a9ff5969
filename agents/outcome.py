"""What each stop reason means for the user. The table in docs/stop-reasons.md says the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agents import budget
from agents.replies import Reply
from agents.thread import tool_uses

CUT = '_(The answer was cut here: it reached the length limit. Say "go on" for the rest.)_'
NO_ROOM = "_(The answer was cut here: the conversation has become too long. Send /clear to start afresh.)_"
TOO_MANY_STEPS = "_(I stopped here: this took more steps than I may take for one answer.)_"
TOO_LONG = "_(I stopped here: this took longer than I may work on one answer.)_"
TOO_MUCH = "_(I stopped here: this took more reading and writing than I may do for one answer.)_"
TOO_DEAR = "_(I stopped here: this cost more than one answer may cost.)_"
STOPPED = {
    "max_steps": TOO_MANY_STEPS,
    "max_seconds": TOO_LONG,
    budget.TOKENS: TOO_MUCH,
    budget.COST: TOO_DEAR,
}
"""A run's limits by name, and what the user reads where one was reached."""
REFUSED = "I can't help with that request. You can put it differently, or ask me something else."
EMPTY = "I have no answer to that. Please try again in other words."

FINISHED = ("end_turn", "stop_sequence", "tool_use")
CUT_SHORT = {"max_tokens": CUT, "model_context_window_exceeded": NO_ROOM}


class Next(StrEnum):
    """What the loop does with a reply."""

    ANSWER = "answer"
    """The run has its answer."""
    TOOLS = "tools"
    """Run the tools, then ask again."""
    CONTINUE = "continue"
    """The model paused: hand it back what it said."""
    AGAIN = "again"
    """Unusable: ask again, with more room where room was missing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`text` is for the user, `note` for the operator."""

    next: Next
    text: str = ""
    note: str = ""


def judge(reply: Reply, *, before: str = "", asked_again: bool = False) -> Outcome:
    """Decide what a reply means. `before` is text of paused replies that it continues."""
    reason, text = reply.stop_reason, (before + reply.text).strip()
    if reason == "refusal":
        return Outcome(Next.ANSWER, REFUSED, reason)
    if reason in CUT_SHORT:
        return _cut(reply, text, asked_again)
    if tool_uses(reply.content):
        return Outcome(Next.TOOLS)
    if reason == "pause_turn" and reply.content:
        return Outcome(Next.CONTINUE)
    note = "" if reason in FINISHED else f"stop reason {reason or 'missing'}"
    if text:
        return Outcome(Next.ANSWER, text, note)
    return Outcome(Next.ANSWER, EMPTY, "empty") if asked_again else Outcome(Next.AGAIN, note="the answer is empty")


def _cut(reply: Reply, text: str, asked_again: bool) -> Outcome:
    """Keep what there is. A tool call or a thought that was cut is worth asking again for with more room."""
    called = bool(tool_uses(reply.content))
    if reply.stop_reason == "max_tokens" and (called or not text) and not asked_again:
        return Outcome(Next.AGAIN, note="cut inside a tool call" if called else "cut before the first word")
    return Outcome(Next.ANSWER, f"{text or EMPTY}\n\n{CUT_SHORT[reply.stop_reason]}", reply.stop_reason)
