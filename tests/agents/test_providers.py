"""What every provider promises, whatever stands behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from agents.providers import registry
from agents.providers.base import ModelEvent, ModelProvider, ModelRequest, ModelResponse, TextDelta
from agents.providers.registry import make_provider
from tests.fakes.model import FakeModel
from tests.fakes.model_replies import text, tool

CLOCK = {
    "name": "current_time",
    "description": "Tells the time.",
    "input_schema": {"type": "object", "properties": {"timezone": {"type": "string"}}},
}


class ProviderContract:
    """Inherited by a test class for each entry of the registry."""

    entry: ClassVar[str]

    @pytest.fixture
    def endpoint(self) -> str:
        return ""

    @pytest.fixture
    async def provider(self, endpoint: str) -> AsyncIterator[ModelProvider]:
        provider = make_provider(self.entry, api_key="sk-secret", base_url=endpoint)
        yield provider
        await provider.aclose()

    def request(self, said: str, **more: Any) -> ModelRequest:
        messages = more.pop("messages", [{"role": "user", "content": said}])
        return ModelRequest("some-model", messages, system="Be kind.", timeout_seconds=10, **more)

    async def events(self, provider: ModelProvider, said: str, **more: Any) -> list[ModelEvent]:
        return [event async for event in provider.stream(self.request(said, **more))]

    def test_name_is_the_one_in_the_registry(self, provider: ModelProvider) -> None:
        assert provider.name == self.entry

    async def test_text_streams_and_the_response_comes_last(self, provider: ModelProvider) -> None:
        *deltas, response = await self.events(provider, "hello")
        assert len(deltas) > 1
        assert isinstance(response, ModelResponse)
        pieces = [delta.text for delta in deltas if isinstance(delta, TextDelta)]
        assert response.content == [{"type": "text", "text": "".join(pieces)}]
        assert response.stop_reason == "end_turn"

    async def test_tokens_are_counted(self, provider: ModelProvider) -> None:
        *_, response = await self.events(provider, "hello")
        assert isinstance(response, ModelResponse)
        assert response.usage.tokens_in > 0
        assert response.usage.tokens_out > 0
        assert response.model

    async def test_tool_is_called(self, provider: ModelProvider) -> None:
        *_, response = await self.events(provider, "what time is it in Tokyo?", tools=[CLOCK])
        assert isinstance(response, ModelResponse)
        call = response.content[-1]
        assert (response.stop_reason, call["type"], call["name"]) == ("tool_use", "tool_use", "current_time")
        assert call["input"] == {"timezone": "Asia/Tokyo"}
        assert call["id"]

    async def test_tool_result_is_answered(self, provider: ModelProvider) -> None:
        *_, first = await self.events(provider, "what time is it in Tokyo?", tools=[CLOCK])
        assert isinstance(first, ModelResponse)
        result = {"type": "tool_result", "tool_use_id": first.content[-1]["id"], "content": "Noon"}
        messages = [
            {"role": "user", "content": "what time is it in Tokyo?"},
            {"role": "assistant", "content": first.content},
            {"role": "user", "content": [result]},
        ]
        *_, second = await self.events(provider, "", messages=messages, tools=[CLOCK])
        assert isinstance(second, ModelResponse)
        assert (second.stop_reason, second.content[0]["type"]) == ("end_turn", "text")


class TestOffline(ProviderContract):
    entry = "offline"


class OverTheWire(ProviderContract):
    """Entries that speak HTTP, against a server that does."""

    header: ClassVar[tuple[str, str]]

    @pytest.fixture
    def server(self) -> Iterator[FakeModel]:
        with FakeModel() as server:
            clock = tool("current_time", {"timezone": "Asia/Tokyo"})
            server.script([clock, text("It is noon.")], when="what time")
            server.script([text("Hello to you too.")], when="hello", forever=True)
            yield server

    @pytest.fixture
    def endpoint(self, server: FakeModel, monkeypatch: pytest.MonkeyPatch) -> str:
        """The entry's own authentication, at the server's address."""
        entry = registry.ENDPOINTS[self.entry]
        monkeypatch.setitem(registry.ENDPOINTS, self.entry, replace(entry, base_url=server.url))
        return ""

    async def test_key_is_sent_where_the_provider_looks_for_it(
        self, provider: ModelProvider, server: FakeModel
    ) -> None:
        await self.events(provider, "hello")
        headers = server.calls[0].headers
        sent = {name: headers[name] for name in ("x-api-key", "authorization") if name in headers}
        assert sent == dict([self.header])


class TestAnthropic(OverTheWire):
    entry = "anthropic"
    header = ("x-api-key", "sk-secret")


class TestOpenRouter(OverTheWire):
    entry = "openrouter"
    header = ("authorization", "Bearer sk-secret")
