"""footer(): how an answer came about, for admins who said `/debug on`, and for nobody else."""

from __future__ import annotations

from decimal import Decimal

from agents.base import AgentResult
from botplatform.pipeline import db, rights
from botplatform.pipeline.casting import Scene
from botplatform.pipeline.ending import Footer
from transports.base import Author

_FACTS = """
    SELECT r.method, r.rule, r.target, r.latency_ms, r.tokens_in + r.tokens_out AS router_tokens, r.cost_usd AS router_usd,
        r.classification, extract(epoch FROM now() - b.claimed_at)::float8 AS seconds,
        (SELECT jsonb_agg(jsonb_build_object('kind', s.kind, 'name', s.name, 'ms', s.ms, 'state', s.state,
            'tokens', s.tokens_in + s.tokens_out) ORDER BY s.id)
         FROM botplatform_step s JOIN botplatform_run u ON u.id = s.run_id WHERE u.batch_id = b.id) AS steps,
        (SELECT coalesce(sum(s.cost_usd), 0) FROM botplatform_step s JOIN botplatform_run u ON u.id = s.run_id
         WHERE u.batch_id = b.id) AS usd
    FROM botplatform_batch b LEFT JOIN botplatform_route r ON r.batch_id = b.id WHERE b.id = %s"""
_PRIVATE = """
    SELECT id FROM botplatform_session WHERE bot_id = %s AND key = ANY(%s) AND kind = 'private' AND mode = 'normal'"""


async def footer(scene: Scene, answer: AgentResult) -> Footer | None:
    """What to show, and where; None when nobody who wants it is an admin (any more)."""
    people = [await rights.of(scene.bot, scene.to, Author(one)) for one in scene.debug_for]
    admins = [person.id for person in people if person.is_admin]
    if not admins:
        return None
    title, text = await _words(scene, answer)
    if not scene.to.is_shared:
        return Footer(title, text, private=True)
    chats = await db.rows(_PRIVATE, (scene.bot.id, admins))
    where = f"About an answer in {scene.to.title or 'a group'}. "
    return Footer(f"{where}{title}", text, private=False, sessions=[chat["id"] for chat in chats])


async def _words(scene: Scene, answer: AgentResult) -> tuple[str, str]:
    row = await db.row(_FACTS, (scene.lease.batch_id,)) or {}
    last, settings = answer.last_result, scene.config.settings if scene.config else None
    steps = list(row.get("steps") or [])
    if last is not None and steps:
        steps[-1] = {
            **steps[-1],
            "ms": last.milliseconds,
            "state": last.state.value,
            "tokens": last.tokens_in + last.tokens_out,
        }
    usd = Decimal(row.get("usd") or 0) + Decimal(row.get("router_usd") or 0) + (last.cost_usd if last else 0)
    tokens = sum(step["tokens"] for step in steps) + (row.get("router_tokens") or 0)
    name = f"{settings.agent} v{settings.version}" if settings else "?"
    title = f"🔎 {name} · {tokens} tokens · ${usd:.4f} · {row.get('seconds') or 0:.1f} s"
    said = row.get("classification") or {}
    lines = [
        f"route: {row.get('method')} → {row.get('target')} in {row.get('latency_ms')} ms {row.get('rule') or ''}".rstrip(),
        f"classified: {said.get('type')}, {said.get('category')}, {said.get('complexity')}" if said else "",
        f"run: {scene.run_id}, batch {scene.lease.batch_id}, reference {scene.work.batch['request_id']}",
        f"model: {settings.model if settings else '?'}",
        f"note: {scene.note or answer.note}" if scene.note or answer.note else "",
        *(f"step {n}: {s['kind']} {s['name']}, {s['state']}, {s['tokens']} tokens, {s['ms']} ms" for n, s in enumerate(steps, 1)),
    ]  # fmt: skip
    return title, "\n".join(line for line in lines if line)
