"""What a run keeps for itself and finds again: its notes, and the pages that its answer's runs have read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.base import PageRead
from botplatform.pipeline import db
from botplatform.pipeline.leases import Lease
from transports.clean import clean_text

NOTES = 50
"""Notes of one run at most."""
LONGEST = 100_000
"""Characters of one note."""
PAGES = 200

_KEEP = """
    INSERT INTO botplatform_keptnote (batch_id, plan_step_id, name, text)
    SELECT %(batch)s::bigint, %(step)s::bigint, %(name)s::text, %(text)s WHERE (
        SELECT count(*) FROM botplatform_keptnote WHERE batch_id = %(batch)s AND plan_step_id IS NOT DISTINCT FROM %(step)s::bigint
          AND name <> %(name)s) < %(most)s
    ON CONFLICT (batch_id, plan_step_id, name) DO UPDATE SET text = EXCLUDED.text, updated_at = now()"""
_FORGET = """
    DELETE FROM botplatform_keptnote
    WHERE batch_id = %(batch)s AND plan_step_id IS NOT DISTINCT FROM %(step)s::bigint AND name = %(name)s"""
_KEPT = """
    SELECT name, text FROM botplatform_keptnote WHERE batch_id = %s AND plan_step_id IS NOT DISTINCT FROM %s ORDER BY name"""
_PAGES = """
    SELECT st.request->>'url' AS url, st.response->>'content' AS text
    FROM botplatform_step st JOIN botplatform_run r ON r.id = st.run_id JOIN botplatform_batch b ON b.id = r.batch_id
    WHERE r.batch_id = %s AND r.id > coalesce(b.from_run, 0) AND st.kind = 'tool' AND st.name = 'web_fetch'
      AND st.state = 'succeeded' AND st.response IS NOT NULL ORDER BY st.id LIMIT %s"""


async def keep(lease: Lease, name: str, text: str) -> None:
    """Keep a note under this name in the place of any before it; an empty one is forgotten. More than NOTES are refused."""
    values = {"batch": lease.batch_id, "step": lease.step_id, "name": clean_text(name)[:64], "most": NOTES}
    if not text:
        await db.change(_FORGET, values)
    elif not await db.change(_KEEP, {**values, "text": clean_text(text)[:LONGEST]}):
        raise ValueError(f"{NOTES} notes are kept already: clear one first")


async def kept(lease: Lease) -> Mapping[str, str]:
    """The notes by name."""
    return {row["name"]: row["text"] for row in await db.rows(_KEPT, (lease.batch_id, lease.step_id))}


async def pages_read(batch_id: int) -> Sequence[PageRead]:
    """Pages that runs of this batch have fetched, as their tool returned them, in order."""
    return [PageRead(row["url"] or "", row["text"] or "") for row in await db.rows(_PAGES, (batch_id, PAGES))]
