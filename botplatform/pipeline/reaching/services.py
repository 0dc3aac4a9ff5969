"""What tools reach the world through, put together for one run out of this installation's configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

import structlog

from agents.base import Need, Services, Tool
from agents.sandbox.values import SandboxError
from agents.web.fetching import Fetcher
from agents.web.searching import Search, make_search
from botplatform import config
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.reaching import github, repositories, sandboxing, servers
from transports.base import Conversation

log = structlog.get_logger(__name__)

Trusted = Callable[[], Awaitable[bool]]
_fetchers: dict[asyncio.AbstractEventLoop, Fetcher] = {}


def _fetcher() -> Fetcher:
    return _fetchers.setdefault(asyncio.get_running_loop(), Fetcher())


def _search() -> Search | None:
    env = config.load()
    try:
        return make_search(env.SEARCH_PROVIDER, env.SEARCH_URL, env.SEARCH_API_KEY.get_secret_value())
    except ValueError as error:
        log.warning("search.unusable", reason=str(error))
        return None


async def reach(needs: Collection[Need], lease: Lease, bot: BotRow, to: Conversation, trusted: Trusted) -> Services:
    """What there is of what a run's tools need; nothing is begun that none of them needs."""
    reached = None
    if {Need.GITHUB, Need.BROKER} & set(needs):
        reached = await github.reach(bot, to, trusted=await trusted())
    workspace = None
    if {Need.WORKSPACE, Need.BROKER} & set(needs):
        broker = await repositories.broker(reached) if reached else None
        author = await repositories.author(reached) if reached and broker else None
        try:
            workspace = await sandboxing.open_workspace(lease, broker, author)
        except (SandboxError, OSError) as error:
            log.warning("workspace.failed", batch_id=lease.batch_id, step_id=lease.step_id, reason=str(error))
    return Services(
        workspace=workspace,
        github=reached if Need.GITHUB in needs else None,
        fetcher=_fetcher() if Need.FETCH in needs else None,
        search=_search() if Need.SEARCH in needs else None,
    )


async def possible(needs: Collection[Need], bot: BotRow, to: Conversation, trusted: Trusted) -> frozenset[Need]:
    """Which of these needs could be met here, without meeting them."""
    found = {Need.FETCH}
    if Need.SEARCH in needs and _search():
        found.add(Need.SEARCH)
    if sandboxing.may_stand():
        found.add(Need.WORKSPACE)
    if {Need.GITHUB, Need.BROKER} & set(needs) and (reached := await github.reach(bot, to, trusted=await trusted())):
        found |= {Need.GITHUB} | ({Need.BROKER} if reached.repository else set())
    return frozenset(found & set(needs))


async def of_servers(names: Sequence[str]) -> tuple[dict[str, Tool], dict[str, str]]:
    """Tools of MCP servers by name, and why others of these names are not there."""
    return await servers.tools(names) if names else ({}, {})


async def end(lease: Lease) -> None:
    """What was put up for a run's tools alone is taken down: it has come to its end for good."""
    await sandboxing.close_workspace(lease)


async def close() -> None:
    """Close what the running loop holds open."""
    _fetchers.pop(asyncio.get_running_loop(), None)
    await servers.close()
