"""park(): a run sleeps until people have decided, or something it waits for has happened, and asks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from psycopg.types.json import Jsonb

from botplatform.pipeline import asking, bots, db, yielding
from botplatform.pipeline.ending import Standing
from botplatform.pipeline.leases import Lease

log = structlog.get_logger(__name__)

_UNTIL = b"""coalesce(least(now() + %%(wait)s::interval, (SELECT max(a.expires_at) FROM botplatform_approval a
        WHERE a.state = 'pending' AND a.batch_id = %s AND a.plan_step_id IS NOT DISTINCT FROM %s)), now())"""
_PARK = b"""
    UPDATE botplatform_batch b SET state = 'waiting', worker = '', lease_until = NULL, wait_key = %%(key)s, waits_for = %%(what)s,
        wake_at = %s
    WHERE b.id = %%(batch)s AND b.epoch = %%(epoch)s AND b.state = 'processing' RETURNING b.session_id, b.request_id""" % (
    _UNTIL % (b"b.id", b"NULL"),
)
_PARK_STEP = b"""
    UPDATE botplatform_planstep p SET state = 'waiting', process = '', lease_until = NULL, wait_key = %%(key)s,
        waits_for = %%(what)s, wake_at = %s
    FROM botplatform_plan pl, botplatform_batch b
    WHERE p.id = %%(step)s AND p.epoch = %%(epoch)s AND p.state = 'running' AND pl.id = p.plan_id AND b.id = pl.batch_id
      AND b.state = 'waiting' AND b.epoch = pl.epoch RETURNING b.session_id, b.request_id""" % (
    _UNTIL % (b"b.id", b"p.id"),
)
_LOCK = b"SELECT id FROM botplatform_batch WHERE id = %s FOR NO KEY UPDATE"
_WAIT = b"UPDATE botplatform_run SET state = 'waiting', note = %s WHERE id = %s AND state = 'running'"
_UNASKED = b"""
    SELECT a.* FROM botplatform_approval a WHERE a.batch_id = %s AND a.plan_step_id IS NOT DISTINCT FROM %s
      AND a.state = 'pending' AND NOT EXISTS (SELECT FROM botplatform_reply r WHERE r.approval_id = a.id) ORDER BY a.id"""
_REPLY = b"""
    INSERT INTO botplatform_reply (session_id, batch_id, run_id, kind, part, text, formatting, buttons, edits, reply_to,
        approval_id, request_id)
    VALUES (%s, %s, %s, 'prompt', 1, %s, %s, %s, %s, %s, %s, %s)"""
_MESSAGE = b"""
    INSERT INTO botplatform_message (session_id, batch_id, role, text, provider_message_id) VALUES (%s, %s, 'assistant', %s, '')"""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a call waits for beside people's decisions."""

    seconds: float
    what: str
    key: str = ""


async def park(
    lease: Lease, run_id: int, note: str, bot: bots.BotRow, standing: Standing, waits: Sequence[Wait] = ()
) -> None:
    """End the run's work until its approvals are decided or a wait is over, and ask, in one transaction. Raises LeaseLost.

    Batch or step free their slot, a batch its session too; what was decided meanwhile wakes them at once.
    """
    soonest = min(waits, key=lambda wait: wait.seconds, default=None)
    values = {
        "batch": lease.batch_id, "step": lease.step_id, "epoch": lease.epoch,
        "wait": timedelta(seconds=soonest.seconds) if soonest else None,
        "what": soonest.what if soonest else "", "key": soonest.key if soonest else "",
    }  # fmt: skip
    async with db.transaction() as connection:
        await connection.execute(_LOCK, (lease.batch_id,))
        cursor = await connection.execute(_PARK if lease.step_id is None else _PARK_STEP, values)
        batch = await cursor.fetchone()
        if batch is None:
            raise lease.forfeit()
        await connection.execute(_WAIT, (note, run_id))
        unasked = await (await connection.execute(_UNASKED, (lease.batch_id, lease.step_id))).fetchall()
        await _ask_all(connection, batch, unasked, lease, run_id, bot, standing)
    log.info("run.parked", run_id=run_id, batch_id=lease.batch_id, asked=len(unasked))


async def _ask_all(
    connection: db.Connection, batch: db.Row, approvals: Sequence[db.Row], lease: Lease, run_id: int, bot: bots.BotRow,
    standing: Standing,
) -> None:  # fmt: skip
    edits = ""
    if approvals:
        edits = await yielding.take_placeholder(connection, lease.batch_id, standing.placeholder, became="the question")
    for approval in approvals:
        part = asking.prompt(approval, bot.transport)
        shown = [[{"text": one.text, "data": one.data} for one in row] for row in part.buttons]
        values = (
            batch["session_id"], lease.batch_id, run_id, part.text, Jsonb(list(part.formatting)), Jsonb(shown), edits,
            "" if edits else standing.reply_to, approval["id"], batch["request_id"],
        )  # fmt: skip
        await connection.execute(_REPLY, values)
        asked = f"[I have asked for approval {approval['number']}: {asking.summary(approval)}]"
        if approval["asks"]:
            asked = f"[I have asked: {asking.summary(approval)}]"
        await connection.execute(_MESSAGE, (batch["session_id"], lease.batch_id, asked))
        edits = ""
