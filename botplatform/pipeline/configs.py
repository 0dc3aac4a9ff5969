"""What operators configured, as runs need it: published agent versions, prices, progress texts. Cached for a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from agents.base import AgentError, AgentSettings
from agents.providers.base import ModelProvider
from agents.providers.prices import Price
from agents.providers.registry import make_provider, split_model
from botplatform import config
from botplatform.pipeline import db

CACHE_SECONDS = 5.0
T = TypeVar("T")
_cache: dict[str, tuple[float, object]] = {}
_providers: dict[tuple[asyncio.AbstractEventLoop, str], ModelProvider] = {}


@dataclass(frozen=True, slots=True)
class Published:
    """An agent's published version."""

    behaviour: str
    version_id: int
    settings: AgentSettings


async def _cached(key: str, load: Callable[[], Awaitable[T]]) -> T:
    loaded_at, value = _cache.get(key, (float("-inf"), None))
    if time.monotonic() - loaded_at < CACHE_SECONDS:
        return value  # type: ignore[return-value]  # stored under this key by the line below
    fresh = await load()
    _cache[key] = (time.monotonic(), fresh)
    return fresh


async def published(agent: str) -> Published:
    """The version that new runs of `agent` use. Raises LookupError when it has none."""

    async def load() -> Published:
        row = await db.row(
            """SELECT c.behaviour, v.* FROM botplatform_agentconfig c
               JOIN botplatform_agentconfigversion v ON v.id = c.published_id WHERE c.name = %s""",
            (agent,),
        )
        if row is None:
            raise LookupError(f"agent {agent} has no published configuration")
        return Published(row["behaviour"], row["id"], _settings(agent, row))

    return await _cached(f"agent:{agent}", load)


def _settings(agent: str, row: db.Row) -> AgentSettings:
    env = config.load()
    return AgentSettings(
        agent=agent,
        prompt=row["prompt"],
        model=row["model"] or default_model(),
        fallback_models=tuple(row["fallback_models"] or (env.FALLBACK_MODELS if connected() else ())),
        tools=tuple(row["tools"]),
        temperature=row["temperature"],
        max_steps=row["max_steps"],
        max_output_tokens=row["max_output_tokens"],
        max_seconds=row["max_seconds"],
        version=row["number"],
    )


def connected() -> bool:
    """Whether there are credentials for DEFAULT_MODEL."""
    env = config.load()
    if split_model(env.DEFAULT_MODEL, "anthropic")[0] == "openrouter":
        return bool(env.OPENROUTER_API_KEY.get_secret_value())
    return bool(env.ANTHROPIC_API_KEY.get_secret_value() or env.ANTHROPIC_BASE_URL)


def default_model() -> str:
    """DEFAULT_MODEL, or the built-in offline model while no real one is connected."""
    return config.load().DEFAULT_MODEL if connected() else "offline:offline"


async def prices() -> dict[str, Price]:
    """Today's prices by `provider:model`."""

    async def load() -> dict[str, Price]:
        rows = await db.rows("SELECT * FROM botplatform_modelprice")
        return {
            row["model"]: Price(row["input_usd"], row["output_usd"], row["cache_read_usd"], row["cache_write_usd"])
            for row in rows
        }

    return await _cached("prices", load)


async def progress_texts() -> list[str]:
    """What a placeholder may say, the first text first."""

    async def load() -> list[str]:
        rows = await db.rows("SELECT text FROM botplatform_progresstext WHERE enabled ORDER BY position, id")
        return [row["text"] for row in rows] or ["Thinking …"]

    return await _cached("progress", load)


def provider(model: str) -> tuple[ModelProvider, str]:
    """The running loop's provider for `provider:model`, and the model's name there. Raises AgentError without credentials."""
    name, bare = split_model(model, "anthropic")
    slot = (asyncio.get_running_loop(), name)
    if slot not in _providers:
        _providers[slot] = _make(name)
    return _providers[slot], bare


def _make(name: str) -> ModelProvider:
    env = config.load()
    keys = {"anthropic": env.ANTHROPIC_API_KEY, "openrouter": env.OPENROUTER_API_KEY}
    key = keys[name].get_secret_value() if name in keys else ""
    url = env.ANTHROPIC_BASE_URL if name == "anthropic" else ""
    if name in keys and not key and not url:
        raise AgentError(f"{name.upper()}_API_KEY is not set", retryable=False, public="My model is not connected.")
    return make_provider(name, api_key=key, base_url=url)


async def close() -> None:
    """Close the running loop's providers."""
    loop = asyncio.get_running_loop()
    for slot in [slot for slot in _providers if slot[0] is loop]:
        await _providers.pop(slot).aclose()


def forget() -> None:
    """Read everything afresh at the next look."""
    _cache.clear()
