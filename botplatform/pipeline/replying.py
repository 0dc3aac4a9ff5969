"""deliver(): stored replies leave, in the order of their session, each claimed before it is sent."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from structlog.contextvars import bound_contextvars

from botplatform import signals
from botplatform.pipeline import asking, bots, db, governor
from botplatform.pipeline.leases import LeaseLost, now
from botplatform.pipeline.yielding import may_leave
from transports.base import Button, Conversation, Part
from transports.errors import Blocked, MessageGone, OutcomeUnknown, TransportError, Unauthorized
from transports.http import before_sending

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.5
"""How long a worker waits for a slot with a claimed reply; for longer it puts the reply back."""
LAST_SECONDS = 4.0
"""What a send under way gets when the worker shuts down."""
BACK_OFF_SECONDS = (2, 5, 15, 60, 300)
"""After each try that the provider did not accept; the last one repeats."""
MAX_ATTEMPTS = 30
"""About two hours of trying, then the reply is failed and shown to operators."""

# A session's replies leave one after another: the oldest open one first, and none while one is being sent.
_CLAIM = f"""
    UPDATE botplatform_reply r SET state = 'sending', claim = r.claim + 1, claimed_at = now()
    FROM botplatform_session s
    WHERE s.id = r.session_id AND r.id = (
        SELECT c.id FROM botplatform_reply c JOIN botplatform_session cs ON cs.id = c.session_id
        WHERE c.session_id = %s AND c.state = 'pending' AND c.not_before <= now()
          AND coalesce(cs.not_before <= now(), true)
          AND {may_leave("cs", "c")}
          AND NOT EXISTS (SELECT FROM botplatform_reply o WHERE o.session_id = c.session_id AND o.id < c.id
                          AND (o.state = 'sending' OR o.state = 'pending' AND {may_leave("cs", "o")})
                          AND o.kind <> 'placeholder')
        ORDER BY c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED) AND r.state = 'pending'
    RETURNING r.*, s.bot_id, s.key, s.kind AS session_kind, s.title, s.is_public, s.address"""
# Behind one that is being sent there is nothing to do before its claim grows stale: its sender goes on with the rest.
_NEXT = f"""
    SELECT greatest(r.not_before, s.not_before, (
            SELECT max(o.claimed_at) + %(lease)s FROM botplatform_reply o
            WHERE o.session_id = s.id AND o.id < r.id AND o.state = 'sending' AND o.kind <> 'placeholder')) - now() AS wait
    FROM botplatform_reply r JOIN botplatform_session s ON s.id = r.session_id
    WHERE r.session_id = %(session)s AND r.state = 'pending' AND {may_leave("s", "r")}
    ORDER BY r.id LIMIT 1"""
_TAKEN_OVER = "SELECT held_by FROM botplatform_session WHERE id = %s AND mode = 'held'"
_MINE = "WHERE id = %(id)s AND claim = %(claim)s AND state = 'sending'"
_SENT = (
    f"UPDATE botplatform_reply SET state = 'sent', provider_id = %(provider_id)s, sent_at = now(), error = '' {_MINE}"
)
_END = f"UPDATE botplatform_reply SET state = %(state)s, error = %(error)s {_MINE}"
_AGAIN = f"""
    UPDATE botplatform_reply SET error = %(error)s, attempts = attempts + %(failed)s,
        state = CASE WHEN replaced_at IS NULL OR sent_by <> '' THEN 'pending' ELSE 'failed' END,
        edits = CASE WHEN %(anew)s THEN '' ELSE edits END, not_before = now() + %(wait)s {_MINE}"""
_BLOCK = """
    WITH blocked AS (UPDATE botplatform_session SET mode = 'blocked' WHERE id = %s AND mode = 'normal')
    UPDATE botplatform_reply SET state = 'failed', error = 'the bot is blocked' WHERE session_id = %s AND state = 'pending'"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A reply that this worker may send, for as long as the claim is fresh."""

    row: db.Row
    bot: bots.BotRow
    to: Conversation
    since: float

    def check(self) -> None:
        """Raise LeaseLost when the claim is so old that somebody else may have taken it over."""
        if now() - self.since > settings.LEASE.total_seconds() * 2 / 3:
            raise LeaseLost(f"reply {self.row['id']}")

    @property
    def repeatable(self) -> bool:
        """Whether a second try cannot show the text twice: an edit, or a message that can be looked for."""
        return bool(self.row["edits"]) or self.bot.transport.features.findable

    @property
    def mine(self) -> db.Row:
        return {"id": self.row["id"], "claim": self.row["claim"]}


def marker(reply: db.Row) -> str:
    """A hidden name for one part that nobody else can make: HMAC-SHA256 over reply and part."""
    message = f"{reply['id']}:{reply['part']}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()[:32]


async def deliver(session_id: int) -> timedelta | None:
    """Send what the session has to send. Returns when to come again, or None when nothing is left to wait for."""
    await asking.show_outcomes(session_id)
    while claimed := await _claim_whole(session_id):
        with bound_contextvars(request_id=claimed.row["request_id"], reply_id=claimed.row["id"]):
            token = before_sending.set(claimed.check)
            try:
                if not await _send_one(claimed):
                    break
            except LeaseLost:
                log.warning("reply.claim_too_old")
                await _again(claimed, "its worker was held up before it could send", 0, failed=0)
                break
            finally:
                before_sending.reset(token)
    row = await db.row(_NEXT, {"session": session_id, "lease": settings.LEASE})
    return max(timedelta(milliseconds=100), row["wait"]) if row else None


async def _claim_whole(session_id: int) -> Claimed | None:
    """A claim that has begun is seen through; what it took while the worker shuts down is put back."""
    claiming = asyncio.ensure_future(_claim(session_id))
    try:
        return await asyncio.shield(claiming)
    except asyncio.CancelledError:
        if claimed := await claiming:
            await _again(claimed, "its worker ended", 0, failed=0)
        raise


async def _claim(session_id: int) -> Claimed | None:
    owner = await db.row("SELECT bot_id FROM botplatform_session WHERE id = %s", (session_id,))
    if owner is None:
        return None
    bot, since = await bots.by_id(owner["bot_id"]), now()  # first: what fails here leaves the reply pending
    row = await db.row(_CLAIM, (session_id,))
    if row is None:
        return None
    return Claimed(row, bot, bots.conversation({**row, "kind": row["session_kind"]}), since)


async def _send_one(claimed: Claimed) -> bool:
    """Try one reply. True when the next of its session may be tried at once."""
    pace = governor.Pace.of(claimed.bot.id, claimed.to, claimed.bot.transport.features)
    completes = bool(claimed.row["edits"])
    try:
        while (wait := await governor.reserve(pace, completes_placeholder=completes)) > 0:
            if wait > PATIENCE_SECONDS:
                await _again(claimed, "waits for its turn", wait, failed=0)
                return False
            await asyncio.sleep(wait)
            claimed.check()
    except asyncio.CancelledError:  # nothing has left yet
        await _again(claimed, "its worker ended", 0, failed=0)
        raise
    if await _stopped(claimed):
        return True
    return await _send_whole(claimed)


async def _stopped(claimed: Claimed) -> bool:
    """Whether an operator has taken the conversation over since the claim: then what the agents say does not leave."""
    row = claimed.row
    if row["sent_by"] or row["batch_id"] is None:
        return False
    held = await db.row(_TAKEN_OVER, (row["session_id"],))
    if held and row["kind"] == "prompt":  # the question stands, and is asked after the release
        await _again(claimed, f"waits: {held['held_by']} took over", 0, failed=0)
    elif held:
        await db.change(_END, {**claimed.mine, "state": "failed", "error": f"stopped: {held['held_by']} took over"})
    return held is not None


async def _send_whole(claimed: Claimed) -> bool:
    """A call that has begun is not broken off when the worker shuts down: it gets a moment to end and to be noted."""
    sending = asyncio.ensure_future(_send(claimed))
    try:
        return await asyncio.shield(sending)
    except asyncio.CancelledError:
        await asyncio.wait({sending}, timeout=LAST_SECONDS)
        if not sending.done() and claimed.repeatable:
            sending.cancel()
            await _again(claimed, "its worker ended", 0, failed=1)
        raise


async def _send(claimed: Claimed) -> bool:
    """Call the provider and note what became of it. True when the next reply may be tried at once."""
    try:
        provider_id = await _transmit(claimed)
    except TransportError as error:
        return await _not_sent(claimed, error)
    await db.change(_SENT, {**claimed.mine, "provider_id": provider_id})
    log.info("reply.sent", provider_id=provider_id, part=claimed.row["part"], session_id=claimed.row["session_id"])
    return True


async def _transmit(claimed: Claimed) -> str:
    """One call to the provider; before a second try, look whether the first arrived, where that can be told."""
    row, transport = claimed.row, claimed.bot.transport
    buttons = [[Button(one["text"], one["data"]) for one in line] for line in row["buttons"]]
    part, name = Part(row["text"], row["formatting"], buttons), marker(row)
    told = {"reply_id": row["id"], "session_id": row["session_id"], "kind": row["kind"]}
    await signals.tell(signals.before_reply, **told, text=row["text"])
    claimed.check()
    if row["edits"]:
        await transport.edit(claimed.to, row["edits"], part)
        return str(row["edits"])
    if transport.features.findable and row["attempts"] and (found := await transport.find(claimed.to, name)):
        return found
    return await transport.send(claimed.to, part, reply_to=row["reply_to"], marker=name)


async def _not_sent(claimed: Claimed, error: TransportError) -> bool:
    """Decide by what the error says. True when the next reply may be tried at once."""
    row = claimed.row
    log.warning("reply.not_sent", error=str(error), attempts=row["attempts"] + 1, permanent=error.permanent)
    if isinstance(error, MessageGone) and row["edits"]:
        await _again(claimed, str(error), 0, failed=1, anew=True)
        return True
    if isinstance(error, Blocked):
        await db.change(_END, {**claimed.mine, "state": "failed", "error": str(error)})
        await db.change(_BLOCK, (row["session_id"], row["session_id"]))
        return False
    if isinstance(error, OutcomeUnknown) and not claimed.repeatable:
        await db.change(_END, {**claimed.mine, "state": "unknown", "error": str(error)})
        return True
    if error.permanent or row["attempts"] + 1 >= MAX_ATTEMPTS:
        await db.change(_END, {**claimed.mine, "state": "failed", "error": str(error)})
        if isinstance(error, Unauthorized):
            await db.change("UPDATE botplatform_bot SET problem = %s WHERE id = %s", (str(error), claimed.bot.id))
        return True
    wait = error.retry_after or BACK_OFF_SECONDS[min(row["attempts"], len(BACK_OFF_SECONDS) - 1)]
    if error.retry_after:
        await governor.hold(row["session_id"], wait)
    await _again(claimed, str(error), wait, failed=1)
    return False


async def _again(claimed: Claimed, error: str, wait: float, *, failed: int, anew: bool = False) -> None:
    values = {"error": error, "failed": failed, "anew": anew, "wait": timedelta(seconds=wait)}
    await db.change(_AGAIN, {**claimed.mine, **values})
