"""What a request for a classification looks like to an endpoint of the Messages API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.providers.base import ModelRequest
from agents.providers.messages import MessagesProvider
from agents.routing.asking import WAYS, Question, Way, request
from agents.routing.target import SCHEMA
from tests.fakes.model import FakeModel


@pytest.fixture
async def sent(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """Send a request to an endpoint on loopback; returns the body that arrived."""
    bodies: list[dict[str, Any]] = []
    original = FakeModel.answer

    async def answer(self: FakeModel, request: Any, call: Any) -> Any:
        bodies.append(call.body)
        return await original(self, request, call)

    monkeypatch.setattr(FakeModel, "answer", answer)
    with FakeModel() as server:
        provider = MessagesProvider("anthropic", server.url, "key", "x-api-key")

        async def send(asked: ModelRequest) -> dict[str, Any]:
            [_ async for _ in provider.stream(asked)]
            return bodies[-1]

        yield send
        await provider.aclose()


def asked(way: Way) -> ModelRequest:
    return request(Question("hi", "telegram"), model="m", prompt="Classify.", way=way, seconds=3)


async def test_schema_goes_where_the_api_looks_for_it(sent: Any) -> None:
    body = await sent(asked(WAYS[0]))
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert body["thinking"] == {"type": "disabled"}
    assert "tools" not in body


async def test_forced_tool_stands_alone(sent: Any) -> None:
    body = await sent(asked(WAYS[1]))
    assert body["tool_choice"] == {"type": "tool", "name": "classify"}
    assert "output_config" not in body


async def test_model_that_always_thinks_is_asked_for_little_of_it(sent: Any) -> None:
    body = await sent(asked(WAYS[2]))
    assert body["output_config"]["effort"] == "low"
    assert body["output_config"]["format"]["schema"] == SCHEMA
    assert "thinking" not in body


async def test_usual_request_has_none_of_it(sent: Any) -> None:
    body = await sent(ModelRequest("m", [{"role": "user", "content": "Hi"}]))
    assert not {"output_config", "thinking", "tools", "tool_choice"} & set(body)


def test_schema_keeps_to_what_the_api_takes() -> None:
    assert SCHEMA["additionalProperties"] is False
    allowed = {"type", "enum", "description"}
    assert all(set(field) <= allowed for field in SCHEMA["properties"].values())
