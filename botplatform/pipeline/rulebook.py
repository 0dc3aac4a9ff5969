"""The patterns in force, and how they come to be: published as immutable versions, each judged by labelled cases first."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from psycopg.types.json import Jsonb

from agents.routing.evaluating import Case
from agents.routing.labelled import turns
from agents.routing.patterns import Pattern, PatternSet
from agents.routing.shipped import SHIPPED
from botplatform.models import Pattern as PatternRow
from botplatform.models import RoutingVersion
from botplatform.pipeline import caching, db
from botplatform.pipeline.caching import cached
from botplatform.pipeline.proving import Published, prove, shipped_figures, usable

__all__ = [
    "Outdated",
    "Published",
    "Rulebook",
    "current",
    "preview",
    "preview_again",
    "publish",
    "publish_again",
    "seed",
    "seen",
]

log = structlog.get_logger(__name__)

LOCK = 0x726F7574
"""The advisory lock of whoever publishes patterns."""
STEP = 10
"""Between the positions of shipped patterns, so that others fit in."""

_NEWEST = "SELECT id, number, patterns FROM botplatform_routingversion ORDER BY number DESC LIMIT 1"
_DRAFT = """
    SELECT name, expression, target, platform, tests FROM botplatform_pattern WHERE enabled ORDER BY position, id"""
_VERSION = "SELECT patterns FROM botplatform_routingversion WHERE number = %s"
_CASES = "SELECT text, platform, target, before FROM botplatform_routingcase ORDER BY id"
_PUBLISH = b"""
    INSERT INTO botplatform_routingversion (number, patterns, before, after, forced, note, created_by)
    VALUES (%(number)s, %(patterns)s, %(before)s, %(after)s, %(forced)s, %(note)s, %(by)s)"""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One published version."""

    version_id: int | None
    number: int
    patterns: PatternSet


class Outdated(Exception):
    """Somebody has changed the patterns, or published some, since they were looked at. Look again."""


def seen(number: int, patterns: Sequence[Mapping[str, str]]) -> str:
    """What somebody sees who looks at patterns beside the version `number` in force, as a short text."""
    return hashlib.sha256(json.dumps([number, patterns], sort_keys=True).encode()).hexdigest()


async def current() -> Rulebook:
    """The version in force; without one, no patterns. Cached for a moment."""

    async def newest() -> Rulebook:
        row = await db.row(_NEWEST)
        if row is None:
            return Rulebook(None, 0, usable(0, ()))
        # In a thread: compiling would hold up everything else on the loop.
        patterns = await asyncio.to_thread(usable, row["number"], _kept(row["patterns"]))
        return Rulebook(row["id"], row["number"], patterns)

    return await cached("rulebook", newest)


async def preview() -> Published:
    """What `publish` would say now, without publishing."""
    found, _ = await _proved()
    return found


async def publish(*, by: str, note: str, force: bool = False, as_seen: str = "") -> Published:
    """Make the enabled patterns a version. A loss, and what the linter finds, is refused unless forced.

    `as_seen`: what `seen` said of them; empty: publish them whatever they are. Raises Outdated.
    """
    return await _publish(_proved, {"by": by, "note": note}, force=force, as_seen=as_seen)


async def preview_again(number: int) -> Published:
    """What `publish_again` would say now. Raises LookupError."""
    found, _ = await _proved_again(number)
    return found


async def publish_again(number: int, *, by: str, note: str, force: bool = False, as_seen: str = "") -> Published:
    """Make the patterns of an earlier version the newest one. A loss is refused unless forced; drafts stay.

    Raises LookupError if there is no such version, and Outdated as `publish` does.
    """
    said = f"version {number} again{f': {note}' if note else ''}"
    return await _publish(lambda: _proved_again(number), {"by": by, "note": said}, force=force, as_seen=as_seen)


async def _publish(
    proved: Callable[[], Awaitable[tuple[Published, Sequence[Pattern]]]],
    values: Mapping[str, str],
    *,
    force: bool,
    as_seen: str,
) -> Published:
    async with db.transaction() as connection:
        await connection.execute(b"SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        found, patterns = await proved()
        rows = [_row(pattern) for pattern in patterns]
        if as_seen and as_seen != seen(found.number, rows):
            raise Outdated
        if found.refused and not (force and found.can_be_forced):
            return found
        number = found.number + 1
        more = {"number": number, "patterns": Jsonb(rows), "before": Jsonb(found.before), "after": Jsonb(found.after)}
        await connection.execute(_PUBLISH, {**values, **more, "forced": bool(found.refused)})
    caching.forget()
    log.info("routing.published", number=number, by=values["by"], patterns=len(rows), forced=bool(found.refused))
    return Published(number, found.before, found.after, findings=found.findings)


def seed() -> None:
    """Store the shipped patterns as version 1, once. Call it in a transaction, one process at a time."""
    if RoutingVersion.objects.exists():
        return
    rows = [
        PatternRow(**_row(pattern), tests=list(pattern.tests), position=place * STEP)
        for place, pattern in enumerate(SHIPPED, 1)
    ]
    PatternRow.objects.bulk_create(rows, ignore_conflicts=True)
    kept = [_row(pattern) for pattern in SHIPPED]
    RoutingVersion.objects.create(number=1, patterns=kept, after=shipped_figures(), note="as shipped")


async def _proved() -> tuple[Published, list[Pattern]]:
    """What is said of the enabled patterns, and they."""
    draft = [Pattern(**pattern) for pattern in await db.rows(_DRAFT)]
    return await asyncio.to_thread(prove, *await _in_force(), draft, await _own_cases()), draft


async def _proved_again(number: int) -> tuple[Published, tuple[Pattern, ...]]:
    """What is said of an earlier version's patterns, and they."""
    row = await db.row(_VERSION, (number,))
    if row is None:
        raise LookupError(f"there is no routing version {number}")
    kept = _kept(row["patterns"])
    return await asyncio.to_thread(prove, *await _in_force(), kept, await _own_cases(), linted=True), kept


async def _in_force() -> tuple[int, tuple[Pattern, ...]]:
    row = await db.row(_NEWEST)
    return (row["number"], _kept(row["patterns"])) if row else (0, ())


async def _own_cases() -> list[Case]:
    """The cases of operators."""
    return [
        Case(each["text"], each["platform"], each["target"], turns(each["before"])) for each in await db.rows(_CASES)
    ]


def _kept(rows: Sequence[dict[str, str]]) -> tuple[Pattern, ...]:
    """The patterns of a stored version."""
    return tuple(Pattern(row["name"], row["expression"], row["target"], row["platform"]) for row in rows)


def _row(pattern: Pattern) -> dict[str, str]:
    """What a version keeps of a pattern: everything but its tests."""
    return {
        "name": pattern.name,
        "expression": pattern.expression,
        "target": pattern.target,
        "platform": pattern.platform,
    }
