"""What a change of the router's prompt does to routing, with a model that reads the prompt."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from agents.providers.base import ModelEvent, ModelProvider, ModelRequest, ModelResponse
from agents.routing.labelled import Case
from agents.routing.target import INFO, SIMPLE
from botplatform.models import AgentDraft, RoutingCase, RoutingVersion
from botplatform.pipeline import configs, measuring

pytestmark = pytest.mark.usefixtures("platform")


class Obedient(ModelProvider):
    """Puts everything into the category that the prompt names; mumbles where it is told to."""

    name = "obedient"
    asked: list[str] = []

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        Obedient.asked.append(request.model)
        category = "info" if "info" in request.system else "general"
        said = {
            "reasoning": "",
            "type": "simple",
            "category": category,
            "complexity": "low",
            "requires_human_approval": False,
        }
        text = "Hm." if "mumble" in request.system else json.dumps(said)
        yield ModelResponse([{"type": "text", "text": text}], "end_turn", "m")


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connected model and three cases, two of which belong to the info agent."""
    Obedient.asked = []
    cases = [Case("who runs you", "telegram", INFO), Case("qwertz", "telegram", SIMPLE)]
    monkeypatch.setattr(measuring, "load", lambda name: cases)
    monkeypatch.setattr(configs, "connected", lambda model="": model != "offline:offline")
    monkeypatch.setattr(configs, "provider", lambda name: (Obedient(), name))


@pytest.fixture
async def own_case(platform: None) -> None:
    """Patterns out of the way, and what an operator corrected."""
    await RoutingVersion.objects.all().adelete()
    await RoutingVersion.objects.acreate(number=1, patterns=[])
    await RoutingCase.objects.acreate(text="opening hours?", platform="github", target=INFO)
    configs.forget()


def says(prompt: str, model: str = "anthropic:m") -> AgentDraft:
    return AgentDraft(prompt=prompt, model=model)


async def test_a_better_prompt_is_no_loss(own_case: None) -> None:
    found = await measuring.measure(says("general"), says("info"))
    assert (str(found), found.loss) == ("routing 33.3% → 66.7% right", "")
    assert found.after
    assert found.after["cases"] == 3


async def test_a_worse_prompt_is_a_loss(own_case: None) -> None:
    found = await measuring.measure(says("info"), says("general"))
    assert str(found) == "routing 66.7% → 33.3% right"
    assert "wrong then" in found.loss


async def test_the_drafts_own_model_is_asked(own_case: None) -> None:
    await measuring.measure(says("general", "anthropic:old"), says("general", "anthropic:new"))
    assert set(Obedient.asked) == {"anthropic:old", "anthropic:new"}


async def test_without_a_model_nobody_is_asked(own_case: None) -> None:
    found = await measuring.measure(says("general", "offline:offline"), says("info", "offline:offline"))
    assert (str(found), found.loss, Obedient.asked) == ("routing not measured", "", [])


async def test_a_model_without_one_usable_answer_measures_nothing(own_case: None) -> None:
    found = await measuring.measure(says("general"), says("mumble"))
    assert (str(found), found.loss) == ("routing not measured", "")
