"""An answer as the Messages API sends it, at once or as server-sent events.

https://docs.claude.com/en/build-with-claude/streaming
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from tests.fakes.model_replies import Ending, Reply
from tests.fakes.wire import Dropped

Event = dict[str, Any]


def envelope(reply: Reply, prompt: dict[str, Any], message_id: str) -> dict[str, Any]:
    """The message object, whole."""
    said = json.dumps(reply.content)
    asked = len(json.dumps(prompt.get("messages", []))) // 4
    usage = {
        "input_tokens": reply.tokens_in if reply.tokens_in is not None else asked,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": reply.tokens_out if reply.tokens_out is not None else len(said) // 4,
    }
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": prompt.get("model", ""),
        "content": reply.content,
        "stop_reason": reply.stop_reason,
        "stop_sequence": None,
        "usage": usage,
    }


async def stream(reply: Reply, message: dict[str, Any]) -> AsyncGenerator[bytes, None]:
    """The events of a reply, paced over its seconds, up to its ending. Raises Dropped where it hangs up."""
    deltas = 0
    total = max(1, sum(len(list(_deltas(block, reply.pieces))) for block in reply.content))
    for event in _events(reply, message):
        if event["type"] == "content_block_delta":
            if reply.ending is not Ending.COMPLETE and deltas == reply.after:
                break
            if reply.seconds:
                await asyncio.sleep(reply.seconds / total)
            deltas += 1
        yield encode(event)
    async for last in _end(reply):
        yield last


async def _end(reply: Reply) -> AsyncGenerator[bytes, None]:
    match reply.ending:
        case Ending.ERROR:
            yield encode({"type": "error", "error": {"type": reply.error, "message": reply.message}})
        case Ending.MALFORMED:
            yield b'event: content_block_delta\ndata: {"type": "content_block_delta", "index": 0, "del\n\n'
        case Ending.TRUNCATED:
            raise Dropped
        case Ending.SILENT:
            await asyncio.Event().wait()


def _events(reply: Reply, message: dict[str, Any]) -> Iterator[Event]:
    opening = message | {"content": [], "stop_reason": None, "usage": message["usage"] | {"output_tokens": 1}}
    yield {"type": "message_start", "message": opening}
    for index, block in enumerate(reply.content):
        yield {"type": "content_block_start", "index": index, "content_block": _empty(block)}
        if index == 0:
            yield {"type": "ping"}
        for delta in _deltas(block, reply.pieces):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": reply.stop_reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": message["usage"]["output_tokens"]}}
    yield {"type": "message_stop"}


def _empty(block: dict[str, Any]) -> dict[str, Any]:
    blanks: dict[str, dict[str, Any]] = {
        "text": {"text": ""},
        "tool_use": {"input": {}},
        "thinking": {"thinking": "", "signature": ""},
    }
    return block | blanks.get(block["type"], {})


def _deltas(block: dict[str, Any], pieces: int) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        yield from ({"type": "text_delta", "text": piece} for piece in _cut(block["text"], pieces))
    elif block["type"] == "tool_use":
        arguments = json.dumps(block["input"])
        yield {"type": "input_json_delta", "partial_json": ""}
        yield from ({"type": "input_json_delta", "partial_json": piece} for piece in _cut(arguments, pieces))
    elif block["type"] == "thinking":
        yield {"type": "thinking_delta", "thinking": block["thinking"]}
        yield {"type": "signature_delta", "signature": block["signature"]}


def _cut(text: str, pieces: int) -> list[str]:
    size = max(1, -(-len(text) // pieces))
    return [text[start : start + size] for start in range(0, len(text), size)]


def encode(event: Event) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
