"""offer(): which of an agent's tools a run is given, what they reach the world through, and why others are kept from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from agents.base import Need, Services, Tool
from agents.registry import TOOLS, WORKERS
from agents.workers.working import ONLY_THINKS
from botplatform.pipeline import configs
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.reaching import services
from transports.base import Conversation

MCP = "mcp__"
"""Begins the names of servers' tools."""
LACKS = {
    Need.WORKSPACE: "there is no sandbox here",
    Need.BROKER: "no repository can be fetched into a sandbox here",
    Need.GITHUB: "there is no access to GitHub here",
    Need.FETCH: "pages cannot be fetched here",
    Need.SEARCH: "no search provider is set",
}
FOR_TRUSTED = "it is kept from runs that answer people who may not decide approvals here"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a run takes place, as far as tools depend on it."""

    lease: Lease
    bot: BotRow
    to: Conversation
    all_trusted: Callable[[], Awaitable[bool]]
    """Whether everybody whom the run answers may decide approvals here; may ask the platform."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a run is given."""

    names: Sequence[str]
    more: Mapping[str, Tool] = field(default_factory=dict)
    services: Services = field(default_factory=Services)
    refused: Mapping[str, str] = field(default_factory=dict)
    """By tool: why not."""


async def offer(wanted: Sequence[str], around: Surroundings) -> Offer:
    """Choose among the tools of a configuration."""
    more, refused = await services.of_servers([name for name in wanted if name.startswith(MCP)])
    known = {name: tool for name in wanted if (tool := TOOLS.get(name))} | more
    if any(tool.trusted_only for tool in known.values()) and not await around.all_trusted():
        refused |= {name: FOR_TRUSTED for name, tool in known.items() if tool.trusted_only}
    needs = {need for name, tool in known.items() if name not in refused for need in tool.needs}
    reached = await services.reach(needs, around.lease, around.bot, around.to, around.all_trusted)
    refused |= {
        name: why for name, tool in known.items() if name not in refused and (why := _why_not(tool, around, reached))
    }
    return Offer([name for name in known if name not in refused], more, reached, refused)


def _why_not(tool: Tool, around: Surroundings, reached: Services) -> str:
    if tool.platforms and around.bot.transport_name not in tool.platforms:
        return f"it makes no sense on {around.bot.transport_name}"
    return next((LACKS[need] for need in Need if need in tool.needs and not reached.has(need)), "")


async def workers(around: Surroundings) -> Mapping[str, str]:
    """The workers that plans may name, each with what it can do, and what it lacks here."""
    found = {}
    for name, worker in WORKERS.items():
        if await configs.works(worker.name):
            lacks = await _lacks(worker.default_tools, around)
            found[name] = f"{worker.description}{f' Here {lacks}: {ONLY_THINKS}.' if lacks else ''}"
    return found


async def _lacks(tools: Collection[str], around: Surroundings) -> str:
    """What keeps a worker from its own kind of work; empty when at least one tool with a need of its own is there."""
    own = [TOOLS[name] for name in tools if name in TOOLS and TOOLS[name].needs]
    needs = {need for tool in own for need in tool.needs}
    possible = await services.possible(needs, around.bot, around.to, around.all_trusted)
    trusted = not any(tool.trusted_only for tool in own) or await around.all_trusted()
    if not own or any(tool.needs <= possible and (trusted or not tool.trusted_only) for tool in own):
        return ""
    return FOR_TRUSTED.replace("it is", "its tools are") if not trusted else LACKS[min(needs - possible)]
