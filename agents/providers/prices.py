"""What the models cost, as shipped: a starting point for the editable price list.

US dollars per million tokens, cache writes at the five-minute rate. Sources, read in November 2026:
https://platform.claude.com/docs/en/about-claude/pricing and the models' own pages, such as
https://platform.claude.com/docs/en/models/haiku-5-5/overview
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from agents.providers.base import Usage

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    tokens_in: Decimal
    tokens_out: Decimal
    cache_read: Decimal
    cache_write: Decimal
    long_prompt_tokens: int | None = None
    """Prompts longer than this cost `long_prompt_factor` times as much, on every token."""
    long_prompt_factor: Decimal = Decimal(1)


def _price(tokens_in: str, tokens_out: str, cache_read: str, cache_write: str) -> Price:
    return Price(Decimal(tokens_in), Decimal(tokens_out), Decimal(cache_read), Decimal(cache_write))


SHIPPED: dict[str, Price] = {
    "claude-fable-5-1": _price("10", "50", "0.25", "12.50"),
    "claude-fable-5": _price("10", "50", "1", "12.50"),
    "claude-opus-5-5": _price("4", "20", "0.20", "5"),
    "claude-opus-5": _price("5", "25", "0.50", "6.25"),
    "claude-opus-4-8": _price("5", "25", "0.50", "6.25"),
    "claude-opus-4-7": _price("5", "25", "0.50", "6.25"),
    "claude-opus-4-6": _price("5", "25", "0.50", "6.25"),
    "claude-opus-4-5": _price("5", "25", "0.50", "6.25"),
    "claude-sonnet-5-5": _price("2", "10", "0.10", "2.50"),
    "claude-sonnet-5": _price("2", "10", "0.20", "2.50"),
    "claude-sonnet-4-6": _price("3", "15", "0.30", "3.75"),
    "claude-sonnet-4-5": _price("3", "15", "0.30", "3.75"),
    "claude-haiku-5-5": Price(Decimal("0.10"), Decimal("0.50"), Decimal("0.01"), Decimal("0.125"), 100_000, Decimal(5)),
    "claude-haiku-4-5": _price("1", "5", "0.10", "1.25"),
}


def shipped_price(model: str) -> Price | None:
    """Find a model's price by its name, with or without a provider's prefix, dots for dashes, or a date at its end."""
    bare = re.sub(r"-20\d{6}$", "", model.rsplit("/", 1)[-1].split(":")[-1]).replace(".", "-")
    return SHIPPED.get(bare)


def cost(price: Price, usage: Usage) -> Decimal:
    """US dollars for one call."""
    prompt = usage.tokens_in + usage.cache_read + usage.cache_write
    dollars = (
        price.tokens_in * usage.tokens_in
        + price.tokens_out * usage.tokens_out
        + price.cache_read * usage.cache_read
        + price.cache_write * usage.cache_write
    ) / MILLION
    is_long = price.long_prompt_tokens is not None and prompt > price.long_prompt_tokens
    return dollars * price.long_prompt_factor if is_long else dollars
