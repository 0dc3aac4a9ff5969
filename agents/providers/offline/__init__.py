"""The model that answers without a key: fixed rules, the same interface and events as a real one, and open about it."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from agents.providers.base import ModelEvent, ModelProvider, ModelRequest, ModelResponse, TextDelta, Usage
from agents.providers.offline.composing import compose
from agents.providers.offline.deeds import restated
from agents.providers.offline.forced import answer_to_schema, forced_calls
from agents.providers.offline.looking_up import look_up, reported
from agents.providers.offline.reading import Situation, read
from agents.providers.offline.weaving import woven
from agents.providers.offline.wishes import Call, wanted_calls

CHARS_PER_TOKEN = 4
_PIECES = re.compile(r"\s*\S{1,24}")


class OfflineProvider(ModelProvider):
    """Answers the same request always in the same words. As `patient-<seconds>` it takes that long to begin."""

    name = "offline"

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        await asyncio.sleep(_patience_seconds(request.model))
        situation = read(request.messages)
        forced = forced_calls(request, situation) if not situation.results else []
        wanted = _wanted(request, situation) if not situation.results and not forced else []
        calls = _blocks(request, forced or wanted)
        text, stop_reason = (restated(wanted), "tool_use") if calls else _answer(request, situation)
        for piece in _PIECES.findall(text):
            yield TextDelta(piece)
            await asyncio.sleep(0)
        content: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
        written = len(text) + len(json.dumps(calls))
        yield ModelResponse(
            content=content + calls,
            stop_reason="tool_use" if calls else stop_reason,
            model=self.name,
            usage=Usage(
                tokens_in=_prompt_chars(request) // CHARS_PER_TOKEN + 1, tokens_out=written // CHARS_PER_TOKEN + 1
            ),
        )


def _wanted(request: ModelRequest, situation: Situation) -> list[Call]:
    if woven(request.messages):
        return []
    wanted = wanted_calls(request.tools, situation.parts)
    return wanted or (look_up(request.tools, situation.parts[0]) if situation.is_task else [])


def _patience_seconds(model: str) -> float:
    patient = re.fullmatch(r"patient-(\d{1,4})", model)
    return float(patient[1]) if patient else 0.0


def _blocks(request: ModelRequest, calls: Sequence[Call]) -> list[dict[str, Any]]:
    mark = zlib.crc32(json.dumps([request.system, list(request.messages)], default=str).encode())
    return [
        {"type": "tool_use", "id": f"toolu_{mark:08x}{place}", "name": call.name, "input": call.arguments}
        for place, call in enumerate(calls)
    ]


def _answer(request: ModelRequest, situation: Situation) -> tuple[str, str]:
    text = answer_to_schema(request, situation) or woven(request.messages)
    text = text or reported(situation) or compose(situation, request.tools, request.system).strip()
    room = request.max_tokens * CHARS_PER_TOKEN
    return (text, "end_turn") if len(text) <= room else (text[:room].rstrip(), "max_tokens")


def _prompt_chars(request: ModelRequest) -> int:
    return len(request.system) + len(json.dumps([list(request.messages), list(request.tools)], default=str))
