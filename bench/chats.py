"""Loads of the sections behind the webhook, and what the outside services saw of the answers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench.requests import CHATS_FROM, UPDATES_FROM
from bench.running import ROOT
from tests.fakes.process import Remote
from tests.system.platform import Platform

ANSWER = "answer to:"
"""How the fake model's answers begin."""


def post(one: Platform, *, updates: int, chats: int, number: int = 0) -> None:
    """Deliver so many updates round so many chats; another `number`, other chats."""
    options = {
        "port": one.env["PORT"],
        "path": "/webhooks/telegram/default/",
        "secret": one.env["TELEGRAM_WEBHOOK_SECRET"],
        "count": updates,
        "chats": chats,
        "first-update": UPDATES_FROM + number * 100_000,
        "first-chat": CHATS_FROM + number * 100_000,
    }
    command = [sys.executable, "-m", "bench.load", *(f"--{name}={value}" for name, value in options.items())]
    found = json.loads(subprocess.check_output(command, cwd=ROOT))
    if found["refused"]:
        raise RuntimeError(f"{found['refused']} updates were refused")


def answers(telegram: Remote) -> Counter[int]:
    """Messages and final edits that carried an answer and took effect, by chat."""
    calls = telegram.calls("sendMessage") + telegram.calls("editMessageText")
    return Counter(call["chat"] for call in calls if call["accepted"] and ANSWER in call["text"])


def model_calls(model: Remote) -> list[dict[str, Any]]:
    """The calls for an answer, in order."""
    return [call for call in model.calls() if call["name"] == "POST /v1/messages"]


def count(one: Platform, query: str) -> int:
    """The one number that a query returns."""
    [row] = one.sql(query)
    return int(next(iter(row.values())) or 0)


def wait(condition: Callable[[], bool], seconds: float, *, what: str, every: float = 0.25) -> float:
    """Until it holds; the seconds that took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise RuntimeError(f"not within {seconds} s: {what}")
        time.sleep(every)
    return time.monotonic() - began


UNANSWERED = "SELECT count(*) FROM botplatform_update WHERE state = 'queued'"
UNSENT = "SELECT count(*) FROM botplatform_reply WHERE state IN ('pending', 'sending')"
PROCESSING = "SELECT count(*) FROM botplatform_batch WHERE state = 'processing' AND worker <> ''"
