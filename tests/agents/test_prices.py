from __future__ import annotations

from decimal import Decimal

import pytest

from agents.providers.base import Usage
from agents.providers.prices import SHIPPED, cost, shipped_price

SONNET, HAIKU = SHIPPED["claude-sonnet-5-5"], SHIPPED["claude-haiku-5-5"]


def test_each_kind_of_token_has_its_price() -> None:
    million = Usage(tokens_in=1_000_000, tokens_out=1_000_000, cache_read=1_000_000, cache_write=1_000_000)
    assert cost(SONNET, million) == Decimal("2") + Decimal("10") + Decimal("0.10") + Decimal("2.50")


def test_prompts_of_a_hundred_thousand_tokens_still_cost_the_short_rate() -> None:
    assert cost(HAIKU, Usage(tokens_in=100_000, tokens_out=1_000_000)) == Decimal("0.51")


def test_longer_prompts_cost_more_on_every_token() -> None:
    assert cost(HAIKU, Usage(tokens_in=90_000, cache_read=20_000, tokens_out=1_000_000)) == Decimal("2.546")


@pytest.mark.parametrize(
    "name",
    [
        "claude-haiku-4-5",
        "claude-haiku-4-5-20251001",
        "anthropic:claude-haiku-4-5",
        "openrouter:anthropic/claude-haiku-4.5",
    ],
)
def test_price_is_found_under_each_spelling(name: str) -> None:
    assert shipped_price(name) == SHIPPED["claude-haiku-4-5"]


@pytest.mark.parametrize("name", ["offline", "qwen2.5:7b", "claude-haiku-99", ""])
def test_unknown_models_have_no_price(name: str) -> None:
    assert shipped_price(name) is None
