"""What a prompt says: the messages to answer, what was said before, what the tools returned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SEPARATOR = re.compile(r"\n\s*-{3,}\s*\n")
_MARKED = re.compile(r"<untrusted\b.*?</untrusted>", re.DOTALL)
_NOTE = re.compile(r"^\[\d+ earlier messages? (?:was|were) left out\]\s*")
_TASK = re.compile(r"^Your task: (.*)\Z", re.MULTILINE | re.DOTALL)
_AUTHOR = re.compile(r"^(?:[\w.'’-]{1,39}|[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){1,2}): ")
_NAME = re.compile(
    r"\b(?:my name is|my name's|call me|i am called|i'm called|ich heiße|mein name ist|je m'appelle|me llamo|mi chiamo)"
    r"\s+(?!(?:a|an|at|back|if|in|later|not|on|the|tomorrow|when)\b)([^\W\d_][\w'’-]{0,30})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool returned."""

    tool: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """A prompt, read."""

    parts: Sequence[str]
    """The messages to answer, in order."""
    earlier: Sequence[str] = ()
    """What the user said before, oldest first."""
    results: Sequence[Result] = ()
    """What the tools returned since, in the order of the calls."""
    is_task: bool = False
    """Whether it is a step of a plan, which nobody talks about."""

    @property
    def name(self) -> str:
        """The name the user last gave."""
        for text in reversed([*self.earlier, *self.parts]):
            if found := _NAME.findall(text):
                return str(found[-1])
        return ""


def gives_name(text: str) -> bool:
    return _NAME.search(text) is not None


def read(messages: Sequence[Mapping[str, Any]]) -> Situation:
    """Read the messages of a request."""
    turns = [place for place, message in enumerate(messages) if message["role"] == "user" and _said(message)]
    if not turns:
        return Situation(("",))
    last = turns[-1]
    said = _said(messages[last])
    if task := _TASK.search(said):
        return Situation((task[1].strip(),), (), _results(messages[last + 1 :]), is_task=True)
    parts = [_AUTHOR.sub("", part.strip()) for part in SEPARATOR.split(said) if part.strip()]
    earlier = [_said(messages[place]) for place in turns[:-1]]
    return Situation(parts, earlier, _results(messages[last + 1 :]))


def _said(message: Mapping[str, Any]) -> str:
    """A user's own words: without what is marked as data."""
    content = message["content"]
    texts = [content] if isinstance(content, str) else [block.get("text", "") for block in content]
    return _NOTE.sub("", _MARKED.sub("", "\n\n".join(text for text in texts if text)).strip()).strip()


def _results(messages: Sequence[Mapping[str, Any]]) -> list[Result]:
    blocks = [block for message in messages if not isinstance(message["content"], str) for block in message["content"]]
    names = {block["id"]: block["name"] for block in blocks if block.get("type") == "tool_use"}
    return [
        Result(names.get(block["tool_use_id"], "tool"), _plain(block.get("content", "")), bool(block.get("is_error")))
        for block in blocks
        if block.get("type") == "tool_result"
    ]


def _plain(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(block.get("text", "") for block in content)
