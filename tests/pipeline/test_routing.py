"""Which agent a batch goes to, and what is kept of the choice."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone
from pytest_django import Settings
from structlog.testing import capture_logs

from agents.providers.base import ModelResponse, Usage
from botplatform.models import AgentConfig, Batch, Bot, ModelPrice, Route, Run
from botplatform.pipeline import bots, caching, configs, running
from tests.agents.scripted import Said, ScriptedProvider, error, said
from tests.pipeline.builders import Saying, WatchedTransport, claimed, executed
from tests.pipeline.conftest import Say, SetAgent

UNSETTLED = "could you have a look at the thing we spoke about in the corridor"
"""No pattern settles it."""
SIMPLE = {
    "type": "simple", "category": "general", "complexity": "low", "requires_human_approval": False, "reasoning": "small",
}  # fmt: skip

Classify = Callable[..., Awaitable[ScriptedProvider]]


def classified(**fields: Any) -> ModelResponse:
    """What the router's model says."""
    text = json.dumps({**SIMPLE, **fields})
    return ModelResponse([{"type": "text", "text": text}], "end_turn", "small-1", Usage(100, 20))


@pytest.fixture
async def route(
    say: Say, bot: bots.BotRow, agent: SetAgent, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Awaitable[Route]]:
    """Let a message be routed, with what the router's model says; returns the stored decision."""
    await Bot.objects.filter(pk=bot.id).aupdate(routing=True, updated_at=timezone.now())
    bots.forget(bot.id)
    caching.forget()
    agent(Saying())

    async def _route(text: str, *replies: Said, **more: Any) -> Route:
        provider = ScriptedProvider(*replies)
        monkeypatch.setattr(configs, "provider", lambda name: (provider, name.partition(":")[2] or name))
        await executed((await say(text, **more)).session_id)
        _route.asked = provider.requests  # type: ignore[attr-defined]
        found = await Route.objects.order_by("-id").afirst()
        assert found
        return found

    return _route


async def test_a_pattern_settles_what_is_plain(route: Any) -> None:
    found = await route("hello!")
    assert (found.method, found.target, found.version_id is not None) == ("pattern", "simple-agent", True)
    assert found.rule
    assert not route.asked


async def test_the_model_settles_the_rest_and_is_paid_for(route: Any) -> None:
    await ModelPrice.objects.aupdate_or_create(
        model="anthropic:claude-haiku-5-5", defaults={"input_usd": 1, "output_usd": 5}
    )
    configs.forget()
    found = await route(UNSETTLED, classified(category="research", complexity="medium", type="complex"))
    assert (found.method, found.target) == ("model", "lead-researcher-agent")
    assert found.classification["category"] == "research"
    assert (found.tokens_in, found.tokens_out) == (100, 20)
    run = await Run.objects.aget()
    assert run.agent == "lead-researcher-agent"


async def test_the_model_sees_platform_state_and_the_last_three_messages(route: Any, say: Say) -> None:
    for number in range(4):
        await route(f"hello {number}" if number else "hello", classified())
    await route(UNSETTLED, classified())
    prompt = str(route.asked[-1].messages)
    assert "fake" in prompt
    assert "Nothing is waiting" in prompt
    assert "hello 3" in prompt
    assert "hello 1" not in prompt


@pytest.mark.parametrize(
    "replies",
    [(error("overloaded"), error("overloaded")), (said("no JSON"), said("no JSON either")),
     (classified(type="unheard of"), classified(category="")), (classified(more="fields"), error("timeout"))],
    ids=["failing", "malformed", "outside the schema", "both"],
)  # fmt: skip
async def test_what_the_model_cannot_say_goes_to_the_simple_agent(route: Any, replies: tuple[Said, ...]) -> None:
    found = await route(UNSETTLED, *replies)
    assert (found.method, found.target) == ("fallback", "simple-agent")
    assert found.note
    assert len(route.asked) == 2


async def test_a_second_try_may_succeed(route: Any) -> None:
    found = await route(UNSETTLED, said("no JSON"), classified(category="info"))
    assert (found.method, found.target) == ("model", "info-agent")
    assert found.tokens_in == 110


async def test_a_category_may_be_taken_over(route: Any) -> None:
    await AgentConfig.objects.filter(name="info-agent").aupdate(category="research")
    configs.forget()
    found = await route(UNSETTLED, classified(category="research", complexity="high", type="complex"))
    assert (found.target, found.note) == ("info-agent", "info-agent has taken over the category research")


async def test_but_not_what_needs_approval(route: Any) -> None:
    await AgentConfig.objects.filter(name="info-agent").aupdate(category="admin")
    configs.forget()
    found = await route(UNSETTLED, classified(category="admin", requires_human_approval=True))
    assert found.target == "hitl-agent"


async def test_routing_can_be_switched_off(route: Any, bot: bots.BotRow) -> None:
    await Bot.objects.filter(pk=bot.id).aupdate(routing=False, direct_agent="info-agent", updated_at=timezone.now())
    bots.forget(bot.id)
    found = await route(UNSETTLED)
    assert (found.method, found.target) == ("direct", "info-agent")


async def test_a_decision_is_made_once_a_batch(route: Any) -> None:
    await route(UNSETTLED, classified())
    batch = await Batch.objects.aget()
    await Batch.objects.aupdate(state="processing", worker="", lease_until=timezone.now())
    work = await claimed(batch.session_id)
    await running.execute(work)
    assert await Route.objects.acount() == 1
    assert len(route.asked) == 1


async def test_every_decision_is_logged_with_its_fields(route: Any) -> None:
    with capture_logs() as lines:
        await route(UNSETTLED, classified(category="code"))
    [line] = [line for line in lines if line["event"] == "router.query_classified"]
    named = {name: line[name] for name in ("type", "category", "complexity", "routed_to", "user_id")}
    assert named == {
        "type": "simple", "category": "code", "complexity": "low", "routed_to": "simple-agent", "user_id": "u",
    }  # fmt: skip
    assert line["query_id"]
    assert line["latency_ms"] >= 0
    assert "debug" not in line


async def test_debug_keeps_what_was_tried_and_said_without_secrets(route: Any, settings: Settings) -> None:
    settings.ROUTER_DEBUG = True
    found = await route(UNSETTLED, classified(reasoning="he sent sk-ant-0123456789abcdef0123"))
    assert found.debug["tried"]
    assert found.debug["matched"] == []
    assert "[redacted]" in found.debug["raw"]
    found = await route("hello!")
    assert found.debug["matched"]
    assert found.debug["scores"] == {"simple-agent": len(found.debug["matched"])}


async def test_workers_are_never_a_target(route: Any) -> None:
    await route("hello!")
    with pytest.raises(IntegrityError):
        await Route.objects.aupdate(target="code-worker")


async def test_people_see_the_placeholder_while_the_router_thinks(
    route: Any, bot: bots.BotRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    async def slow(*_: Any, **__: Any) -> Any:
        transport = (await bots.by_id(bot.id)).transport
        assert isinstance(transport, WatchedTransport)
        await transport.knocked.wait()
        seen.append(len(transport.typed))
        raise LookupError("no answer")

    monkeypatch.setattr("botplatform.pipeline.routing.classify", slow)
    found = await route(UNSETTLED)
    assert found.method == "fallback"
    assert seen == [1]
