"""cast(): the agent that plays, with its configuration and everything it is shown of the scene."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

import structlog
from django.conf import settings
from psycopg.types.json import Jsonb

from agents import registry as agent_registry
from agents.base import AgentResult, PlanReport, SwitchAgent, Turn
from agents.routing.target import SIMPLE
from botplatform.pipeline import asking, bots, configs, db, history, offering, parking, rights
from botplatform.pipeline.batching import Work
from botplatform.pipeline.composing import Place
from botplatform.pipeline.context import PipelineContext, Shown
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.permits import Circumstances
from botplatform.pipeline.yielding import AgentPaused
from transports.base import Author, Conversation, Facts
from transports.errors import TransportError

log = structlog.get_logger(__name__)

FACTS_SECONDS = 15.0
"""Longest time to ask the platform about the conversation; an answer without those facts is better than none."""
LOOKED_UP = 10
"""People of a prompt whose rights are looked up; where more have written, the rest count as strangers."""

_ASSIGN = """
    UPDATE botplatform_run r SET agent = %(agent)s, config_version_id = %(version)s, note = %(note)s,
        switched_from = coalesce(nullif(%(switched_from)s, ''), switched_from), untrusted = %(untrusted)s,
        private = %(private)s
    FROM botplatform_batch b
    WHERE r.id = %(run)s AND b.id = r.batch_id AND b.epoch = %(epoch)s AND b.state = 'processing'
      AND NOT EXISTS (SELECT FROM botplatform_agentconfig WHERE name = %(agent)s AND paused) RETURNING r.id"""
_PAUSED = "SELECT 1 AS paused FROM botplatform_agentconfig WHERE name = %s AND paused"
# Of this batch, and of those whose answers are in the history: what strangers wrote may go on speaking from there.
_READ_BEFORE = """
    SELECT r.untrusted, r.private FROM botplatform_run r WHERE (r.untrusted <> '[]' OR r.private <> '[]') AND r.batch_id IN (
        SELECT b.id FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id
        WHERE b.session_id = %(session)s AND b.id <= %(batch)s AND (b.id = %(batch)s OR b.opened_at >= s.history_from)
        ORDER BY b.id DESC LIMIT %(limit)s) ORDER BY r.id DESC"""
_OPEN = "SELECT * FROM botplatform_approval WHERE session_id = %s AND state = 'pending' AND expires_at > now() ORDER BY number"


@dataclass(slots=True)
class Scene:
    """Where a run takes place, and what it has found out."""

    work: Work
    run_id: int
    bot: bots.BotRow
    to: Conversation
    shown: Shown
    reply_to: str
    debug_for: list[str]
    turns: list[Turn] = field(default_factory=list)
    authors: list[db.Row] = field(default_factory=list)
    open_approvals: list[str] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    untrusted: list[str] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    plan: PlanReport | None = None
    waits: list[parking.Wait] = field(default_factory=list)
    config: configs.Published | None = None
    """Of the agent that plays, once it is chosen."""
    note: str = ""
    kept: tuple[str, int | None] = ("", None)
    """Agent and version of a run that was parked: it goes on with the version that it was begun with."""

    @property
    def lease(self) -> Lease:
        return self.work.lease

    @property
    def place(self) -> Place:
        return Place(self.bot.id, self.bot.transport.account.username, self.bot.transport_name, self.to.title)

    @property
    def surroundings(self) -> offering.Surroundings:
        """What decides which tools are offered."""
        return offering.Surroundings(self.lease, self.bot, self.to, lambda: _all_trusted(self))

    @property
    def requesters(self) -> list[str]:
        return [author["id"] for author in self.authors if author["asks"] and author["id"]]


async def read(scene: Scene) -> None:
    """The conversation so far, and who takes part in it."""
    batch, lease = scene.work.batch, scene.lease
    scene.turns = await history.turns(batch["session_id"], lease.batch_id, batch["size"], shared=scene.to.is_shared)
    scene.authors = await history.authors(batch["session_id"], lease.batch_id)
    scene.open_approvals = [asking.open_line(row) for row in await db.rows(_OPEN, (batch["session_id"],))]


async def look_around(scene: Scene) -> None:
    """What the platform knows of the conversation, and what of the prompt was written by strangers."""
    scene.facts = await _facts(scene)
    of = {"session": scene.work.batch["session_id"], "batch": scene.lease.batch_id, "limit": settings.HISTORY_LIMIT}
    before = await db.rows(_READ_BEFORE, of)
    found = [*scene.facts.untrusted, *await _strangers(scene), *(one for row in before for one in row["untrusted"])]
    scene.untrusted = list(dict.fromkeys(found))
    scene.private = list(dict.fromkeys(one for row in before for one in row["private"]))


async def _facts(scene: Scene) -> Facts:
    if not scene.to.address:
        return Facts()
    try:
        async with asyncio.timeout(FACTS_SECONDS):
            return await scene.bot.transport.context(scene.to)
    except (TransportError, TimeoutError) as error:
        log.info("facts.failed", error=type(error).__name__)
        return Facts()


async def _strangers(scene: Scene) -> list[str]:
    """Whose messages count as strangers': in a shared conversation, everybody's who may not decide approvals there."""
    if not scene.to.is_shared:
        return []
    strangers = []
    for place, row in enumerate(scene.authors):
        author = Author(row["id"], row["name"])
        if place >= LOOKED_UP or not (await rights.of(scene.bot, scene.to, author)).may_approve:
            strangers.append(f"messages of {row['name'] or row['id']}")
    return strangers


async def _all_trusted(scene: Scene) -> bool:
    """Whether everybody whom the run answers may decide approvals here: it has the rights of the least of them."""
    asking_now = [author for author in scene.authors if author["asks"]]
    if not asking_now or len(asking_now) > LOOKED_UP:
        return False
    people = [await rights.of(scene.bot, scene.to, Author(author["id"], author["name"])) for author in asking_now]
    return all(person.may_approve for person in people)


async def cast(scene: Scene, agent: str, *, switched_from: str = "", why: str = "") -> None:
    """Give the part to an agent and record it; one that is not there yet is stood in for by the simple agent.

    Raises LookupError when not even that one is configured, LeaseLost when somebody else owns the run, AgentPaused.
    """
    if scene.kept[0] != agent and not await configs.exists(agent):
        other = agent_registry.STAND_INS.get(agent, SIMPLE)
        why, agent = f"{agent} is not available here; {other} answers instead", other
    kept, version_id = scene.kept
    if version_id is not None and kept == agent:
        scene.config = await configs.of_version(version_id, scene.place)
    else:
        scene.config = await configs.published(agent, scene.place, session_id=scene.work.batch["session_id"])
    scene.note = why
    values = {
        "run": scene.run_id, "epoch": scene.lease.epoch, "agent": agent, "version": scene.config.version_id,
        "note": why, "switched_from": switched_from, "untrusted": Jsonb(scene.untrusted),
        "private": Jsonb(scene.private),
    }  # fmt: skip
    if not await db.row(_ASSIGN, values):
        if await db.row(_PAUSED, (agent,)):
            raise AgentPaused(agent)
        raise scene.lease.forfeit()


async def play(scene: Scene) -> AgentResult:
    """Let the agent answer; it may hand the run over to another one, once."""
    try:
        return await _run(scene)
    except SwitchAgent as wish:
        before = scene.config.settings.agent if scene.config else ""
        log.info("run.switched", run_id=scene.run_id, agent=wish.agent, switched_from=before, reason=wish.reason)
        await cast(scene, wish.agent, switched_from=before, why=f"handed over by {before}: {wish.reason}")
    return await _run(scene)


async def _run(scene: Scene) -> AgentResult:
    assert scene.config is not None, "cast() comes before play()"  # noqa: S101 - for the type checker
    context = await in_context(scene, scene.config)
    return await agent_registry.AGENTS[scene.config.behaviour].run(context.query, context)


async def in_context(scene: Scene, config: configs.Published) -> PipelineContext:
    """Everything that a run of this configuration is given."""
    lease, batch = scene.lease, scene.work.batch
    tokens, usd = await history.spent(lease.batch_id) if lease.epoch > 1 or lease.step_id else (0, Decimal(0))
    offer = await offering.offer(config.settings.tools, scene.surroundings)
    behaviour = agent_registry.AGENTS.get(config.behaviour)
    workers = await offering.workers(scene.surroundings) if behaviour and behaviour.plans else {}
    scene.waits.clear()
    return PipelineContext(
        lease=lease, run_id=scene.run_id, settings=config.settings, turns=scene.turns, facts=scene.facts.text,
        earlier=await history.earlier_steps(lease.batch_id, config.settings.agent, lease.step_id),
        offered_tools=offer.names, more_tools=offer.more, services=offer.services, workers=workers,
        pages=await configs.pages(scene.bot.id, scene.place), open_approvals=scene.open_approvals,
        notes=await history.notes(batch["session_id"]), spent_tokens=tokens, spent_usd=usd,
        circumstances=Circumstances(scene.requesters, not scene.to.is_shared, scene.bot.approve_from),
        untrusted=scene.untrusted, private=scene.private, session_id=batch["session_id"], request_id=batch["request_id"],
        bot=scene.bot, to=scene.to, shown=scene.shown, waits=scene.waits, plan=scene.plan, resolve=configs.provider,
        prices=await configs.prices(),
    )  # fmt: skip
