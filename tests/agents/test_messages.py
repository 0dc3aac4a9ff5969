"""How calls over the wire fail, and that no failure tells the key or the address."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator

import pytest

from agents.providers import messages
from agents.providers.base import ModelError, ModelRequest, ModelResponse
from agents.providers.messages import MessagesProvider
from tests.fakes.model import FakeModel
from tests.fakes.model_replies import Reply, broken, failure, hang, malformed, overflow, stall, text, trickle, truncated

KEY = "sk-very-secret"


@pytest.fixture
def server() -> Iterator[FakeModel]:
    with FakeModel() as server:
        yield server


@pytest.fixture
async def provider(server: FakeModel) -> AsyncIterator[MessagesProvider]:
    provider = MessagesProvider("anthropic", server.url, KEY, "x-api-key")
    yield provider
    await provider.aclose()


async def ask(provider: MessagesProvider, *, seconds: float = 10, temperature: float | None = None) -> ModelResponse:
    request = ModelRequest("m", [{"role": "user", "content": "Hi"}], timeout_seconds=seconds, temperature=temperature)
    *_, last = [event async for event in provider.stream(request)]
    assert isinstance(last, ModelResponse)
    return last


async def failed(provider: MessagesProvider, *, seconds: float = 10) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await ask(provider, seconds=seconds)
    return caught.value


@pytest.mark.parametrize(
    ("reply", "kind", "retryable"),
    [
        (failure(529), "overloaded", True),
        (failure(429), "rate_limited", True),
        (failure(500), "server", True),
        (failure(503), "server", True),
        (failure(408), "timeout", True),
        (failure(504), "timeout", True),
        (overflow(), "context_overflow", False),
        (failure(413), "context_overflow", False),
        (failure(400, "input length and `max_tokens` exceed context limit: 9 > 8"), "context_overflow", False),
        (failure(400, "messages: at least one message is required"), "bad_request", False),
        (failure(400, "Your credit balance is too low"), "auth", False),
        (failure(422), "bad_request", False),
        (failure(401), "auth", False),
        (failure(403), "auth", False),
        (failure(404), "not_found", False),
        (failure(302), "bad_request", False),
        (broken("Half an answer"), "overloaded", True),
        (broken("Half an answer", error="api_error"), "server", True),
        (broken("Half an answer", error="invalid_request_error"), "bad_request", False),
        (malformed(), "malformed", True),
        (truncated("Half an answer"), "malformed", True),
        (hang(), "timeout", True),
        (stall("Half an answer"), "timeout", True),
        (trickle("Half an answer", 30, pieces=300), "timeout", True),
    ],
)
async def test_failure_is_named(
    server: FakeModel, provider: MessagesProvider, reply: Reply, kind: str, retryable: bool
) -> None:
    server.script([reply])
    error = await failed(provider, seconds=0.5)
    assert (error.kind, error.retryable) == (kind, retryable)
    assert server.count() == 1


async def test_silence_on_the_connection_is_a_time_out(server: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "IDLE_SECONDS", 0.1)
    provider = MessagesProvider("anthropic", server.url, KEY, "x-api-key")
    server.script([stall("Half an answer")])
    assert (await failed(provider)).kind == "timeout"
    await provider.aclose()


async def test_no_connection_is_named() -> None:
    provider = MessagesProvider("anthropic", "http://127.0.0.1:9", KEY, "x-api-key")
    assert (await failed(provider)).kind == "connection"
    await provider.aclose()


async def test_closed_connection_is_named(server: FakeModel, provider: MessagesProvider) -> None:
    server.drop()
    error = await failed(provider)
    assert (error.kind, error.retryable) == ("connection", True)


@pytest.mark.parametrize(
    "body", [b"<html>Welcome</html>", b"{}", b"", b"data: 7\n\n", b"data: {}\n\n", b"data: \xff\n\n"]
)
async def test_success_that_is_no_stream_is_malformed(
    server: FakeModel, provider: MessagesProvider, body: bytes
) -> None:
    server.refuse(200, body=body, headers={"content-type": "text/event-stream"})
    assert (await failed(provider)).kind == "malformed"


async def test_seconds_to_wait_are_kept(server: FakeModel, provider: MessagesProvider) -> None:
    server.script([failure(429, retry_after=7)])
    assert (await failed(provider)).retry_after == 7


@pytest.mark.parametrize(("value", "low", "high"), [("Wed, 21 Oct 2099 07:28:00 GMT", 1e9, 1e10), ("0", 0, 0)])
async def test_date_to_wait_for_is_understood(
    server: FakeModel, provider: MessagesProvider, value: str, low: float, high: float
) -> None:
    server.refuse(503, body=b"{}", headers={"retry-after": value})
    wait = (await failed(provider)).retry_after
    assert wait is not None
    assert low <= wait <= high


async def test_nonsense_to_wait_for_is_ignored(server: FakeModel, provider: MessagesProvider) -> None:
    server.refuse(503, body=b"{}", headers={"retry-after": "soon"})
    assert (await failed(provider)).retry_after is None


@pytest.mark.parametrize("status", [400, 401, 529])
async def test_error_tells_neither_key_nor_address(server: FakeModel, provider: MessagesProvider, status: int) -> None:
    server.script([failure(status, f"Incorrect key {KEY} at {server.url}/v1/messages")])
    error = await failed(provider)
    told = "".join(traceback.format_exception(error)) + str(error)
    assert KEY not in told
    assert server.url not in told
    assert (error.__cause__, error.__context__) == (None, None)


async def test_redirect_is_not_followed(server: FakeModel, provider: MessagesProvider) -> None:
    server.refuse(307, body=b"", headers={"location": f"{server.url}/elsewhere"})
    await failed(provider)
    assert server.count() == 1


async def test_base_url_may_end_in_v1(server: FakeModel) -> None:
    provider = MessagesProvider("own", f"{server.url}/v1/", KEY, "both")
    await ask(provider)
    assert server.calls[0].path == "/v1/messages"
    await provider.aclose()


@pytest.mark.parametrize(("key", "sent"), [(KEY, [KEY, f"Bearer {KEY}"]), ("", [None, None])])
async def test_own_endpoint_gets_the_key_in_both_places_or_not_at_all(
    server: FakeModel, key: str, sent: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-somebody-else")
    provider = MessagesProvider("own", server.url, key, "both")
    server.refuse(404)
    await failed(provider)
    headers = server.calls[0].headers
    assert [headers.get("x-api-key"), headers.get("authorization")] == sent
    await provider.aclose()


async def test_temperature_goes_with_the_version_that_takes_it(server: FakeModel, provider: MessagesProvider) -> None:
    await ask(provider, temperature=0.5)
    assert server.requests[0]["temperature"] == 0.5
    assert server.calls[0].headers["anthropic-version"] == "2023-06-01"


async def test_without_a_temperature_none_is_sent(server: FakeModel, provider: MessagesProvider) -> None:
    await ask(provider)
    assert "temperature" not in server.requests[0]


async def test_request_id_is_kept(server: FakeModel, provider: MessagesProvider) -> None:
    server.script([text("Hi")])
    assert (await ask(provider)).request_id.startswith("req_")


async def test_time_out_does_not_fire_inside_the_callers_code(server: FakeModel, provider: MessagesProvider) -> None:
    server.script([stall("Half an answer")])
    request = ModelRequest("m", [{"role": "user", "content": "Hi"}], timeout_seconds=0.2)
    with pytest.raises(ModelError, match="no answer in time"):
        await slowly(provider, request)


async def slowly(provider: MessagesProvider, request: ModelRequest) -> None:
    """Take each event only when the time of the call is up."""
    async for _ in provider.stream(request):
        await asyncio.sleep(0.3)
