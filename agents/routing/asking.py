"""The router's request to a model: what it is told, and the ways in which endpoints give structured answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.base import Turn
from agents.providers.base import ModelError, ModelRequest
from agents.routing.target import SCHEMA
from agents.structured import Form, Way, after_refusal, parameters
from agents.text import cut_middle, strip_invisible, untrusted

MESSAGE_CHARS = 4_000
"""Of the message to classify; a longer one is cut in its middle."""
EARLIER_CHARS = 800
"""Of each message before it."""
EARLIER = 3
MAX_TOKENS = 400
THINKING_TOKENS = 1_600
"""On top, for models that think whether asked to or not."""
FORM = Form("classify", "Records the classification of the message.", SCHEMA)


@dataclass(frozen=True, slots=True)
class Question:
    """A message to classify, with what helps to understand it."""

    text: str
    platform: str
    before: Sequence[Turn] = ()
    """What was said before it, oldest first; the last three count."""
    state: str = ""
    """The conversation's state in the platform's own words, such as "an approval is open"."""


WAYS = (Way(False, "off"), Way(True, "off"), Way(False, "brief"), Way(True, ""))
"""The first suits small models of the Messages API itself, the second compatible endpoints that know no schema for
answers, the third models that always think, the last endpoints that know none of this.

Sources: https://platform.claude.com/docs/en/build-with-claude/structured-outputs,
https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting"""


def way_after_refusal(way: Way, error: ModelError) -> Way:
    """The way to try once an endpoint has called the request wrong."""
    return after_refusal(way, error, WAYS)


def way_after_nonsense(way: Way) -> Way:
    """The way to try once an answer did not fit the schema: perhaps the endpoint passed over it."""
    return Way(True, way.thinking if way.thinking == "off" else "")


def request(question: Question, *, model: str, prompt: str, way: Way, seconds: float) -> ModelRequest:
    """Build the call. `seconds` is its limit."""
    return ModelRequest(
        model=model,
        system=prompt,
        messages=[{"role": "user", "content": content(question)}],
        **parameters(FORM, way),
        max_tokens=MAX_TOKENS if way.thinking == "off" else MAX_TOKENS + THINKING_TOKENS,
        timeout_seconds=seconds,
    )


def content(question: Question) -> str:
    """What the model reads: the state of things, what was said before, and the message, marked as data."""
    parts = [f"Platform: {question.platform}", f"State: {question.state or 'nothing is waiting for a decision'}"]
    if question.before:
        parts.append("Earlier messages, oldest first:")
    parts += [_earlier(turn) for turn in question.before[-EARLIER:]]
    parts += ["The message to classify:", untrusted(cut_middle(question.text, MESSAGE_CHARS), source="message")]
    return "\n\n".join(parts)


def _earlier(turn: Turn) -> str:
    author = "the bot" if turn.role == "assistant" else "a person"
    return untrusted(cut_middle(strip_invisible(turn.text), EARLIER_CHARS), source=f"earlier, from {author}")
