"""What people see while a run works: typing, one placeholder, and its edits until the answer takes its place."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

import psycopg
import structlog

from botplatform.pipeline import db, governor
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.leases import Lease, LeaseLost
from transports.base import Conversation, Part
from transports.errors import OutcomeUnknown, TransportError
from transports.http import before_sending

log = structlog.get_logger(__name__)

STREAM_SECONDS = 0.12
"""Shortest time between two edits where the answer streams."""
STREAM_CHECK_SECONDS = 1.0
"""How long after a take-over a stream may go on."""

_OPEN = """
    WITH mine AS (
        SELECT 1 FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id
        WHERE b.id = %(batch)s AND b.epoch = %(epoch)s AND b.state = 'processing' AND s.mode <> 'held')
    INSERT INTO botplatform_reply (session_id, batch_id, kind, part, text, formatting, state, claimed_at, request_id)
    SELECT %(session)s, %(batch)s, 'placeholder', 0, %(text)s, '[]', 'sending', now(), %(request)s FROM mine RETURNING id"""
_SENT_IF_MINE = """
    UPDATE botplatform_reply SET state = 'sent', provider_id = %(provider)s, sent_at = now()
    WHERE id = %(id)s AND state = 'sending' AND EXISTS (
        SELECT FROM botplatform_batch WHERE id = %(batch)s AND epoch = %(epoch)s AND state = 'processing')
    RETURNING id"""
_NOT_SENT = "UPDATE botplatform_reply SET state = 'failed', error = %s WHERE id = %s AND state = 'sending'"
_MINE = """
    SELECT 1 FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id
    WHERE b.id = %(batch)s AND b.epoch = %(epoch)s AND b.state = 'processing' AND s.mode <> 'held' AND EXISTS (
        SELECT FROM botplatform_reply r WHERE r.batch_id = b.id AND r.kind = 'placeholder' AND r.provider_id = %(shown)s)"""


def rotate(texts: list[str], shown: str) -> str:
    """Another text than the one shown, if there is another."""
    return random.choice([text for text in texts if text != shown] or texts)  # noqa: S311 - a choice of words


@dataclass(slots=True)
class Progress:
    """The placeholder of one run. Nothing that goes wrong here harms the run."""

    bot: BotRow
    to: Conversation
    lease: Lease
    session_id: int
    request_id: str
    texts: list[str]
    reply_to: str = ""
    provider_id: str = ""
    answer: str = ""
    _shown: str = ""
    _task: asyncio.Task[None] | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _mine: bool = True
    _asked_at: float = float("-inf")

    def start(self, standing: str, *, quiet: bool) -> None:
        """Begin in the background. `standing` is the placeholder an earlier run left; `quiet`: show no new one."""
        self.provider_id, self._shown = standing, self.texts[0]
        self._task = asyncio.create_task(self._show(quiet=quiet))

    async def stop(self, patience_seconds: float | None = None) -> None:
        """No more edits after this returns. One that is on its way is waited for, up to its time-out: it must not overtake
        the answer, and without its id a placeholder would stay in the chat for ever."""
        self._stopping.set()
        if self._task:
            await asyncio.wait({self._task}, timeout=patience_seconds or self.bot.transport.http.total_seconds)
            self._task.cancel()

    async def _show(self, *, quiet: bool) -> None:
        before_sending.set(self.lease.check)
        if not self.bot.transport.features.placeholder:
            return
        try:
            await self._show_while_running(quiet=quiet)
        except (LeaseLost, psycopg.Error, OSError) as error:
            log.info("progress.stopped", error=type(error).__name__, batch_id=self.lease.batch_id)

    async def _show_while_running(self, *, quiet: bool) -> None:
        typing = asyncio.create_task(self._typing())
        try:
            if not self.provider_id and not quiet:
                await self._place()
            if self.provider_id:
                await self._keep_editing()
        finally:
            await asyncio.gather(typing, return_exceptions=True)

    async def _typing(self) -> None:
        try:
            await self.bot.transport.typing(self.to)
        except TransportError as error:
            log.info("typing.failed", error=str(error))
            await self._heed(error)

    async def _place(self) -> None:
        pace = governor.Pace.of(self.bot.id, self.to, self.bot.transport.features)
        if not await governor.spare(pace):
            return
        values = {
            "batch": self.lease.batch_id, "epoch": self.lease.epoch, "session": self.session_id,
            "text": self._shown, "request": self.request_id,
        }  # fmt: skip
        row = await db.row(_OPEN, values)
        if row is None:
            return
        try:
            self.provider_id = await self.bot.transport.send(
                self.to, Part(self._shown), reply_to=self.reply_to if self.to.is_shared else ""
            )
        except TransportError as error:
            log.info("placeholder.failed", error=str(error), batch_id=self.lease.batch_id)
            told = "written off: accepted or not, nobody can tell" if isinstance(error, OutcomeUnknown) else str(error)
            await db.change(_NOT_SENT, (told, row["id"]))
            await self._heed(error)
        else:
            await self._placed(row["id"])

    async def _placed(self, reply_id: int) -> None:
        """Keep the receipt; if the run was cancelled meanwhile, nobody else knows of the placeholder: take it away."""
        values = {"id": reply_id, "provider": self.provider_id, "batch": self.lease.batch_id, "epoch": self.lease.epoch}
        if await db.row(_SENT_IF_MINE, values):
            return
        await db.change(_NOT_SENT, ("taken away: the run had ended", reply_id))
        try:
            await self.bot.transport.delete(self.to, self.provider_id)
        except TransportError as error:
            log.info("placeholder.not_deleted", error=str(error), batch_id=self.lease.batch_id)
        self.provider_id = ""

    async def _keep_editing(self) -> None:
        features = self.bot.transport.features
        seconds = features.shared_progress_seconds if self.to.is_shared else features.progress_seconds
        while not await self._stopped_within(STREAM_SECONDS if features.streams else seconds):
            text = self.answer if features.streams else rotate(self.texts, self._shown)
            if text and text != self._shown:
                await self._edit(text)

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _edit(self, text: str) -> None:
        streams = self.bot.transport.features.streams
        pace = governor.Pace.of(self.bot.id, self.to, self.bot.transport.features)
        try:
            if not streams:
                await self._typing()
                if not await governor.spare(pace):
                    return
            if not await self._is_mine(every_seconds=STREAM_CHECK_SECONDS if streams else 0.0):
                return
            if self._stopping.is_set():
                return
            self._shown = text
            await self.bot.transport.edit(self.to, self.provider_id, Part(text), final=False)
        except TransportError as error:
            log.info("progress.failed", error=str(error), batch_id=self.lease.batch_id)
            await self._heed(error)

    async def _is_mine(self, *, every_seconds: float) -> bool:
        """Whether the run may still show anything; asked at most once in so many seconds."""
        if time.monotonic() - self._asked_at >= every_seconds:
            values = {"batch": self.lease.batch_id, "epoch": self.lease.epoch, "shown": self.provider_id}
            self._mine = bool(await db.row(_MINE, values))
            self._asked_at = time.monotonic()
        return self._mine

    async def _heed(self, error: TransportError) -> None:
        """Told to wait: the whole conversation does, the answer too."""
        if error.retry_after:
            self._stopping.set()
            await governor.hold(self.session_id, error.retry_after)
