"""The conversation as a run's model reads it: whole batches in order, answers after what they answer."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby

from django.conf import settings

from agents.base import StepKind, StepRecord, StepState, Turn
from botplatform.pipeline import db

JOINER = "\n---\n"
"""Between the messages of one batch."""

BATCH_CHARACTERS = 100_000
"""What one batch may bring into the prompt; of more, the beginning and the end are kept and the cut is told."""

# In the order of arrival: what was held aside as a possible decision joins its batch later than what came after it.
# Of a batch with thousands of messages the first and the last are read; `size` tells how many there are.
_OWN = """
    (SELECT update_id, id, role, author_name, text FROM botplatform_message
     WHERE batch_id = %(batch)s AND role = 'user' ORDER BY update_id, id LIMIT %(half)s)
    UNION
    (SELECT update_id, id, role, author_name, text FROM botplatform_message
     WHERE batch_id = %(batch)s AND role = 'user' ORDER BY update_id DESC, id DESC LIMIT %(half)s)
    ORDER BY update_id, id"""
OWN_MESSAGES = 200

# What failed, or stepped aside after it had cost two leases, may be what brings runs down: it must not join the next one.
_EARLIER = """
    SELECT m.id, m.batch_id, m.role, m.author_name, m.text
    FROM botplatform_message m JOIN botplatform_batch b ON b.id = m.batch_id JOIN botplatform_session s ON s.id = m.session_id
    WHERE m.session_id = %(session)s AND (m.batch_id < %(batch)s OR m.batch_id = %(batch)s AND m.role = 'operator')
      AND b.opened_at >= s.history_from
      AND NOT (b.state = 'failed' OR b.state = 'waiting' AND b.lost_leases > 1)
    ORDER BY m.batch_id DESC, m.role = 'user', m.update_id DESC, m.id DESC LIMIT %(limit)s"""

_STEPS = """
    SELECT st.id, st.kind, st.name, st.state, st.request, st.response, st.tool_use_id, st.repeatable
    FROM botplatform_step st JOIN botplatform_run r ON r.id = st.run_id JOIN botplatform_batch b ON b.id = r.batch_id
    WHERE r.batch_id = %s AND r.plan_step_id IS NOT DISTINCT FROM %s AND r.id > coalesce(b.from_run, 0) AND st.agent IN (%s, '')
      AND st.state IN ('running', 'succeeded', 'failed', 'unknown')
      AND NOT (st.kind = 'model' AND st.state <> 'succeeded')
    ORDER BY st.id"""


def join(texts: list[str], left_out: int) -> str:
    """The messages of a batch as one text, bounded, with any cut told."""
    if left_out:
        middle = len(texts) // 2
        texts = [*texts[:middle], f"[{left_out} messages were left out here]", *texts[middle:]]
    text = JOINER.join(texts)
    if len(text) <= BATCH_CHARACTERS:
        return text
    half = BATCH_CHARACTERS // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters were left out here]\n{text[-half:]}"


def _turn(rows: list[db.Row], *, shared: bool, left_out: int = 0) -> Turn:
    first = rows[0]
    if first["role"] != "user":
        return Turn("assistant", JOINER.join(row["text"] for row in rows))
    named = shared and len({row["author_name"] for row in rows}) > 1
    texts = [f"{row['author_name']}: {row['text']}" if named else row["text"] for row in rows]
    return Turn("user", join(texts, left_out), author=first["author_name"] if shared and not named else "")


async def turns(session_id: int, batch_id: int, size: int, *, shared: bool) -> list[Turn]:
    """The last HISTORY_LIMIT messages before the batch, then the batch itself as one user turn."""
    params = {"session": session_id, "batch": batch_id, "limit": settings.HISTORY_LIMIT, "half": OWN_MESSAGES // 2}
    earlier = await db.rows(_EARLIER, params)
    own = await db.rows(_OWN, params)
    before = [
        _turn(list(group), shared=shared)
        for _, group in groupby(reversed(earlier), key=lambda row: (row["batch_id"], row["role"] == "user"))
    ]
    return [*before, _turn(own, shared=shared, left_out=max(0, size - len(own)))]


_SPENT = """
    SELECT coalesce(sum(st.tokens_in + st.tokens_out), 0)::int AS tokens, coalesce(sum(st.cost_usd), 0) AS usd
    FROM botplatform_step st JOIN botplatform_run r ON r.id = st.run_id JOIN botplatform_batch b ON b.id = r.batch_id
    WHERE r.batch_id = %s AND r.id > coalesce(b.from_run, 0)"""
_NOTES = """
    SELECT m.text FROM botplatform_message m JOIN botplatform_session s ON s.id = m.session_id
    WHERE m.session_id = %s AND m.role = 'note' AND m.created_at >= s.history_from ORDER BY m.id DESC LIMIT %s"""
NOTES = 3
"""Operators' notes that a prompt holds: the latest."""
_AUTHORS = """
    SELECT m.author_id AS id, max(m.author_name) AS name, bool_or(m.batch_id = %(batch)s) AS asks
    FROM botplatform_message m JOIN botplatform_session s ON s.id = m.session_id
    WHERE m.session_id = %(session)s AND m.batch_id <= %(batch)s AND m.role = 'user' AND m.created_at >= s.history_from
    GROUP BY m.author_id ORDER BY asks DESC, max(m.id) DESC LIMIT %(limit)s"""


async def spent(batch_id: int) -> tuple[int, Decimal]:
    """Tokens and US dollars that the runs of this batch have used so far."""
    row = await db.row(_SPENT, (batch_id,))
    return (row["tokens"], row["usd"]) if row else (0, Decimal(0))


async def authors(session_id: int, batch_id: int) -> list[db.Row]:
    """Whose messages a prompt holds: `id`, `name`, and `asks` for those whom this batch answers, who come first."""
    return await db.rows(
        _AUTHORS, {"session": session_id, "batch": batch_id, "limit": settings.HISTORY_LIMIT + OWN_MESSAGES}
    )


async def notes(session_id: int) -> list[str]:
    """What operators have told the agents of this conversation, the oldest first."""
    return [row["text"] for row in reversed(await db.rows(_NOTES, (session_id, NOTES)))]


async def earlier_steps(batch_id: int, agent: str, step_id: int | None = None) -> list[StepRecord]:
    """What this agent has done for this batch, or for this step of its plan, in earlier runs and before it parked."""
    return [
        StepRecord(
            id=row["id"],
            kind=StepKind(row["kind"]),
            name=row["name"],
            state=StepState(row["state"]),
            request=row["request"] or {},
            response=row["response"] or {},
            tool_use_id=row["tool_use_id"],
            repeatable=row["repeatable"],
        )
        for row in await db.rows(_STEPS, (batch_id, step_id, agent))
    ]
