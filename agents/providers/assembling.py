"""Server-sent events of the Messages API → one answer.

Source: https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from agents.providers.base import ModelResponse, TextDelta, Usage

JSON = dict[str, Any]


@dataclass(slots=True)
class Assembly:
    """Collects the events of one stream. Unknown events and deltas are ignored, as the API asks of its clients.

    `add` raises KeyError, TypeError or ValueError for events that are not what the API documents.
    """

    model: str
    request_id: str = ""
    finished: bool = False
    """Whether `message_stop` came: without it the answer is broken off."""
    _blocks: dict[int, JSON] = field(default_factory=dict)
    _arguments: dict[int, str] = field(default_factory=dict)
    _usage: JSON = field(default_factory=dict)
    _stop_reason: str = ""

    def add(self, event: JSON) -> TextDelta | None:
        """Take one event; return the text it adds to the answer, if any."""
        match event["type"]:
            case "message_start":
                self.model = event["message"].get("model") or self.model
                self._count(event["message"].get("usage"))
            case "content_block_start":
                self._blocks[event["index"]] = dict(event["content_block"])
                return _visible(event["content_block"].get("text"))
            case "content_block_delta":
                return self._grow(event["index"], event["delta"])
            case "message_delta":
                self._stop_reason = event["delta"].get("stop_reason") or self._stop_reason
                self._count(event.get("usage"))
            case "message_stop":
                self.finished = True
        return None

    def response(self) -> ModelResponse:
        """The whole answer. Raises ValueError when a tool's arguments are not JSON, unless the answer was cut."""
        for index, text in self._arguments.items():
            self._blocks[index]["input"] = self._parsed(text)
        return ModelResponse(
            content=[self._blocks[index] for index in sorted(self._blocks)],
            stop_reason=self._stop_reason,
            model=self.model,
            usage=Usage(
                tokens_in=self._usage.get("input_tokens", 0),
                tokens_out=self._usage.get("output_tokens", 0),
                cache_read=self._usage.get("cache_read_input_tokens", 0),
                cache_write=self._usage.get("cache_creation_input_tokens", 0),
            ),
            request_id=self.request_id,
        )

    def _grow(self, index: int, delta: JSON) -> TextDelta | None:
        block = self._blocks[index]
        match delta["type"]:
            case "text_delta":
                block["text"] = block.get("text", "") + delta["text"]
                return _visible(delta["text"])
            case "input_json_delta":
                self._arguments[index] = self._arguments.get(index, "") + delta["partial_json"]
            case "thinking_delta":
                block["thinking"] = block.get("thinking", "") + delta["thinking"]
            case "signature_delta":
                block["signature"] = delta["signature"]
            case "citations_delta":
                block["citations"] = [*(block.get("citations") or []), delta["citation"]]
        return None

    def _parsed(self, arguments: str) -> JSON:
        try:
            parsed = json.loads(arguments or "{}")
        except ValueError:
            if self._stop_reason not in ("max_tokens", "model_context_window_exceeded"):
                raise
            parsed = {}
        if not isinstance(parsed, dict):
            raise ValueError("the arguments of a tool call are not an object")
        return parsed

    def _count(self, usage: JSON | None) -> None:
        self._usage.update({name: count for name, count in (usage or {}).items() if isinstance(count, int)})


def _visible(text: str | None) -> TextDelta | None:
    return TextDelta(text) if text else None
