"""The documented signals: each is sent, and no receiver can harm a run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.dispatch import Signal

from botplatform import signals
from botplatform.models import Batch, Run
from tests.pipeline.builders import Failing, Saying, WatchedTransport, answered, executed
from tests.pipeline.conftest import Say, SetAgent

ALL = {
    "before_route": signals.before_route, "after_route": signals.after_route, "before_reply": signals.before_reply,
    "after_run": signals.after_run, "run_failed": signals.run_failed,
}  # fmt: skip


@pytest.fixture
def heard() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """What was sent: names and values."""
    found: list[tuple[str, dict[str, Any]]] = []
    receivers = []

    def listen(name: str, signal: Signal) -> None:
        def receiver(sender: object, signal: Signal, **values: Any) -> None:
            found.append((name, values))

        signal.connect(receiver)
        receivers.append((signal, receiver))

    for name, signal in ALL.items():
        listen(name, signal)
    yield found
    for signal, receiver in receivers:
        signal.disconnect(receiver)


async def test_an_answered_message_sends_them_in_order(
    say: Say, agent: SetAgent, heard: list[tuple[str, dict[str, Any]]]
) -> None:
    agent(Saying())
    await answered((await say("hello")).session_id)
    assert [name for name, _ in heard] == ["before_route", "after_route", "after_run", "before_reply"]
    values = dict(heard)
    assert (values["after_route"]["method"], values["after_route"]["target"]) == ("direct", "simple-agent")
    assert values["after_run"]["text"] == values["before_reply"]["text"] == "the answer"


async def test_a_failed_run_says_whether_it_was_the_last(
    say: Say, agent: SetAgent, heard: list[tuple[str, dict[str, Any]]]
) -> None:
    agent(Failing(retryable=False))
    await executed((await say("hello")).session_id)
    failed = dict(heard)["run_failed"]
    assert (failed["final"], failed["error"]) == (True, "the model is away")


@pytest.mark.parametrize("name", ["before_route", "after_route", "before_reply", "after_run"])
async def test_a_receiver_that_fails_harms_nothing(
    say: Say, agent: SetAgent, fake: WatchedTransport, name: str
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("broken receiver")

    agent(Saying())
    ALL[name].connect(broken)
    try:
        await answered((await say("hello")).session_id)
    finally:
        ALL[name].disconnect(broken)
    assert fake.texts == ["the answer"]
    assert (await Run.objects.aget()).state == "succeeded"


async def test_a_receiver_that_hangs_harms_nothing(
    say: Say, agent: SetAgent, fake: WatchedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hanging(**_: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(signals, "RECEIVER_SECONDS", 0.05)
    agent(Saying())
    signals.after_run.connect(hanging)
    try:
        await answered((await say("hello")).session_id)
    finally:
        signals.after_run.disconnect(hanging)
    assert (await Batch.objects.aget()).state == "done"
