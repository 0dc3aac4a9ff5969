"""execute(): one run of a claimed batch, from the placeholder to the stored answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from structlog.contextvars import bound_contextvars

from agents.base import AgentError, AgentResult, Parked, SwitchAgent
from botplatform import signals
from botplatform.pipeline import acknowledging, bots, casting, configs, db, ending, footing, parking, routing, yielding
from botplatform.pipeline.batching import Work
from botplatform.pipeline.casting import Scene
from botplatform.pipeline.leases import LeaseLost, held, worker_name
from botplatform.pipeline.plans import dispatching, reading, showing
from botplatform.pipeline.plans.dispatching import Planned
from botplatform.pipeline.progress import Progress
from botplatform.pipeline.reaching import services
from botplatform.pipeline.yielding import AgentPaused, TakenOver

log = structlog.get_logger(__name__)

HAND_OVER_SECONDS = 0.5
"""What an edit on its way gets when somebody else goes on with the run."""
RECEIPT_SECONDS = 5.0
"""Spent at most on receipts that were missed."""

# The run is opened only for the epoch that was claimed, and not beside a statement that ends the batch's runs. One that was
# parked goes on; any other is replaced.
_OPEN = """
    WITH mine AS (
        SELECT b.id FROM botplatform_batch b WHERE b.id = %(batch)s AND b.epoch = %(epoch)s AND b.state = 'processing'
        FOR NO KEY UPDATE
    ), before AS (
        SELECT max(r.id) AS id FROM botplatform_run r, mine WHERE r.batch_id = mine.id AND r.plan_step_id IS NULL
    ), broken_off AS (
        UPDATE botplatform_step SET state = 'failed', error = 'broken off', finished_at = now()
        FROM mine JOIN botplatform_run r ON r.batch_id = mine.id AND r.plan_step_id IS NULL
        WHERE run_id = r.id AND botplatform_step.state = 'running' AND kind = 'model'
    ), again AS (
        UPDATE botplatform_run r SET state = 'running', epoch = %(epoch)s, worker = %(worker)s, note = ''
        FROM mine WHERE r.batch_id = mine.id AND r.plan_step_id IS NULL AND r.state = 'waiting' RETURNING r.id, r.agent, r.config_version_id
    ), fresh AS (
        INSERT INTO botplatform_run (batch_id, epoch, state, agent, replaces_id, worker, note, error)
        SELECT mine.id, %(epoch)s, 'running', 'router-agent', before.id, %(worker)s, '', '' FROM mine, before
        WHERE NOT EXISTS (SELECT FROM again) RETURNING id
    ), run AS (
        SELECT id, agent, config_version_id FROM again UNION ALL SELECT id, '', NULL FROM fresh)
    SELECT run.id AS run_id, run.agent AS kept_agent, run.config_version_id AS kept_version, s.*, (
            SELECT provider_id FROM botplatform_reply WHERE batch_id = %(batch)s AND kind = 'placeholder' AND state = 'sent'
            ORDER BY id DESC LIMIT 1) AS placeholder,
        EXISTS (SELECT FROM botplatform_reply o WHERE o.session_id = s.id AND o.state IN ('pending', 'sending')
                AND o.kind <> 'placeholder') OR s.not_before > now() AS quiet,
        (SELECT message_id FROM botplatform_update WHERE batch_id = %(batch)s ORDER BY id DESC LIMIT 1) AS reply_to
    FROM run, mine JOIN botplatform_batch b ON b.id = mine.id JOIN botplatform_session s ON s.id = b.session_id"""


@dataclass(frozen=True, slots=True)
class After:
    """What is due when a run has come to an end, beside its own session's replies."""

    sessions: Sequence[int] = ()
    """Others with something to send."""
    steps: Sequence[int] = ()
    """Of the plan that it has dispatched: those that may begin."""
    plan_id: int | None = None


NOTHING = After()


async def execute(work: Work) -> After:
    """Run the batch to one of its ends. Returns when the end is committed; delivery comes after.

    A lost lease ends it without a trace; cancellation (the worker shuts down) hands the batch back.
    """
    lease = work.lease
    lease.task = asyncio.current_task()
    held().add(lease)
    try:
        with bound_contextvars(request_id=work.batch["request_id"], batch_id=lease.batch_id):
            return await _execute(work)
    except LeaseLost:
        log.warning("run.lease_lost", batch_id=lease.batch_id, epoch=lease.epoch)
    except asyncio.CancelledError:
        if not lease.lost:  # not revoked: this process is shutting down
            lease.ending = True
            await ending.hand_back(lease)
            raise
    finally:
        held().discard(lease)
    return NOTHING


async def _execute(work: Work) -> After:
    started = time.monotonic()
    try:
        scene = await _open(work)
    except LookupError as error:
        await ending.fail(work, run_id=None, error=str(error), public="")
        return NOTHING
    try:
        return await _to_an_end(scene, started)
    except TakenOver:
        await scene.shown.stop(HAND_OVER_SECONDS)
        await yielding.park(scene.lease, scene.run_id)
    except AgentPaused as paused:
        await scene.shown.stop()
        await yielding.wait_for_agent(scene.lease, scene.run_id, paused.agent, scene.shown.provider_id)
    return NOTHING


async def _to_an_end(scene: Scene, started: float) -> After:
    try:
        answer = await _answer(scene)
        await scene.shown.stop()
        told = await _finish(scene, answer)
    except AgentPaused:
        raise
    except (LeaseLost, asyncio.CancelledError):
        await scene.shown.stop(HAND_OVER_SECONDS)
        raise
    except Planned as planned:
        await scene.shown.stop()
        return After(steps=planned.steps, plan_id=planned.plan_id)
    except Parked:
        await scene.shown.stop()
        standing = ending.Standing(scene.shown.provider_id, scene.reply_to)
        await parking.park(scene.lease, scene.run_id, scene.note, scene.bot, standing, scene.waits)
    except Exception as error:  # noqa: BLE001 - whatever it is, the batch must not be left to its lease
        await scene.shown.stop()
        await _settle(scene, error)
    else:
        log.info("run.succeeded", run_id=scene.run_id, duration_ms=int((time.monotonic() - started) * 1000))
        return After(told)
    return NOTHING


async def _open(work: Work) -> Scene:
    """Open the run and show that it has begun. Raises LookupError when the bot is not there."""
    batch, lease = work.batch, work.lease
    opened = await db.row(_OPEN, {"batch": lease.batch_id, "epoch": lease.epoch, "worker": worker_name()})
    if opened is None:
        raise LeaseLost(f"batch {lease.batch_id} epoch {lease.epoch}")
    bot, to = await bots.by_id(opened["bot_id"]), bots.conversation(opened)
    reply_to = opened["reply_to"] or ""
    if lease.epoch > 1:
        await showing.wait_for_edit(lease.batch_id)
    texts = await configs.progress_texts()
    shown = Progress(bot, to, lease, batch["session_id"], batch["request_id"], texts, reply_to)
    shown.start(opened["placeholder"] or "", quiet=opened["quiet"])
    # A run that was parked before an agent was chosen has none to keep.
    kept = (opened["kept_agent"], opened["kept_version"]) if opened["kept_version"] is not None else ("", None)
    return Scene(work, opened["run_id"], bot, to, shown, reply_to, opened["debug_for"], kept=kept)


async def _answer(scene: Scene) -> AgentResult:
    """Choose the agent and let it answer."""
    batch, lease = scene.work.batch, scene.lease
    if lease.epoch > 1:
        scene.plan, under_way = await reading.report(lease.batch_id)
        if under_way:  # woken before its time: the plan goes on
            raise await dispatching.adopt(lease, scene.run_id)
    await casting.read(scene)
    asked = routing.Asked(scene.bot, scene.place, scene.turns, ",".join(scene.requesters), scene.open_approvals)
    decision = await routing.route(lease, batch, asked)
    if scene.bot.transport.features.receipt:
        with suppress(TimeoutError):
            async with asyncio.timeout(RECEIPT_SECONDS):
                await acknowledging.catch_up(lease.batch_id)
    await casting.look_around(scene)
    why = "sent to this agent by an operator" if batch["sent_to"] else ""
    why = f"{batch['sent_to'] or decision.target} failed for good" if batch["agent"] else why
    # Who was playing when the run was parked goes on: what made another agent hand it over may be history by now.
    await casting.cast(scene, scene.kept[0] or batch["agent"] or batch["sent_to"] or decision.target, why=why)
    return await casting.play(scene)


async def _finish(scene: Scene, answer: AgentResult) -> Sequence[int]:
    """Store the answer. Returns the chats in which admins are told how it came about."""
    footer = await footing.footer(scene, answer) if scene.debug_for else None
    standing = ending.Standing(scene.shown.provider_id, scene.reply_to)
    note = "; ".join(one for one in (scene.note, answer.note) if one)
    try:
        await ending.finish(scene.work, scene.run_id, answer, scene.bot, standing, note=note, footer=footer)
    except TakenOver:
        await ending.keep_step(scene.lease, answer)
        raise
    await services.end(scene.lease)
    agent = scene.config.settings.agent if scene.config else ""
    told = {"run_id": scene.run_id, "batch_id": scene.lease.batch_id, "agent": agent}
    await signals.tell(signals.after_run, **told, text=answer.text)
    return footer.sessions if footer else ()


async def _settle(scene: Scene, error: Exception) -> None:
    """Try again, let the next agent answer, or give up: whatever is left to do."""
    failure = error if isinstance(error, AgentError) else _crash(scene, error)
    settings = scene.config.settings if scene.config else None
    fallback = settings.fallback_agent if settings and not scene.work.batch["agent"] else ""
    fallback = fallback if fallback and await configs.exists(fallback) else ""
    standing = ending.Standing(scene.shown.provider_id, scene.reply_to)
    final = await ending.settle_error(scene.work, scene.run_id, failure, scene.bot, standing, fallback=fallback)
    if final:
        await services.end(scene.lease)
    told = {"run_id": scene.run_id, "batch_id": scene.lease.batch_id, "agent": settings.agent if settings else ""}
    await signals.tell(signals.run_failed, **told, error=str(failure), final=final)


def _crash(scene: Scene, error: Exception) -> AgentError:
    """An error nobody foresaw; a later attempt may succeed."""
    if isinstance(error, SwitchAgent):
        return AgentError(f"a run may switch agent once; refused {error}", retryable=False)
    if isinstance(error, LookupError):
        return AgentError(str(error), retryable=False)
    log.error("run.crashed", run_id=scene.run_id, exc_info=error)
    return AgentError(f"{type(error).__name__}: {error}", retryable=True)
