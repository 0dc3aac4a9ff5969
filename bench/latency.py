"""What a person waits for beside the model: window's end → placeholder, model's last byte → final edit; idle worker."""

from __future__ import annotations

from typing import Any

from bench.chats import ANSWER, model_calls, wait
from bench.report import Row
from bench.requests import CHATS_FROM
from bench.running import Outside, platform
from bench.statistics import median, percentile
from tests.system.platform import Platform

PLACEHOLDER_MS, FINAL_MS = 60, 50
MODEL_SECONDS = (1.5, 3.0)


def _of_chat(calls: list[dict[str, Any]], chat: int) -> list[dict[str, Any]]:
    return [call for call in calls if call["chat"] == chat]


def _one(outside: Outside, one: Platform, number: int) -> tuple[float, float]:
    """Milliseconds of both, for one question in a chat of its own."""
    chat, text = CHATS_FROM + number, f"question {number} of the benchmark"
    one.say(chat, text)

    def answered() -> bool:
        return any(ANSWER in call["text"] for call in _of_chat(outside.telegram.calls("editMessageText"), chat))

    wait(answered, 30, what="the answer")
    [batch] = one.sql(
        "SELECT b.due_at FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id WHERE s.key = %s",
        str(chat),
    )
    placeholder = _of_chat(outside.telegram.calls("sendMessage"), chat)[0]
    final = _of_chat(outside.telegram.calls("editMessageText"), chat)[-1]
    model = next(call for call in model_calls(outside.model) if text in call["text"])
    to_placeholder: float = placeholder["at"] - batch["due_at"].timestamp()
    return to_placeholder * 1000, (final["arrived"] - model["answered"]) * 1000


def _row(what: str, found: list[float], goal: int) -> Row:
    note = f"{len(found)} messages; p90 {percentile(found, 90):.0f} ms"
    return Row("latency", what, f"{median(found):.0f} ms", f"< {goal} ms (median)", note)


def measure(quick: bool) -> list[Row]:
    outside = Outside()
    with outside.running(), platform(outside) as one:
        outside.model.configure(streaming=list(MODEL_SECONDS))
        found = [_one(outside, one, number) for number in range(3 if quick else 15)]
    placeholders, finals = zip(*found, strict=True)
    return [
        _row("window's end to placeholder", list(placeholders), PLACEHOLDER_MS),
        _row("model's last byte to final edit", list(finals), FINAL_MS),
    ]
