"""How a run gives way to an operator who has taken its conversation over."""

from __future__ import annotations

import structlog

from botplatform.pipeline import db
from botplatform.pipeline.leases import Lease, LeaseLost

log = structlog.get_logger(__name__)

# The conversation's row first, so that a release comes before or after; one that came before lets the batch go on at once.
_PARK = """
    WITH s AS MATERIALIZED (
        SELECT id, mode FROM botplatform_session
        WHERE id = (SELECT session_id FROM botplatform_batch WHERE id = %(batch)s) FOR SHARE
    ), parked AS (
        UPDATE botplatform_batch b SET state = 'waiting', worker = '', lease_until = NULL,
            wake_at = CASE WHEN s.mode = 'held' THEN NULL ELSE now() END
        FROM s WHERE s.id = b.session_id AND b.id = %(batch)s AND b.epoch = %(epoch)s AND b.state = 'processing'
        RETURNING b.id)
    UPDATE botplatform_run SET state = 'waiting', note = 'paused: an operator took over' FROM parked
    WHERE batch_id = parked.id AND botplatform_run.id = %(run)s AND botplatform_run.state = 'running' RETURNING parked.id"""
_WAIT = b"""
    UPDATE botplatform_batch SET state = 'waiting', worker = '', lease_until = NULL, wake_at = NULL, paused_agent = %s
    WHERE id = %s AND epoch = %s AND state = 'processing' RETURNING session_id, request_id"""
_RUN_WAITS = b"UPDATE botplatform_run SET state = 'waiting', note = %s WHERE id = %s AND state = 'running'"
_SAY = b"""
    INSERT INTO botplatform_reply (session_id, batch_id, kind, part, text, formatting, edits, request_id)
    VALUES (%s, %s, 'notice', 1, %s, '[]', %s, %s)"""
_TAKEN = b"""
    UPDATE botplatform_reply SET provider_id = '', error = %s
    WHERE batch_id = %s AND kind = 'placeholder' AND provider_id = %s RETURNING id"""
# Resumed in this moment: the batch goes on at once.
_RESUMED = b"""
    UPDATE botplatform_batch SET wake_at = now(), paused_agent = '' WHERE id = %s AND state = 'waiting' AND NOT EXISTS (
        SELECT FROM botplatform_agentconfig WHERE name = %s AND paused)"""
# Nothing else wakes what was parked in the very moment in which it was let go.
_FORGOTTEN = """
    UPDATE botplatform_batch SET wake_at = now(), paused_agent = '' WHERE id IN (
        SELECT b.id FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id
        WHERE b.state = 'waiting' AND b.wake_at IS NULL
          AND NOT EXISTS (SELECT FROM botplatform_plan p WHERE p.batch_id = b.id AND p.state = 'running')
          AND CASE WHEN b.paused_agent = '' THEN s.mode <> 'held'
            ELSE NOT EXISTS (SELECT FROM botplatform_agentconfig c WHERE c.name = b.paused_agent AND c.paused) END
        LIMIT %s FOR UPDATE OF b SKIP LOCKED)"""
_STANDS = b"""
    SELECT id FROM botplatform_reply WHERE batch_id = %s AND kind = 'placeholder' AND provider_id = %s FOR UPDATE"""
PAUSED = "I am paused for the moment. Your message is kept and will be answered."
_IS_HELD = """
    SELECT 1 AS held FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id
    WHERE b.id = %(batch)s AND s.mode = 'held' AND CASE WHEN %(step)s::bigint IS NULL
        THEN b.epoch = %(epoch)s AND b.state = 'processing'
        ELSE EXISTS (SELECT FROM botplatform_planstep p WHERE p.id = %(step)s AND p.epoch = %(epoch)s AND p.state = 'running') END"""


class TakenOver(LeaseLost):
    """An operator has taken the conversation over: the run goes no further."""


class AgentPaused(Exception):
    """An operator has paused the agent: the run waits until it goes on."""

    def __init__(self, agent: str) -> None:
        super().__init__(f"{agent} is paused")
        self.agent = agent


async def lost(lease: Lease) -> LeaseLost:
    """Why a run's statement changed nothing, to be raised: taken over by an operator, or owned by somebody else."""
    if await db.row(_IS_HELD, {"batch": lease.batch_id, "step": lease.step_id, "epoch": lease.epoch}):
        return TakenOver(str(lease))
    return lease.forfeit()


async def park(lease: Lease, run_id: int) -> None:
    """End the run's work until the operator releases the conversation; its steps are kept."""
    if not await db.row(_PARK, {"batch": lease.batch_id, "epoch": lease.epoch, "run": run_id}):
        raise lease.forfeit()
    log.info("run.taken_over", run_id=run_id, batch_id=lease.batch_id)


def may_leave(session: str, reply: str) -> str:
    """SQL: while an operator holds the conversation only his replies leave, those he has sent, and commands' results."""
    return f"({session}.mode <> 'held' OR {reply}.sent_by <> '' OR {reply}.batch_id IS NULL)"


async def wake_forgotten(most: int) -> None:
    """Let batches go on that wait for an operator or an agent, and nobody holds them up any more."""
    await db.change(_FORGOTTEN, (most,))


async def standing(connection: db.Connection, batch_id: int, placeholder: str) -> str:
    """The run's placeholder, if it still is one; an operator's message may have taken its place."""
    found = placeholder and await (await connection.execute(_STANDS, (batch_id, placeholder))).fetchone()
    return placeholder if found else ""


async def take_placeholder(connection: db.Connection, batch_id: int, placeholder: str, *, became: str) -> str:
    """The same, for something that takes its place for good: no later run may go on with it."""
    values = (f"became {became}", batch_id, placeholder)
    taken = placeholder and await (await connection.execute(_TAKEN, values)).fetchone()
    return placeholder if taken else ""


async def wait_for_agent(lease: Lease, run_id: int, agent: str, placeholder: str) -> None:
    """Park the run until its agent goes on; a placeholder that stands in the chat says so. Raises LeaseLost."""
    async with db.transaction() as connection:
        batch = await (await connection.execute(_WAIT, (agent, lease.batch_id, lease.epoch))).fetchone()
        if batch is None:
            raise lease.forfeit()
        await connection.execute(_RUN_WAITS, (f"{agent} is paused", run_id))
        if placeholder := await take_placeholder(connection, lease.batch_id, placeholder, became="a notice"):
            values = (batch["session_id"], lease.batch_id, PAUSED, placeholder, batch["request_id"])
            await connection.execute(_SAY, values)
        await connection.execute(_RESUMED, (lease.batch_id, agent))
    log.info("run.agent_paused", run_id=run_id, batch_id=lease.batch_id, agent=agent)
