"""show(): the plan's progress in the placeholder: ✓ done, ▸ running, · waiting."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psycopg
import structlog

from botplatform.pipeline import bots, db, governor
from botplatform.pipeline.leases import LeaseLost
from transports.base import Part
from transports.errors import TransportError

log = structlog.get_logger(__name__)

MARKS = {
    "succeeded": "✓", "running": "▸", "pending": "·", "waiting": "…", "failed": "✗", "skipped": "–", "cancelled": "–",
}  # fmt: skip
EDIT_SECONDS = 12
"""Longest time that an edit is on its way."""
LINE_CHARS = 160
_under_way: set[asyncio.Task[None]] = set()

# One edit at a time, and none that the run which goes on would have to fear. What is shown already is not shown again.
_BEGIN = """
    UPDATE botplatform_plan pl SET showing_until = now() + make_interval(secs => %(seconds)s)
    FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id
    WHERE pl.id = %(plan)s AND pl.state = 'running' AND coalesce(pl.showing_until < now(), true)
      AND b.id = pl.batch_id AND b.state = 'waiting' AND b.epoch = pl.epoch AND s.mode = 'normal'
      AND coalesce(s.not_before <= now(), true)
    RETURNING pl.id, pl.summary, pl.shown, pl.batch_id, s.*, (
        SELECT provider_id FROM botplatform_reply r WHERE r.batch_id = b.id AND r.kind = 'placeholder' AND r.state = 'sent'
        ORDER BY r.id DESC LIMIT 1) AS placeholder, s.id AS session_id, pl.id AS plan_id"""
_END = "UPDATE botplatform_plan SET showing_until = NULL, shown = CASE WHEN %(text)s = '' THEN shown ELSE %(text)s END WHERE id = %(plan)s"
_STEPS = "SELECT description, state, said, waits_for FROM botplatform_planstep WHERE plan_id = %s ORDER BY position"
_SHOWING = "SELECT 1 AS yes FROM botplatform_plan WHERE batch_id = %s AND showing_until > now()"


def progress(steps: list[db.Row]) -> str:
    """One line for each step."""
    return "\n".join(_line(step) for step in steps)


def _line(step: db.Row) -> str:
    more = step["said"] if step["state"] == "running" else step["waits_for"] if step["state"] == "waiting" else ""
    text = " ".join(f"{step['description']}{f' ({more})' if more else ''}".split())
    return f"{MARKS[step['state']]} {text if len(text) <= LINE_CHARS else text[:LINE_CHARS] + '…'}"


async def show(plan_id: int) -> None:
    """Edit the placeholder, where there is one and its chat's quota has room. Nothing that goes wrong here harms the plan.

    An edit that has begun is seen through, though whoever asked for it ends: only then may the run that goes on make its own.
    """
    showing = asyncio.create_task(_show(plan_id))
    _under_way.add(showing)
    showing.add_done_callback(_under_way.discard)
    await asyncio.shield(showing)


async def _show(plan_id: int) -> None:
    try:
        begun = await db.row(_BEGIN, {"plan": plan_id, "seconds": EDIT_SECONDS})
        if begun is not None:
            shown = await _edited(begun)
            await db.change(_END, {"plan": plan_id, "text": shown})
    except (LeaseLost, psycopg.Error, OSError) as error:
        log.info("progress.stopped", error=type(error).__name__, plan_id=plan_id)


async def _edited(begun: db.Row) -> str:
    """What the placeholder shows now; empty where it was not edited."""
    try:
        return await _edit(begun)
    except (TransportError, LookupError, LeaseLost, TimeoutError) as error:
        log.info("progress.failed", error=str(error) or type(error).__name__, batch_id=begun["batch_id"])
        if isinstance(error, TransportError) and error.retry_after:
            await governor.hold(begun["session_id"], error.retry_after)
        return ""


async def _edit(begun: db.Row) -> str:
    bot, to = await bots.by_id(begun["bot_id"]), bots.conversation(begun)
    text = progress(await db.rows(_STEPS, (begun["plan_id"],)))
    if not begun["placeholder"] or text == begun["shown"]:
        return ""
    if not await governor.spare(governor.Pace.of(bot.id, to, bot.transport.features)):
        return ""
    async with asyncio.timeout(EDIT_SECONDS - 1):
        await bot.transport.edit(to, begun["placeholder"], Part(text), final=False)
    return text


async def wait_for_edit(batch_id: int) -> None:
    """Before a run goes on: no edit of its plan's may come after its own."""
    with suppress(TimeoutError):  # by then none is on its way any more
        async with asyncio.timeout(EDIT_SECONDS):
            while await db.row(_SHOWING, (batch_id,)):
                await asyncio.sleep(0.05)
