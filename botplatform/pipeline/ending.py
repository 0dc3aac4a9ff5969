"""The ends of a run, each one transaction under its epoch: finished, failed, to be tried again, handed back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from psycopg.types.json import Jsonb

from agents.base import AgentError, AgentResult
from botplatform.pipeline import approvals, db, yielding
from botplatform.pipeline.batching import Work
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.cancelling import BREAK_OFF
from botplatform.pipeline.leases import Lease, LeaseLost
from botplatform.pipeline.plans import ending as plans
from botplatform.pipeline.stepping import FINISH, result_values
from botplatform.pipeline.yielding import TakenOver
from transports.base import Part
from transports.clean import clean_text

log = structlog.get_logger(__name__)

RETRY_SECONDS = (5, 20, 60)
"""Back-off after the first, second and any later error of a batch; the last is also the longest that a provider may ask for,
because the conversation's next messages wait behind it."""
SORRY = "Sorry, I could not answer that."
UNAVAILABLE = "Service temporarily unavailable. Please try again."
"""When the agent and the one that answers in its place have both failed."""

_END = b"""
    UPDATE botplatform_batch SET state = %s, finished_at = now(), worker = '', error = %s
    WHERE id = %s AND epoch = %s AND state = 'processing' RETURNING session_id, request_id"""
_MODE = b"SELECT mode FROM botplatform_session WHERE id = %s"
_END_RUN = b"UPDATE botplatform_run SET state = %s, error = %s, note = %s, finished_at = now() WHERE id = %s AND state = 'running'"
_REPLY = b"""
    INSERT INTO botplatform_reply (session_id, batch_id, run_id, kind, part, text, formatting, edits, reply_to, request_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_MESSAGE = b"""
    INSERT INTO botplatform_message (session_id, batch_id, role, text, provider_message_id) VALUES (%s, %s, 'assistant', %s, '')"""
_UPDATES = b"UPDATE botplatform_update SET state = %s, handled_at = now() WHERE batch_id = %s AND state IN ('queued', 'failed')"


async def _end(connection: db.Connection, lease: Lease, state: str, error: str = "") -> db.Row:
    """End the batch, unless somebody else owns it or an operator has taken the conversation over."""
    cursor = await connection.execute(_END, (state, error[:4000], lease.batch_id, lease.epoch))
    row = await cursor.fetchone()
    if row is None:
        raise lease.forfeit()
    session = await (await connection.execute(_MODE, (row["session_id"],))).fetchone()
    if session and session["mode"] == "held":
        raise TakenOver(f"batch {lease.batch_id} epoch {lease.epoch}")
    return row


async def _store_parts(
    connection: db.Connection, batch: db.Row, lease: Lease, run_id: int | None, kind: str, parts: Sequence[Part],
    standing: Standing,
) -> None:  # fmt: skip
    edits, reply_to = await yielding.standing(connection, lease.batch_id, standing.placeholder), standing.reply_to
    for number, part in enumerate(parts, start=1):
        first = number == 1
        values = (
            batch["session_id"], lease.batch_id, run_id, kind, number, part.text, Jsonb(list(part.formatting)),
            edits if first else "", reply_to if first and not edits else "", batch["request_id"],
        )  # fmt: skip
        await connection.execute(_REPLY, values)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a run has shown so far, and what it answers; ids of the provider's."""

    placeholder: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Footer:
    """How an answer came about, for admins who asked to see it."""

    title: str
    text: str
    private: bool
    """Below the answer, because nobody else reads it; otherwise in the chats that the admins have with the bot."""
    sessions: Sequence[int] = ()


async def finish(
    work: Work, run_id: int, answer: AgentResult, bot: BotRow, standing: Standing, *, note: str = "", footer: Footer | None = None
) -> None:  # fmt: skip
    """Commit the last step, the parts of the answer and the end of run and batch together. Raises LeaseLost."""
    lease, text = work.lease, clean_text(answer.text)
    parts = bot.transport.render(text)
    if footer and footer.private:
        parts = bot.transport.with_footer(parts, footer.title, footer.text)
    async with db.transaction() as connection:
        batch = await _end(connection, lease, "done")
        # Not pipelined: PostgreSQL would not notice a worker that is suspended within the transaction.
        if answer.last_step is not None and answer.last_result is not None:
            finish_step = f"{FINISH} WHERE id = %(step)s".encode()
            await connection.execute(finish_step, result_values(answer.last_step, answer.last_result))
        await connection.execute(_END_RUN, ("succeeded", "", note, run_id))
        if lease.epoch > 1:  # what was asked and is not wanted any more, such as a tool that was taken away
            await approvals.void(connection, [lease.batch_id])
        await _store_parts(connection, batch, lease, run_id, "answer", parts, standing)
        if footer:
            await _store_footers(connection, batch, bot, footer)
        await connection.execute(_MESSAGE, (batch["session_id"], lease.batch_id, text))
        await connection.execute(_UPDATES, ("done", lease.batch_id))


async def keep_step(lease: Lease, answer: AgentResult) -> None:
    """Store the call that an answer came from, though the answer is not given now: it has been paid."""
    if answer.last_step is None or answer.last_result is None:
        return
    mine = "EXISTS (SELECT FROM botplatform_batch WHERE id = %(batch)s AND epoch = %(epoch)s AND state = 'processing')"
    values = {**result_values(answer.last_step, answer.last_result), "batch": lease.batch_id, "epoch": lease.epoch}
    await db.change(f"{FINISH} WHERE id = %(step)s AND {mine}", values)


async def _store_footers(connection: db.Connection, batch: db.Row, bot: BotRow, footer: Footer) -> None:
    """To each admin in private; such a notice belongs to no batch of that chat."""
    for session_id in footer.sessions:
        for number, part in enumerate(bot.transport.with_footer([], footer.title, footer.text), start=1):
            values = (session_id, None, None, "notice", number, part.text, Jsonb(list(part.formatting)), "", "")
            await connection.execute(_REPLY, (*values, batch["request_id"]))


async def settle_error(
    work: Work, run_id: int, error: AgentError, bot: BotRow, standing: Standing, *, fallback: str = ""
) -> bool:  # fmt: skip
    """Try again later, hand the batch to the agent `fallback`, or give up and tell the person once. Raises LeaseLost.

    True when that was the end of it.
    """
    attempts, said = work.batch["attempts"] + 1, clean_text(str(error))
    log.warning(
        "run.failed", run_id=run_id, attempts=attempts, retryable=error.retryable, error=said, fallback=fallback
    )
    if error.retryable and attempts < settings.BATCH_MAX_ATTEMPTS:
        wait = min(error.retry_after or RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1], RETRY_SECONDS[-1])
        await _free(work.lease, run_id, said, wait=timedelta(seconds=wait))
        return False
    if fallback:
        await _free(work.lease, run_id, said, agent=fallback)
        return False
    public = UNAVAILABLE if work.batch["agent"] else error.public
    await fail(work, run_id=run_id, error=said, public=public, bot=bot, standing=standing)
    return True


_FREE = """
    WITH mine AS (
        UPDATE botplatform_batch SET worker = '', lease_until = now(), retry_at = now() + %(wait)s, error = %(error)s,
            agent = coalesce(nullif(%(agent)s, ''), agent),
            attempts = CASE WHEN %(agent)s = '' THEN attempts + 1 ELSE %(last)s END
        WHERE id = %(batch)s AND epoch = %(epoch)s AND state = 'processing' RETURNING id)
    UPDATE botplatform_run SET state = 'failed', error = %(error)s, finished_at = now() FROM mine
    WHERE botplatform_run.id = %(run)s RETURNING botplatform_run.id"""


async def _free(lease: Lease, run_id: int, error: str, *, wait: timedelta = timedelta(0), agent: str = "") -> None:
    """Give the batch to its next claim, after a while; another agent gets one attempt."""
    values = {
        "wait": wait, "error": error[:4000], "agent": agent, "last": settings.BATCH_MAX_ATTEMPTS - 1, "run": run_id,
        "batch": lease.batch_id, "epoch": lease.epoch,
    }  # fmt: skip
    if not await db.row(_FREE, values):
        raise LeaseLost(f"batch {lease.batch_id} epoch {lease.epoch}")


def excuse(public: str, request_id: str) -> str:
    """What the person reads: plain words and a reference; details stay in the console."""
    if public == UNAVAILABLE:
        return f"{UNAVAILABLE} Reference: {request_id}"
    return f"{SORRY} {public or 'Something went wrong on my side.'} Reference: {request_id}"


async def fail(
    work: Work, *, run_id: int | None, error: str, public: str,
    bot: BotRow | None = None, standing: Standing = Standing(),
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
        await _store_parts(connection, batch, lease, run_id, "notice", parts, standing)
        await plans.cancel(connection, [lease.batch_id])
        await connection.execute(BREAK_OFF, (lease.batch_id,))
        await approvals.void(connection, [lease.batch_id])
        await connection.execute(_UPDATES, ("failed", lease.batch_id))


async def hand_back(lease: Lease) -> None:
    """Free the batch at once for the next worker, which resumes it; that costs no attempt."""
    free = """
        WITH mine AS (
            UPDATE botplatform_batch SET worker = '', lease_until = now()
            WHERE id = %s AND epoch = %s AND state = 'processing' RETURNING id)
        UPDATE botplatform_run SET state = 'cancelled', error = 'handed back', finished_at = now()
        FROM mine WHERE batch_id = mine.id AND plan_step_id IS NULL AND epoch = %s AND state = 'running'"""
    await db.change(free, (lease.batch_id, lease.epoch, lease.epoch))
    lease.lost = True
    log.info("batch.handed_back", batch_id=lease.batch_id, epoch=lease.epoch)
