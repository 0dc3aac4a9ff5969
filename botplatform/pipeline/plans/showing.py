"""show(): the plan's progress in the placeholder: ✓ done, ▸ running, · waiting."""

from __future__ import annotations

import asyncio

import structlog

from botplatform.pipeline import bots, db, governor
from transports.base import Part
from transports.errors import TransportError

log = structlog.get_logger(__name__)

MARKS = {
    "succeeded": "✓", "running": "▸", "pending": "·", "waiting": "…", "failed": "✗", "skipped": "–", "cancelled": "–",
}  # fmt: skip
EDIT_SECONDS = 12
"""Longest time that an edit is on its way."""
LINE_CHARS = 160

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
    """Edit the placeholder, where there is one and its chat's quota has room. Nothing that goes wrong here harms the plan."""
    begun = await db.row(_BEGIN, {"plan": plan_id, "seconds": EDIT_SECONDS})
    if begun is None:
        return
    shown = ""
    try:
        shown = await _edit(begun)
    except (TransportError, LookupError) as error:
        log.info("progress.failed", error=str(error), batch_id=begun["batch_id"])
        if isinstance(error, TransportError) and error.retry_after:
            await governor.hold(begun["session_id"], error.retry_after)
    finally:
        await db.change(_END, {"plan": plan_id, "text": shown})


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
    async with asyncio.timeout(EDIT_SECONDS):
        while await db.row(_SHOWING, (batch_id,)):
            await asyncio.sleep(0.05)
