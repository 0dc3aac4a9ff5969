"""What operators configured, as runs need it: published agent versions, prices, progress texts. Cached for a moment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from agents.base import AgentError, AgentSettings, Page
from agents.providers.base import ModelProvider
from agents.providers.prices import Price
from agents.providers.registry import make_provider, split_model
from agents.registry import AGENTS, WORKERS
from agents.routing.target import ROUTER
from botplatform import config
from botplatform.pipeline import caching, catalogue, db
from botplatform.pipeline.caching import cached
from botplatform.pipeline.catalogue import Catalogue
from botplatform.pipeline.composing import Place, compose

_providers: dict[tuple[asyncio.AbstractEventLoop, str], ModelProvider] = {}


@dataclass(frozen=True, slots=True)
class Published:
    """An agent's published version."""

    behaviour: str
    version_id: int
    settings: AgentSettings


async def _catalogue() -> Catalogue:
    return await cached("agents", catalogue.load)


async def published(agent: str, place: Place | None = None, *, session_id: int | None = None) -> Published:
    """The version that new runs of `agent` use, its prompt composed for the place.

    With a conversation given, a canary's version where that one is among its share.
    Raises LookupError when the agent has none, is disabled, or its behaviour is not there.
    """
    known = await _catalogue()
    return _as_published(known, known.row(agent, session_id), place or Place())


async def of_version(version_id: int, place: Place) -> Published:
    """The version that a run was begun with, published still or not. Raises LookupError when its behaviour is not there."""
    row = await db.row(catalogue.VERSION, (version_id,))
    if row is None:
        raise LookupError(f"version {version_id} is gone")
    return await of_row(row, place)


async def of_row(row: db.Row, place: Place) -> Published:
    """What runs would be given if this were published: a row as `catalogue.VERSION` gives it. Raises LookupError."""
    return _as_published(await _catalogue(), row, place)


def _as_published(known: Catalogue, row: db.Row, place: Place) -> Published:
    agent = row["agent"]
    if row["behaviour"] not in AGENTS and not _is_worker(row["behaviour"]):
        raise LookupError(f"agent {agent} has the behaviour {row['behaviour']}, which is not there")
    override = known.override(place, agent)
    prompt = compose(agent, place, row["prompt"], known.personalities.get(place.platform, ""), override["instructions"])
    return _published(row, override, prompt, default_model())


async def router(place: Place | None = None, row: db.Row | None = None) -> Published:
    """What the router's model is asked with, as published or as `row` says. It speaks to nobody, so no personality.

    Raises LookupError.
    """
    known, place = await _catalogue(), place or Place()
    row, override = row or known.row(ROUTER), known.override(place, ROUTER)
    prompt = compose(ROUTER, place, row["prompt"], override["instructions"])
    return _published(row, override, prompt, default_router_model())


async def exists(agent: str) -> bool:
    """Whether a batch can be given to it."""
    return (await _catalogue()).answers(agent)


async def works(worker: str) -> bool:
    """Whether steps of plans can be given to it."""
    known = await _catalogue()
    return worker in known.agents and _is_worker(known.agents[worker]["behaviour"])


def _is_worker(behaviour: str) -> bool:
    return any(worker.name == behaviour for worker in WORKERS.values())


async def by_category(category: str) -> str:
    """The agent that takes over what the router's model puts into this category; empty when none does."""
    known = await _catalogue()
    claims = (name for name, row in known.agents.items() if category and row["category"] == category)
    return next(filter(known.answers, claims), "")


async def pages(bot_id: int, place: Place | None = None) -> list[Page]:
    """What operators wrote about this bot and its owner, in their order."""
    return catalogue.pages_of(await cached("pages", catalogue.load_pages), bot_id, place or Place())


def _published(row: db.Row, override: db.Row, prompt: str, model: str) -> Published:
    env = config.load()
    settings = AgentSettings(
        agent=row["agent"],
        prompt=prompt,
        model=override["model"] or row["model"] or model,
        fallback_models=tuple(row["fallback_models"] or (env.FALLBACK_MODELS if connected() else ())),
        tools=tuple(row["tools"] if override["tools"] is None else override["tools"]),
        temperature=row["temperature"],
        max_steps=row["max_steps"],
        max_output_tokens=row["max_output_tokens"],
        max_seconds=row["max_seconds"],
        max_tokens=row["max_tokens"],
        max_cost_usd=row["max_cost_usd"],
        parallel_steps=row["parallel_steps"],
        step_attempts=row["step_attempts"],
        fallback_agent=row["fallback_agent"],
        version=row["number"],
    )
    return Published(row["behaviour"], row["id"], settings)


def connected(model: str = "") -> bool:
    """Whether there are credentials for this model; without one, for DEFAULT_MODEL."""
    env = config.load()
    provider_name, _ = split_model(model or env.DEFAULT_MODEL, "anthropic")
    if provider_name == "openrouter":
        return bool(env.OPENROUTER_API_KEY.get_secret_value())
    return bool(env.ANTHROPIC_API_KEY.get_secret_value() or env.ANTHROPIC_BASE_URL)


def default_model() -> str:
    """DEFAULT_MODEL, or the built-in offline model while no real one is connected."""
    return config.load().DEFAULT_MODEL if connected() else "offline:offline"


def default_router_model() -> str:
    """ROUTER_MODEL, or whatever answers while there are no credentials for it."""
    model = config.load().ROUTER_MODEL
    return model if connected(model) else default_model()


async def prices() -> dict[str, Price]:
    """Today's prices by `provider:model`."""

    async def load() -> dict[str, Price]:
        rows = await db.rows("SELECT * FROM botplatform_modelprice")
        return {
            row["model"]: Price(row["input_usd"], row["output_usd"], row["cache_read_usd"], row["cache_write_usd"])
            for row in rows
        }

    return await cached("prices", load)


async def progress_texts() -> list[str]:
    """What a placeholder may say, the first text first."""

    async def load() -> list[str]:
        rows = await db.rows("SELECT text FROM botplatform_progresstext WHERE enabled ORDER BY position, id")
        return [row["text"] for row in rows] or ["Thinking …"]

    return await cached("progress", load)


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
    caching.forget()
