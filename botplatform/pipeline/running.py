"""execute(): one run of a claimed batch, from the placeholder to the stored answer."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

import structlog
from structlog.contextvars import bound_contextvars

from agents import registry as agent_registry
from agents.base import AgentError, Answer
from botplatform.pipeline import acknowledging, bots, configs, db, ending, history, routing
from botplatform.pipeline.batching import Work
from botplatform.pipeline.context import PipelineContext
from botplatform.pipeline.leases import Lease, LeaseLost, held, worker_name
from botplatform.pipeline.progress import Progress
from transports.base import Conversation
from transports.errors import TransportError

log = structlog.get_logger(__name__)

HAND_OVER_SECONDS = 0.5
"""What an edit on its way gets when somebody else goes on with the run."""
RECEIPT_SECONDS = 5.0
"""Spent at most on receipts that were missed."""
FACTS_SECONDS = 15.0
"""Longest time to ask the platform about the conversation; an answer without those facts is better than none."""

# The run is opened only for the epoch that was claimed; a predecessor that still counts as running is replaced.
_OPEN = """
    WITH mine AS (
        SELECT b.id FROM botplatform_batch b WHERE b.id = %(batch)s AND b.epoch = %(epoch)s AND b.state = 'processing'
    ), before AS (
        SELECT max(r.id) AS id FROM botplatform_run r, mine WHERE r.batch_id = mine.id
    ), broken_off AS (
        UPDATE botplatform_step SET state = 'failed', error = 'broken off', finished_at = now()
        FROM mine JOIN botplatform_run r ON r.batch_id = mine.id
        WHERE run_id = r.id AND botplatform_step.state = 'running' AND kind = 'model'
    ), run AS (
        INSERT INTO botplatform_run (batch_id, epoch, state, agent, config_version_id, replaces_id, worker, note, error)
        SELECT mine.id, %(epoch)s, 'running', %(agent)s, %(version)s, before.id, %(worker)s, '', '' FROM mine, before
        RETURNING id)
    SELECT run.id AS run_id, s.*, (
            SELECT provider_id FROM botplatform_reply WHERE batch_id = %(batch)s AND kind = 'placeholder' AND state = 'sent'
            ORDER BY id DESC LIMIT 1) AS placeholder,
        EXISTS (SELECT FROM botplatform_reply o WHERE o.session_id = s.id AND o.state IN ('pending', 'sending')
                AND o.kind <> 'placeholder') OR s.not_before > now() AS quiet,
        (SELECT message_id FROM botplatform_update WHERE batch_id = %(batch)s ORDER BY id DESC LIMIT 1) AS reply_to
    FROM run, mine JOIN botplatform_batch b ON b.id = mine.id JOIN botplatform_session s ON s.id = b.session_id"""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a run takes place."""

    work: Work
    run_id: int
    bot: bots.BotRow
    to: Conversation
    config: configs.Published
    shown: Progress
    reply_to: str

    @property
    def lease(self) -> Lease:
        return self.work.lease


async def execute(work: Work) -> None:
    """Run the batch to one of its ends. Returns when the end is committed; delivery comes after.

    A lost lease ends it without a trace; cancellation (the worker shuts down) hands the batch back.
    """
    lease = work.lease
    lease.task = asyncio.current_task()
    held().add(lease)
    try:
        with bound_contextvars(request_id=work.batch["request_id"], batch_id=lease.batch_id):
            await _execute(work)
    except LeaseLost:
        log.warning("run.lease_lost", batch_id=lease.batch_id, epoch=lease.epoch)
    except asyncio.CancelledError:
        if not lease.lost:  # not revoked: this process is shutting down
            lease.ending = True
            await ending.hand_back(lease)
            raise
    finally:
        held().discard(lease)


async def _execute(work: Work) -> None:
    started = time.monotonic()
    try:
        scene = await _open(work)
    except LookupError as error:
        await ending.fail(work, run_id=None, error=str(error), public="")
        return
    try:
        answer = await _answer(scene)
        await scene.shown.stop()
        await ending.finish(work, scene.run_id, answer, scene.bot, scene.shown.provider_id, scene.reply_to)
    except (LeaseLost, asyncio.CancelledError):
        await scene.shown.stop(HAND_OVER_SECONDS)
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the batch must not be left to its lease
        await scene.shown.stop()
        failure = error if isinstance(error, AgentError) else _crash(scene, error)
        await ending.settle_error(work, scene.run_id, failure, scene.bot, scene.shown.provider_id, scene.reply_to)
    else:
        log.info("run.succeeded", run_id=scene.run_id, duration_ms=int((time.monotonic() - started) * 1000))


def _crash(scene: Scene, error: Exception) -> AgentError:
    """An error nobody foresaw; a later attempt may succeed."""
    log.error("run.crashed", run_id=scene.run_id, exc_info=error)
    return AgentError(f"{type(error).__name__}: {error}", retryable=True)


async def _open(work: Work) -> Scene:
    """Choose the agent, open the run, show that it has begun. Raises LookupError when agent or bot are not there."""
    batch, lease = work.batch, work.lease
    route = await routing.route(lease)
    config = await configs.published(route.target)
    opened = await db.row(
        _OPEN,
        {
            "batch": lease.batch_id, "epoch": lease.epoch, "agent": config.settings.agent,
            "version": config.version_id, "worker": worker_name(),
        },
    )  # fmt: skip
    if opened is None:
        raise LeaseLost(f"batch {lease.batch_id} epoch {lease.epoch}")
    bot, to = await bots.by_id(opened["bot_id"]), bots.conversation(opened)
    shown = Progress(
        bot,
        to,
        lease,
        batch["session_id"],
        batch["request_id"],
        await configs.progress_texts(),
        opened["reply_to"] or "",
    )
    shown.start(opened["placeholder"] or "", quiet=opened["quiet"])
    return Scene(work, opened["run_id"], bot, to, config, shown, opened["reply_to"] or "")


async def _answer(scene: Scene) -> Answer:
    batch, lease = scene.work.batch, scene.lease
    if scene.bot.transport.features.receipt:
        with suppress(TimeoutError):
            async with asyncio.timeout(RECEIPT_SECONDS):
                await acknowledging.catch_up(lease.batch_id)
    turns = await history.turns(batch["session_id"], lease.batch_id, batch["size"], shared=scene.to.is_shared)
    context = PipelineContext(
        lease=lease,
        run_id=scene.run_id,
        settings=scene.config.settings,
        turns=turns,
        facts=await _facts(scene),
        earlier=await history.earlier_steps(lease.batch_id, lease.epoch),
        offered_tools=[name for name in scene.config.settings.tools if name in agent_registry.TOOLS],
        shown=scene.shown,
        resolve=configs.provider,
        prices=await configs.prices(),
    )
    agent = agent_registry.AGENTS[scene.config.behaviour]
    return await agent.run(context)


async def _facts(scene: Scene) -> str:
    if not scene.to.address:
        return ""
    try:
        async with asyncio.timeout(FACTS_SECONDS):
            return await scene.bot.transport.context(scene.to)
    except (TransportError, TimeoutError) as error:
        log.info("facts.failed", error=type(error).__name__)
        return ""
