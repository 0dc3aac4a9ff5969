"""execute(): one attempt at a step of a plan, from its run to the plan's next steps."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from psycopg.types.json import Jsonb
from structlog.contextvars import bound_contextvars

from agents.base import AgentError, Parked, WorkerResult
from agents.registry import WORKERS
from botplatform.pipeline import bots, casting, configs, db, parking
from botplatform.pipeline.batching import Work
from botplatform.pipeline.casting import Scene
from botplatform.pipeline.ending import Standing
from botplatform.pipeline.leases import LeaseLost, held, worker_name
from botplatform.pipeline.plans import affording, claiming, ending, reading, showing
from botplatform.pipeline.plans.advancing import Next
from botplatform.pipeline.plans.claiming import StepWork
from botplatform.pipeline.reaching import services
from botplatform.pipeline.yielding import AgentPaused, TakenOver
from transports.http import before_sending

log = structlog.get_logger(__name__)

SAID_SECONDS = 5.0
"""Shortest time between two lines of progress that are stored."""
SAID_CHARS = 200
SOON_SECONDS = 1.5
PAUSED_SECONDS = 15.0
"""How long a step waits before it looks again whether its worker goes on."""

# Locked, so that no run is opened beside a statement that ends the runs of a plan.
_OPEN = """
    WITH mine AS (
        SELECT p.id, pl.batch_id FROM botplatform_planstep p JOIN botplatform_plan pl ON pl.id = p.plan_id
        WHERE p.id = %(step)s AND p.epoch = %(epoch)s AND p.state = 'running' FOR NO KEY UPDATE OF p
    ), before AS (
        SELECT max(r.id) AS id FROM botplatform_run r, mine WHERE r.plan_step_id = mine.id
    ), broken_off AS (
        UPDATE botplatform_step SET state = 'failed', error = 'broken off', finished_at = now()
        FROM mine JOIN botplatform_run r ON r.plan_step_id = mine.id
        WHERE run_id = r.id AND botplatform_step.state = 'running' AND kind = 'model'
    ), again AS (
        UPDATE botplatform_run r SET state = 'running', epoch = %(epoch)s, worker = %(process)s, note = ''
        FROM mine WHERE r.plan_step_id = mine.id AND r.state = 'waiting' RETURNING r.id, r.config_version_id
    ), fresh AS (
        INSERT INTO botplatform_run (batch_id, plan_step_id, epoch, state, agent, replaces_id, worker, note, error)
        SELECT mine.batch_id, mine.id, %(epoch)s, 'running', %(agent)s, before.id, %(process)s, '', '' FROM mine, before
        WHERE NOT EXISTS (SELECT FROM again) RETURNING id
    ), run AS (
        SELECT id, config_version_id FROM again UNION ALL SELECT id, NULL FROM fresh)
    SELECT run.id AS run_id, run.config_version_id AS kept_version, s.*,
        (SELECT message_id FROM botplatform_update WHERE batch_id = mine.batch_id ORDER BY id DESC LIMIT 1) AS reply_to
    FROM run, mine JOIN botplatform_batch b ON b.id = mine.batch_id JOIN botplatform_session s ON s.id = b.session_id"""
_ASSIGN = """
    UPDATE botplatform_run SET config_version_id = %(version)s, untrusted = %(untrusted)s, private = %(private)s
    WHERE id = %(run)s AND state = 'running'
      AND NOT EXISTS (SELECT FROM botplatform_agentconfig WHERE name = %(agent)s AND paused) RETURNING id"""
_PAUSED = "SELECT 1 AS paused FROM botplatform_agentconfig WHERE name = %s AND paused"
_SAID = "UPDATE botplatform_planstep SET said = %s WHERE id = %s AND epoch = %s AND state = 'running'"


class StepProgress:
    """What a worker says it is doing, on the step's row; the plan's own progress is shown elsewhere."""

    provider_id = ""

    def __init__(self, work: StepWork) -> None:
        self._work, self._written_at, self._answer = work, float("-inf"), ""
        self._writing: asyncio.Task[int] | None = None

    @property
    def answer(self) -> str:
        return self._answer

    @answer.setter
    def answer(self, text: str) -> None:
        """Cheap: written down now and then."""
        self._answer = text
        if time.monotonic() - self._written_at < SAID_SECONDS or not text.strip():
            return
        self._written_at = time.monotonic()
        last = " ".join(text.strip().splitlines()[-1].split())[-SAID_CHARS:].replace("\x00", "")
        values = (last, self._work.lease.step_id, self._work.lease.epoch)
        self._writing = asyncio.create_task(db.change(_SAID, values))

    async def stop(self, patience_seconds: float | None = None) -> None:
        if self._writing:
            await asyncio.wait({self._writing}, timeout=patience_seconds or 5)


@dataclass(slots=True)
class _Attempt:
    """One attempt, once its run is open."""

    work: StepWork
    scene: Scene

    @property
    def run_id(self) -> int:
        return self.scene.run_id


async def execute(work: StepWork) -> Next:
    """Carry a claimed step out to one of its ends. Returns what is due then.

    A lost lease ends it without a trace; cancellation (the worker shuts down) hands the step back.
    """
    lease = work.lease
    lease.task = asyncio.current_task()
    held().add(lease)
    nothing = Next(work.row["plan_id"])
    token = before_sending.set(lease.check)
    try:
        with bound_contextvars(request_id=work.row["request_id"], batch_id=lease.batch_id, step_id=lease.step_id):
            return await _execute(work)
    except LeaseLost:
        log.warning("run.lease_lost", batch_id=lease.batch_id, step_id=lease.step_id, epoch=lease.epoch)
    except asyncio.CancelledError:
        if not lease.lost:  # not revoked: this process is shutting down
            lease.ending = True
            await ending.put_off(work, "handed back")
            raise
    finally:
        before_sending.reset(token)  # what the same task shows and delivers next is not the step's
        held().discard(lease)
    return nothing


async def _execute(work: StepWork) -> Next:
    try:
        attempt = await _open(work)
    except LookupError as error:
        return await ending.settle_error(work, AgentError(str(error), retryable=False))
    shows = asyncio.create_task(_keep_showing(attempt))
    try:
        result = await _work(attempt)
        await attempt.scene.shown.stop()
        done = await _succeed(attempt, result)
    except TakenOver:
        await ending.put_off(work, "paused: an operator took over", parks=True)
    except AgentPaused as paused:
        await ending.put_off(work, str(paused), wait=timedelta(seconds=PAUSED_SECONDS), parks=True)
    except Parked:
        await _park(attempt)
    except (LeaseLost, asyncio.CancelledError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the step must not be left to its lease
        return await _settle(attempt, error)
    else:
        log.info("step.succeeded", step_id=work.lease.step_id, run_id=attempt.run_id)
        await services.end(work.lease)
        return done
    finally:
        shows.cancel()
    # Its place among those that run at the same time is free, and what it waited for may have happened already.
    return Next(work.row["plan_id"], await claiming.due_in(work.row["session_id"]))


async def _succeed(attempt: _Attempt, result: WorkerResult) -> Next:
    try:
        return await ending.succeed(attempt.work, attempt.run_id, result)
    except TakenOver:
        await ending.keep_step(attempt.work, result)
        raise


async def _keep_showing(attempt: _Attempt) -> None:
    """The plan's progress as it changes, as often as the chat takes edits."""
    features, shared = attempt.scene.bot.transport.features, attempt.scene.to.is_shared
    seconds = features.shared_progress_seconds if shared else features.progress_seconds
    await showing.show(attempt.work.row["plan_id"])
    await asyncio.sleep(SOON_SECONDS)  # others of the plan begin in this moment, too
    while True:
        await showing.show(attempt.work.row["plan_id"])
        await asyncio.sleep(seconds)


async def _open(work: StepWork) -> _Attempt:
    lease, row = work.lease, work.row
    agent = WORKERS[row["worker"]].name
    values = {"step": lease.step_id, "epoch": lease.epoch, "process": worker_name(), "agent": agent}
    opened = await db.row(_OPEN, values)
    if opened is None:
        raise lease.forfeit()
    batch = {**row, "id": lease.batch_id}
    bot, to = await bots.by_id(opened["bot_id"]), bots.conversation(opened)
    scene = Scene(Work(lease, batch), opened["run_id"], bot, to, StepProgress(work), opened["reply_to"] or "", [])
    scene.kept = (agent, opened["kept_version"])
    return _Attempt(work, scene)


async def _work(attempt: _Attempt) -> WorkerResult:
    """Give the worker its configuration and everything it is shown, and let it work."""
    scene, work = attempt.scene, attempt.work
    await casting.read(scene)
    await casting.look_around(scene)
    agent, kept = scene.kept
    if kept is None:
        config = await configs.published(agent, scene.place, session_id=work.row["session_id"])
    else:
        config = await configs.of_version(kept, scene.place)
    values = {
        "run": scene.run_id, "agent": agent, "version": config.version_id, "untrusted": Jsonb(scene.untrusted),
        "private": Jsonb(scene.private),
    }  # fmt: skip
    if not await db.row(_ASSIGN, values):
        raise AgentPaused(agent) if await db.row(_PAUSED, (agent,)) else scene.lease.forfeit()
    config = replace(config, settings=await affording.within(config.settings, work.row["plan_id"]))
    context = await casting.in_context(scene, config)
    query, context.turns = context.query, []
    return await WORKERS[work.row["worker"]].work(await reading.given(work, query), context)


async def _park(attempt: _Attempt) -> None:
    scene = attempt.scene
    standing = Standing("", scene.reply_to)
    await parking.park(scene.lease, scene.run_id, scene.note, scene.bot, standing, scene.waits)


async def _settle(attempt: _Attempt, error: Exception) -> Next:
    failure = error if isinstance(error, AgentError) else _crash(attempt, error)
    following = await ending.settle_error(attempt.work, failure)
    if not failure.retryable:
        await services.end(attempt.work.lease)
    return following


def _crash(attempt: _Attempt, error: Exception) -> AgentError:
    if isinstance(error, LookupError):
        return AgentError(str(error), retryable=False)
    log.error("run.crashed", run_id=attempt.run_id, exc_info=error)
    return AgentError(f"{type(error).__name__}: {error}", retryable=True)
