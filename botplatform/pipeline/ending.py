"""The ends of a run, each one transaction under its epoch: finished, failed, to be tried again, handed back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.conf import settings
from psycopg.types.json import Jsonb

from agents.base import AgentError, Answer
from botplatform.pipeline import db
from botplatform.pipeline.batching import Work
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.context import FINISH, result_values
from botplatform.pipeline.leases import Lease, LeaseLost
from transports.base import Part
from transports.clean import clean_text

log = structlog.get_logger(__name__)

RETRY_SECONDS = (5, 20, 60)
"""Back-off after the first, second and any later error of a batch; the last is also the longest that a provider may ask for,
because the conversation's next messages wait behind it."""
SORRY = "Sorry, I could not answer that."

_END = b"""
    UPDATE botplatform_batch SET state = %s, finished_at = now(), worker = '', error = %s
    WHERE id = %s AND epoch = %s AND state = 'processing' RETURNING session_id, request_id"""
_END_RUN = b"UPDATE botplatform_run SET state = %s, error = %s, note = %s, finished_at = now() WHERE id = %s AND state = 'running'"
_REPLY = b"""
    INSERT INTO botplatform_reply (session_id, batch_id, run_id, kind, part, text, formatting, edits, reply_to, request_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_MESSAGE = b"""
    INSERT INTO botplatform_message (session_id, batch_id, role, text, provider_message_id) VALUES (%s, %s, 'assistant', %s, '')"""
_UPDATES = b"UPDATE botplatform_update SET state = %s, handled_at = now() WHERE batch_id = %s AND state IN ('queued', 'failed')"

BREAK_OFF = b"""
    UPDATE botplatform_step SET state = 'unknown', error = 'broken off', finished_at = now()
    WHERE state = 'running' AND run_id IN (SELECT id FROM botplatform_run WHERE batch_id = %s)"""


async def _end(connection: db.Connection, lease: Lease, state: str, error: str = "") -> db.Row:
    cursor = await connection.execute(_END, (state, error[:4000], lease.batch_id, lease.epoch))
    row = await cursor.fetchone()
    if row is None:
        lease.lost = True
        raise LeaseLost(f"batch {lease.batch_id} epoch {lease.epoch}")
    return row


async def _store_parts(
    connection: db.Connection, batch: db.Row, lease: Lease, run_id: int | None, kind: str, parts: Sequence[Part], *,
    edits: str, reply_to: str,
) -> None:  # fmt: skip
    for number, part in enumerate(parts, start=1):
        first = number == 1
        values = (
            batch["session_id"], lease.batch_id, run_id, kind, number, part.text, Jsonb(list(part.formatting)),
            edits if first else "", reply_to if first and not edits else "", batch["request_id"],
        )  # fmt: skip
        await connection.execute(_REPLY, values)


async def finish(work: Work, run_id: int, answer: Answer, bot: BotRow, placeholder: str, reply_to: str) -> None:
    """Commit the last step, the parts of the answer and the end of run and batch together. Raises LeaseLost."""
    lease, text = work.lease, clean_text(answer.text)
    parts = bot.transport.render(text)
    async with db.transaction() as connection:
        batch = await _end(connection, lease, "done")
        # Not pipelined: PostgreSQL would not notice a worker that is suspended within the transaction.
        if answer.last_step is not None and answer.last_result is not None:
            finish_step = f"{FINISH} WHERE id = %(step)s".encode()
            await connection.execute(finish_step, result_values(answer.last_step, answer.last_result))
        await connection.execute(_END_RUN, ("succeeded", "", answer.note, run_id))
        await _store_parts(connection, batch, lease, run_id, "answer", parts, edits=placeholder, reply_to=reply_to)
        await connection.execute(_MESSAGE, (batch["session_id"], lease.batch_id, text))
        await connection.execute(_UPDATES, ("done", lease.batch_id))


async def settle_error(
    work: Work, run_id: int, error: AgentError, bot: BotRow, placeholder: str, reply_to: str
) -> None:
    """Try again later, or give up and tell the person once. Raises LeaseLost."""
    attempts, said = work.batch["attempts"] + 1, clean_text(str(error))
    log.warning("run.failed", run_id=run_id, attempts=attempts, retryable=error.retryable, error=said)
    if error.retryable and attempts < settings.BATCH_MAX_ATTEMPTS:
        wait = min(error.retry_after or RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1], RETRY_SECONDS[-1])
        await _retry_later(work.lease, run_id, said, timedelta(seconds=wait))
        return
    await fail(
        work, run_id=run_id, error=said, public=error.public, bot=bot, placeholder=placeholder, reply_to=reply_to
    )


async def _retry_later(lease: Lease, run_id: int, error: str, wait: timedelta) -> None:
    free = """
        WITH mine AS (
            UPDATE botplatform_batch SET worker = '', lease_until = now(), retry_at = now() + %s, attempts = attempts + 1, error = %s
            WHERE id = %s AND epoch = %s AND state = 'processing' RETURNING id)
        UPDATE botplatform_run SET state = 'failed', error = %s, finished_at = now() FROM mine WHERE botplatform_run.id = %s
        RETURNING botplatform_run.id"""
    if not await db.row(free, (wait, error[:4000], lease.batch_id, lease.epoch, error[:4000], run_id)):
        raise LeaseLost(f"batch {lease.batch_id} epoch {lease.epoch}")


def excuse(public: str, request_id: str) -> str:
    """What the person reads: plain words and a reference; details stay in the console."""
    return f"{SORRY} {public or 'Something went wrong on my side.'} Reference: {request_id}"


async def fail(
    work: Work, *, run_id: int | None, error: str, public: str,
    bot: BotRow | None = None, placeholder: str = "", reply_to: str = "",
) -> None:  # fmt: skip
    """Give the batch up for good and tell the person, once. Raises LeaseLost."""
    lease = work.lease
    async with db.transaction() as connection:
        batch = await _end(connection, lease, "failed", error)
        parts = [Part(excuse(public, batch["request_id"]))]
        await connection.execute(_END_RUN, ("failed", error[:4000], "", run_id))
        await connection.execute(
            b"UPDATE botplatform_batch SET attempts = attempts + 1 WHERE id = %s", (lease.batch_id,)
        )
        await _store_parts(connection, batch, lease, run_id, "notice", parts, edits=placeholder, reply_to=reply_to)
        await connection.execute(BREAK_OFF, (lease.batch_id,))
        await connection.execute(_UPDATES, ("failed", lease.batch_id))


async def hand_back(lease: Lease) -> None:
    """Free the batch at once for the next worker, which resumes it; that costs no attempt."""
    free = """
        WITH mine AS (
            UPDATE botplatform_batch SET worker = '', lease_until = now()
            WHERE id = %s AND epoch = %s AND state = 'processing' RETURNING id)
        UPDATE botplatform_run SET state = 'cancelled', error = 'handed back', finished_at = now()
        FROM mine WHERE batch_id = mine.id AND epoch = %s AND state = 'running'"""
    await db.change(free, (lease.batch_id, lease.epoch, lease.epoch))
    lease.lost = True
    log.info("batch.handed_back", batch_id=lease.batch_id, epoch=lease.epoch)
