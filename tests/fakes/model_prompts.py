"""Reading prompts, and declining those that the Messages API declines: https://docs.claude.com/en/api/messages."""

from __future__ import annotations

from typing import Any

SEPARATOR = "\n---\n"
"""Between messages that are answered together."""


def blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The content of a message as blocks."""
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])


def text_of(message: dict[str, Any]) -> str:
    return "\n".join(block["text"] for block in blocks(message) if block.get("type") == "text")


def last_user_text(prompt: Any) -> str:
    """The text of the last user message that has any: tool results are passed over."""
    messages = prompt.get("messages", []) if isinstance(prompt, dict) else []
    texts = (text_of(message) for message in reversed(messages) if message.get("role") == "user")
    return next((text for text in texts if text), "")


def asked_now(prompt: dict[str, Any]) -> list[str]:
    """The messages answered together in this call: the last user message, cut where they were joined.

    Empty for a call that only brings tool results.
    """
    last = prompt["messages"][-1] if prompt.get("messages") else {}
    text = text_of(last) if last.get("role") == "user" else ""
    return text.split(SEPARATOR) if text else []


def complaint(prompt: Any) -> str:
    """Why the API would answer 400; empty if it would not."""
    if not isinstance(prompt, dict):
        return "The request body is not valid JSON"
    for name in ("model", "max_tokens", "messages"):
        if not prompt.get(name):
            return f"{name}: Field required"
    messages = prompt["messages"]
    if messages[0].get("role") != "user":
        return 'messages: first message must use the "user" role'
    for number, message in enumerate(messages):
        if problem := _content_complaint(number, message) or _pair_complaint(messages, number):
            return problem
    return ""


def _content_complaint(number: int, message: dict[str, Any]) -> str:
    if message.get("role") not in ("user", "assistant"):
        return f"messages.{number}.role: Input should be 'user' or 'assistant'"
    content = blocks(message)
    if not content:
        return f"messages.{number}: all messages must have non-empty content"
    if any(block.get("type") == "text" and not block.get("text") for block in content):
        return "messages: text content blocks must be non-empty"
    return ""


def _pair_complaint(messages: list[dict[str, Any]], number: int) -> str:
    """Every tool_use has its tool_result in the next message, and the other way round."""
    used = _ids(messages[number], "tool_use", "id")
    answered = _ids(messages[number + 1], "tool_result", "tool_use_id") if number + 1 < len(messages) else []
    if missing := [one for one in used if one not in answered]:
        return (
            f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(missing)}. "
            "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
        )
    if stray := [one for one in answered if one not in used]:
        return (
            f"messages.{number + 1}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: "
            f"{', '.join(stray)}. "
            "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
        )
    return ""


def _ids(message: dict[str, Any], kind: str, field: str) -> list[str]:
    return [block[field] for block in blocks(message) if block.get("type") == kind]
