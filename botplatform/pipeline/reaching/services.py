"""What tools reach the world through, put together for one run out of this installation's configuration."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agents.base import Need, Services, Tool
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.leases import Lease
from transports.base import Conversation


async def reach(needs: Collection[Need], lease: Lease, bot: BotRow, to: Conversation) -> Services:
    """What there is of what a run's tools need; nothing is begun that none of them needs."""
    return Services()


async def possible(needs: Collection[Need], bot: BotRow, to: Conversation) -> frozenset[Need]:
    """Which of these needs could be met here, without meeting them."""
    return frozenset()


async def of_servers(names: Sequence[str]) -> tuple[dict[str, Tool], dict[str, str]]:
    """Tools of MCP servers by name, and why others of these names are not there."""
    return {}, {}


async def end(lease: Lease) -> None:
    """What was put up for a run's tools alone is taken down: it has come to its end for good."""
