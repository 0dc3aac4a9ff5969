"""The messages of one run: what it began with, and the model's steps and tool results since."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from agents.base import Block
from agents.prompt import Message, shortened

PROMPT_CHARS = 400_000
"""The whole prompt; beyond it the oldest tool results are left out."""
ID_CHARS = 64
LEFT_OUT = "[this result was left out: the prompt has grown too long]"
LOST = (
    "The outcome of this call is unknown: it was started and may or may not have had its effect. It was not repeated."
)


@dataclass(slots=True)
class Thread:
    """Grows at its end only: a model's thinking is valid for an unchanged beginning and for the model that thought it.

    Source: https://platform.claude.com/docs/en/build-with-claude/preserved-thinking
    """

    base: list[Message]
    grown: list[Message] = field(default_factory=list)

    def messages(self) -> list[Message]:
        """The prompt as it stands: bounded, every tool call with its result."""
        self.grown = paired(self.grown)
        self._fit()
        return [*self.base, *(message for message in self.grown if message["content"])]

    def with_own_ids(self, content: Sequence[Block]) -> list[Block]:
        """Give each call an id that no earlier call of the run has: results and approvals belong to one call alone."""
        known = [block for message in self.grown if message["role"] == "assistant" for block in message["content"]]
        used = {str(block.get("id")) for block in tool_uses(known)}
        named = []
        for block in content:
            if block.get("type") == "tool_use":
                block = {**block, "id": _unused(str(block.get("id") or ""), used)}
                used.add(block["id"])
            named.append(block)
        return named

    def said(self, content: Sequence[Block]) -> None:
        """Add what the model answered. The API takes no empty text blocks back."""
        blocks = [block for block in content if block.get("type") != "text" or str(block.get("text", "")).strip()]
        if blocks:
            self.grown.append({"role": "assistant", "content": blocks})

    def returned(self, results: Sequence[Block]) -> None:
        """Add the results of the tools that the last answer called."""
        self.grown.append({"role": "user", "content": list(results)})

    def paused_text(self) -> str:
        """What the model had said in replies that it paused in and has not gone on from."""
        text = ""
        for message in reversed(self.grown):
            if message["role"] != "assistant":
                break
            text = text_of(message["content"]) + text
        return text

    def shorten(self) -> None:
        """Leave out the older half of the conversation."""
        self.base = shortened(self.base)
        self.forget_thinking()

    def forget_thinking(self) -> None:
        """Leave out thinking, which another model or a changed beginning makes invalid."""
        self.grown = [{**message, "content": without_thinking(message["content"])} for message in self.grown]

    def _fit(self) -> None:
        excess = size(self.base) + size(self.grown) - PROMPT_CHARS
        if excess <= 0:
            return
        self.forget_thinking()
        for place, message in enumerate(self.grown):
            if excess > 0 and message["role"] == "user":
                self.grown[place] = {"role": "user", "content": [_emptied(block) for block in message["content"]]}
                excess += size([self.grown[place]]) - size([message])


def size(messages: Sequence[Message]) -> int:
    """Characters that the messages take in a request."""
    return sum(len(json.dumps(message["content"], ensure_ascii=False)) for message in messages)


def lost(tool_use_id: str, text: str = LOST) -> Block:
    """The result of a call of which nobody knows what became."""
    return tool_result(tool_use_id, text, is_error=True)


def tool_result(tool_use_id: str, text: str, *, is_error: bool) -> Block:
    block: Block = {"type": "tool_result", "tool_use_id": tool_use_id, "content": text or "(no output)"}
    return {**block, "is_error": True} if is_error else block


def text_of(content: Sequence[Block]) -> str:
    return "".join(str(block.get("text", "")) for block in content if block.get("type") == "text")


def tool_uses(content: Sequence[Block]) -> list[Block]:
    return [block for block in content if block.get("type") == "tool_use"]


def paired(messages: Sequence[Message]) -> list[Message]:
    """Give every tool call its result in the next message, and drop results without a call."""
    whole: list[Message] = []
    called: list[str] = []
    for message in messages:
        if called or message["role"] == "user":
            results = [] if message["role"] != "user" else message["content"]
            whole.append({"role": "user", "content": _answered(called, results)})
            called = []
        if message["role"] == "assistant":
            whole.append(message)
            called = [str(block.get("id")) for block in tool_uses(message["content"])]
    if called:
        whole.append({"role": "user", "content": _answered(called, [])})
    return [message for message in whole if message["content"]]


def _unused(wanted: str, used: Collection[str]) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]", "", wanted)[:ID_CHARS] or "call"
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return name if name not in used else next(each for each in numbered if each not in used)


def _answered(called: Sequence[str], results: Sequence[Block]) -> list[Block]:
    known = {block.get("tool_use_id"): block for block in results if block.get("type") == "tool_result"}
    return [known.get(call) or lost(call) for call in called]


def _emptied(block: Block) -> Block:
    return {**block, "content": LEFT_OUT} if len(str(block.get("content", ""))) > len(LEFT_OUT) else block


def without_thinking(content: Sequence[Block]) -> list[Block]:
    return [block for block in content if block.get("type") not in ("thinking", "redacted_thinking")]
