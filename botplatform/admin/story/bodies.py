"""What went into a step and came out of it, as a person reads it. The step's own page has the whole."""

from __future__ import annotations

from typing import Any

from botplatform.admin import showing
from botplatform.pipeline.explaining import BODY_CHARACTERS

Fold = tuple[str, str]
"""Title and text of one part that can be unfolded."""


def folds(step: dict[str, Any], body: dict[str, Any] | None) -> list[Fold]:
    """Nothing for a step whose bodies are no longer kept."""
    if body is None:
        return []
    if body["too_large"]:
        return [("too large to be shown here", "The step's own page has the whole.")]
    read = _model if step["kind"] == "model" else _tool
    return [(title, _cut(text)) for title, text in read(body) if text]


def _model(body: dict[str, Any]) -> list[Fold]:
    request, response = body["request"] or {}, body["response"]
    messages, before = request.get("messages") or [], request.get("before") or 0
    earlier = f"… {before} earlier messages\n\n" if before else ""
    return [
        ("system prompt", str(request.get("system") or "")),
        ("prompt", earlier + "\n\n".join(_message(one) for one in messages) if messages else ""),
        ("answer", _answer(response)),
    ]


def _tool(body: dict[str, Any]) -> list[Fold]:
    request, response = body["request"], body["response"]
    content = response.get("content") if isinstance(response, dict) else response
    result = content if isinstance(content, str) else _pretty(response)
    title = "result: an error" if isinstance(response, dict) and response.get("is_error") else "result"
    return [("arguments", _pretty(request) if request is not None else ""), (title, result)]


def _message(message: Any) -> str:
    if not isinstance(message, dict):
        return _pretty(message)
    return f"{message.get('role', '?')}: {_content(message.get('content'))}"


def _answer(response: Any) -> str:
    if not isinstance(response, dict):
        return _pretty(response) if response is not None else ""
    return _content(response["content"]) if "content" in response else _pretty(response)


def _content(content: Any) -> str:
    return "\n".join(_block(one) for one in content) if isinstance(content, list) else _text(content)


def _block(block: Any) -> str:
    """One block of the Messages API."""
    if not isinstance(block, dict):
        return _text(block)
    kind = block.get("type")
    if kind == "text":
        return _text(block.get("text"))
    if kind == "tool_use":
        return f"→ calls {block.get('name')} {_pretty(block.get('input'))}"
    if kind == "tool_result":
        return f"← result: {_content(block.get('content'))}"
    return _pretty(block)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _pretty(value)


def _pretty(value: Any) -> str:
    return showing.pretty(value)


def _cut(text: str) -> str:
    """The end matters most: it is what was new."""
    rest = len(text) - BODY_CHARACTERS
    return showing.visible(
        f"… {rest} characters before this, on the step's page\n{text[-BODY_CHARACTERS:]}" if rest > 0 else text
    )
