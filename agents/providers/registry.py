"""The providers by name. Adding one that speaks the Messages API is one line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.providers.base import ModelProvider
from agents.providers.offline import OfflineProvider

if TYPE_CHECKING:
    from agents.providers.messages import Auth


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider answers, and where it looks for the key."""

    base_url: str
    auth: Auth


ENDPOINTS = {
    # https://platform.claude.com/docs/en/api/overview
    "anthropic": Endpoint("https://api.anthropic.com", "x-api-key"),
    # https://openrouter.ai/docs/guides/guides/claude-code-integration
    "openrouter": Endpoint("https://openrouter.ai/api", "bearer"),
}
DEFAULT_PROVIDER = "anthropic"
"""Whose models need no prefix."""
OFFLINE = "offline"
PROVIDERS = (*ENDPOINTS, OFFLINE)


def split_model(name: str, default_provider: str) -> tuple[str, str]:
    """`provider:model` → (provider, model). A prefix that is no provider belongs to the model's name (`qwen2.5:7b`)."""
    prefix, colon, model = name.strip().partition(":")
    if colon and prefix in PROVIDERS:
        return prefix, model
    return (OFFLINE, OFFLINE) if name.strip() == OFFLINE else (default_provider, name.strip())


def make_provider(name: str, *, api_key: str = "", base_url: str = "") -> ModelProvider:
    """Build a provider for one event loop. An own `base_url` gets the key in both places. Raises KeyError."""
    if name == OFFLINE:
        return OfflineProvider()
    from agents.providers.messages import MessagesProvider  # noqa: PLC0415 - its SDK takes a second or two to import, and only workers call models

    endpoint = ENDPOINTS[name]
    own = base_url.rstrip("/") if base_url.rstrip("/") != endpoint.base_url else ""
    return MessagesProvider(name, own or endpoint.base_url, api_key, "both" if own else endpoint.auth)
