"""kill -9 of the worker in the middle of a model call: seconds until the answer arrives all the same, once."""

from __future__ import annotations

import time

from bench.chats import ANSWER, answers, model_calls, wait
from bench.report import Row
from bench.requests import CHATS_FROM
from bench.running import Outside, platform
from bench.statistics import median
from tests.system.platform import Platform

GOAL_SECONDS = 45


def _once(outside: Outside, one: Platform, number: int) -> float:
    chat = CHATS_FROM + number
    known = len(model_calls(outside.model))
    outside.model.hold()
    one.say(chat, f"question {number}")
    wait(lambda: len(model_calls(outside.model)) > known, 20, what="the model call", every=0.05)
    killed = time.monotonic()
    one.kill("worker")
    outside.model.reset()
    wait(lambda: answers(outside.telegram)[chat] > 0, 90, what="the answer", every=0.2)
    calls = outside.telegram.calls("sendMessage") + outside.telegram.calls("editMessageText")
    final = next(call for call in calls if call["chat"] == chat and ANSWER in call["text"])
    return float(final["arrived"]) - killed


def measure(quick: bool) -> list[Row]:
    outside = Outside()
    with outside.running(), platform(outside) as one:
        found = [_once(outside, one, number) for number in range(1 if quick else 3)]
        doubled = sum(times > 1 for times in answers(outside.telegram).values())
    note = f"{len(found)} kills, {doubled} answers doubled; the lease is 30 s"
    return [Row("recovery", "kill -9 to the answer", f"{median(found):.1f} s", f"< {GOAL_SECONDS} s", note)]
