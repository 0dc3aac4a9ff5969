"""Any endpoint that speaks the Anthropic Messages API: Claude itself, OpenRouter, Z.AI, Ollama, vLLM, LiteLLM."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, suppress
from typing import Any, Literal, cast

import anthropic
import httpx2

from agents.providers.assembling import Assembly
from agents.providers.base import ModelError, ModelEvent, ModelProvider, ModelRequest
from agents.providers.failures import failure, from_event, from_exception

Auth = Literal["x-api-key", "bearer", "both"]
"""Where an endpoint looks for the key. `both` suits endpoints of which we do not know."""

CONNECT_SECONDS = 5.0
IDLE_SECONDS = 60.0
"""The longest silence on the connection; the API sends a ping well within it."""
DRAIN_SECONDS = 0.05
"""Spent on the end of a finished answer, so that its connection can be used again."""
SAMPLING_VERSION = "2023-06-01"
"""The last version of the API that takes a temperature: https://platform.claude.com/docs/en/api/versioning"""

_FAILURES = (anthropic.AnthropicError, httpx2.HTTPError, httpx2.StreamError, TimeoutError)
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)


class MessagesProvider(ModelProvider):
    """One endpoint. Makes one attempt a call; whoever calls it retries."""

    name = "messages"

    def __init__(self, name: str, base_url: str, api_key: str, auth: Auth) -> None:
        """`base_url` is the address before `/v1/messages`. Without a key none is sent (Ollama needs none)."""
        self.name = name  # type: ignore[misc]  # several instances, each under its own name
        self._key = api_key
        # Redirects are not followed: the key would go where they lead.
        http = anthropic.DefaultAsyncHttpxClient(
            timeout=httpx2.Timeout(IDLE_SECONDS, connect=CONNECT_SECONDS), follow_redirects=False
        )
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key or "none",  # otherwise the SDK would look for credentials of its own
            base_url=base_url.rstrip("/").removesuffix("/v1"),
            max_retries=0,
            http_client=http,
            default_headers=_headers(api_key, auth),
        )

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """See the base class. Key and URL stand neither in the error nor in what it was raised from."""
        problem: ModelError | None = None
        try:
            async with aclosing(self._events(request)) as events:
                async for event in events:
                    yield event
        except ModelError as error:
            problem = error
        except _FAILURES as error:
            problem = from_exception(error, secret=self._key)
        except _UNREADABLE as error:
            problem = failure("malformed", f"unreadable answer ({type(error).__name__})")
        if problem is not None:
            # Raised outside the handlers, so that the original does not hang on as its context.
            raise problem

    async def aclose(self) -> None:
        await self._client.close()

    async def _events(self, request: ModelRequest) -> Any:
        deadline = asyncio.get_running_loop().time() + request.timeout_seconds
        async with asyncio.timeout_at(deadline):
            stream = await self._client.messages.create(**_parameters(request))
        async with stream:
            assembly = Assembly(request.model, stream.response.headers.get("request-id", ""))
            async with aclosing(cast(Any, anthropic.AsyncStream.raw_events(stream.response))) as events:
                while not assembly.finished:
                    # The time-out never spans a yield: it would fire inside the caller's code.
                    async with asyncio.timeout_at(deadline):
                        event = await anext(events, None)
                    if event is None:
                        raise failure("malformed", "the stream ended before the answer was complete")
                    if delta := self._take(assembly, event.data):
                        yield delta
                with suppress(*_FAILURES):
                    async with asyncio.timeout(DRAIN_SECONDS):
                        await anext(events, None)
            yield assembly.response()

    def _take(self, assembly: Assembly, data: str) -> ModelEvent | None:
        if not data or data == "[DONE]":
            return None
        event = json.loads(data)
        if event["type"] == "error":
            raise from_event(event.get("error") or {}, secret=self._key)
        return assembly.add(event)


def _headers(api_key: str, auth: Auth) -> Mapping[str, str]:
    """The headers that carry the key; `Omit` takes away the one that the SDK would send by itself."""
    bearer = {"Authorization": f"Bearer {api_key}" if api_key and auth != "x-api-key" else anthropic.Omit()}
    key = {"X-Api-Key": api_key} if api_key and auth != "bearer" else {}
    return cast(Mapping[str, str], {**bearer, **key})


def _parameters(request: ModelRequest) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "model": request.model,
        "messages": list(request.messages),
        "max_tokens": request.max_tokens,
        "stream": True,
    }
    if request.system:
        parameters["system"] = request.system
    if request.tools:
        parameters["tools"] = list(request.tools)
        if request.tool_choice:
            parameters["tool_choice"] = request.tool_choice
    if output_config := _output_config(request):
        parameters["output_config"] = output_config
    if request.thinking == "off":
        parameters["thinking"] = {"type": "disabled"}
    if request.temperature is not None:
        parameters["extra_body"] = {"temperature": request.temperature}
        parameters["extra_headers"] = {"anthropic-version": SAMPLING_VERSION}
    return parameters


def _output_config(request: ModelRequest) -> dict[str, Any]:
    config: dict[str, Any] = {}
    if request.output_schema is not None:
        config["format"] = {"type": "json_schema", "schema": dict(request.output_schema)}
    if request.thinking == "brief":
        config["effort"] = "low"
    return config
