"""receive(): an update becomes rows, once. One statement, one round trip, for one update or for a whole group.

The statement first looks for updates that are known already, so that a duplicate changes nothing; the unique constraints
decide a race between processes: the loser's statement fails as a whole and is repeated one update at a time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from psycopg.errors import DeadlockDetected, UniqueViolation

from botplatform.pipeline import db, inbox_special, verdicts
from botplatform.pipeline.inbox_sql import COLUMNS, RECEIVE
from transports.base import InboundUpdate, Kind

EXCERPT_CHARACTERS = 2000
JOINS_BATCH = frozenset({Kind.MESSAGE})
CONTROL = frozenset({Kind.COMMAND, Kind.CALLBACK})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A verified update on its way in."""

    bot_id: int
    account_id: str
    update: InboundUpdate
    body: bytes
    request_id: str
    headers: dict[str, str] = field(default_factory=dict)
    quarantined: str = ""
    """Why the body could not be read; the update is then a shell around its external id."""

    @property
    def state(self) -> str:
        if self.quarantined:
            return "quarantined"
        if self.update.kind is Kind.CALLBACK and self.update.callback_id:
            return "queued"  # whoever pressed it waits for an answer, even where there is nothing to do
        return "ignored" if self.update.ignored or self.update.kind is Kind.OTHER else "queued"

    @property
    def order(self) -> tuple[int, str]:
        conversation = self.update.conversation
        return self.bot_id, conversation.key if conversation else ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an update, and what to do next."""

    update_id: int
    outcome: str
    """`queued`, `duplicate` or `ignored` (quarantined counts as ignored towards the provider)."""
    session_id: int | None = None
    due_in: timedelta | None = None
    """Set when this update opened a batch or made one due: nudge the session after that time."""
    control: bool = False
    """A command, a button, or a message that may decide an approval: nudge the control task with the update's id."""
    receipt: bool = False
    """An answer is due: the transport's receipt reaction may be sent."""
    woken: Sequence[int] = ()
    """Sessions in which something has waited for just this."""


def _values(arrival: Arrival) -> tuple[Any, ...]:
    update, talk, author = arrival.update, arrival.update.conversation, arrival.update.author
    joins = arrival.state == "queued" and update.kind in JOINS_BATCH
    return (
        arrival.bot_id, arrival.account_id, update.external_id, update.dedup_key or None, update.kind.value, arrival.state,
        arrival.quarantined or update.ignored, arrival.request_id, update.message_id,
        author.id if author else "", author.name if author else "", update.text,
        json.dumps(arrival.headers) if arrival.headers else "{}", arrival.body,
        talk.key if talk else None, talk.kind.value if talk else "", talk.title if talk else "",
        talk.is_public if talk else False, json.dumps(dict(talk.address)) if talk else "{}",
        joins, joins and update.own_words, joins and update.own_words and verdicts.concerns_decision(update.text),
    )  # fmt: skip


def _params(arrivals: Sequence[Arrival]) -> dict[str, Any]:
    columns = zip(*(_values(arrival) for arrival in arrivals), strict=True)
    return {
        **dict(zip(COLUMNS, map(list, columns), strict=True)),
        "excerpt": EXCERPT_CHARACTERS,
        "window": settings.BATCH_WINDOW,
        "max_window": settings.BATCH_MAX_WINDOW,
        "max_messages": settings.BATCH_MAX_MESSAGES,
        "ttl": settings.SESSION_TTL,
    }


def _receipt(arrival: Arrival, row: db.Row) -> Receipt:
    if row["known"]:
        return Receipt(row["update_id"], "duplicate")
    if arrival.state != "queued":
        return Receipt(row["update_id"], "ignored", row["session_id"])
    control = arrival.update.kind in CONTROL or row["aside"]
    due_in = row["due_in"] if row["opened"] or row["full"] else None
    return Receipt(
        row["update_id"], "queued", row["session_id"], due_in, control, receipt=arrival.update.kind is Kind.MESSAGE
    )


async def write(connection: db.Connection, arrivals: Sequence[Arrival]) -> list[Receipt]:
    """Store updates with distinct identities in one statement; receipts in the same order. Raises on a lost race."""
    cursor = await connection.execute(RECEIVE, _params(arrivals), prepare=True)
    found = {row["position"]: row for row in await cursor.fetchall()}
    receipts = [_receipt(arrival, found[position]) for position, arrival in enumerate(arrivals, start=1)]
    if keys := [arrival.update.wake_key for arrival in arrivals if arrival.update.wake_key]:
        receipts[-1] = replace(receipts[-1], woken=await _wake(connection, keys))
    return receipts


_WAKE = b"""
    WITH batch AS (
        UPDATE botplatform_batch SET wake_at = now(), wait_key = '' WHERE wait_key = ANY(%(keys)s) AND state = 'waiting'
        RETURNING session_id
    ), step AS (
        UPDATE botplatform_planstep SET wake_at = now(), wait_key = '' WHERE wait_key = ANY(%(keys)s) AND state = 'waiting'
        RETURNING plan_id)
    SELECT session_id FROM batch UNION
    SELECT b.session_id FROM step JOIN botplatform_plan p ON p.id = step.plan_id JOIN botplatform_batch b ON b.id = p.batch_id"""


async def _wake(connection: db.Connection, keys: Sequence[str]) -> list[int]:
    """Let go on what has waited for this to happen."""
    return [row["session_id"] for row in await (await connection.execute(_WAKE, {"keys": list(keys)})).fetchall()]


async def receive(arrival: Arrival, connection: db.Connection | None = None) -> Receipt:
    """Store one update in its own transaction. Raises psycopg.Error when the database does not take it."""
    if connection is None:
        async with db.connection() as own:
            return await receive(arrival, own)
    for _ in range(3):
        try:
            return await _in_one_transaction(arrival, connection)
        except (UniqueViolation, DeadlockDetected):
            continue  # another process stored the same update or opened the same session a moment ago: look again
    return await _in_one_transaction(arrival, connection)


async def _in_one_transaction(arrival: Arrival, connection: db.Connection) -> Receipt:
    async with connection.transaction():
        [receipt] = await write(connection, [arrival])
        if receipt.outcome == "queued" and arrival.update.kind in inbox_special.EFFECTS:
            await inbox_special.apply(connection, arrival.update, receipt.update_id, receipt.session_id)
        return receipt


_JOIN = b"""
    WITH batch AS (
        INSERT INTO botplatform_batch AS b (session_id, state, size, request_id, opened_at, due_at)
        SELECT session_id, 'collecting', 1, request_id, clock_timestamp(), clock_timestamp() + %(window)s
        FROM botplatform_update WHERE id = %(update)s
        ON CONFLICT (session_id) WHERE state = 'collecting' DO UPDATE SET size = b.size + 1,
            due_at = greatest(b.due_at, least(clock_timestamp() + %(window)s, b.opened_at + %(max_window)s))
        RETURNING id
    ), moved AS (
        UPDATE botplatform_update u SET batch_id = batch.id FROM batch WHERE u.id = %(update)s RETURNING u.*)
    INSERT INTO botplatform_message (session_id, batch_id, update_id, role, author_id, author_name, text, provider_message_id)
    SELECT session_id, batch_id, id, 'user', author_id, author_name, %(text)s, message_id FROM moved"""


async def join(connection: db.Connection, update_id: int, text: str) -> None:
    """Let an update that was held aside join its session's batch after all, within the caller's transaction."""
    values = {
        "update": update_id,
        "text": text,
        "window": settings.BATCH_WINDOW,
        "max_window": settings.BATCH_MAX_WINDOW,
    }
    await connection.execute(_JOIN, values)
