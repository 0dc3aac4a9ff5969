"""The patterns in force, and how they come to be: published as immutable versions, each judged by labelled cases first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from agents.routing.evaluating import Case, Report, by_patterns, evaluate, load, loses
from agents.routing.labelled import turns
from agents.routing.linting import lint_all
from agents.routing.patterns import Pattern, PatternError, PatternSet
from agents.routing.shipped import SHIPPED
from botplatform.models import Pattern as PatternRow
from botplatform.models import RoutingVersion
from botplatform.pipeline import caching, db
from botplatform.pipeline.caching import cached

log = structlog.get_logger(__name__)

LOCK = 0x726F7574
"""The advisory lock of whoever publishes patterns."""
STEP = 10
"""Between the positions of shipped patterns, so that others fit in."""

_NEWEST = "SELECT id, number, patterns FROM botplatform_routingversion ORDER BY number DESC LIMIT 1"
_DRAFT = """
    SELECT name, expression, target, platform, tests FROM botplatform_pattern WHERE enabled ORDER BY position, id"""
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


@dataclass(frozen=True, slots=True)
class Published:
    """What came of publishing, or what would come of it."""

    number: int
    """Of the version in force afterwards."""
    before: dict[str, Any]
    """What the cases say of the version in force until now: `Report.as_dict`."""
    after: dict[str, Any]
    """What they say of the enabled patterns as they are being edited."""
    refused: str = ""
    """Why it was not published; empty if it was."""
    can_be_forced: bool = False
    findings: dict[str, list[str]] = field(default_factory=dict)
    """What the linter says of patterns, by name."""


async def current() -> Rulebook:
    """The version in force; without one, no patterns. Cached for a moment."""

    async def newest() -> Rulebook:
        row = await db.row(_NEWEST)
        return _rulebook(row["id"], row["number"], _kept(row["patterns"])) if row else Rulebook(None, 0, _set(()))

    return await cached("rulebook", newest)


async def preview() -> Published:
    """What `publish` would say now, without publishing."""
    row, draft, cases = await _read()
    return await asyncio.to_thread(_judge, row, draft, cases)


async def publish(*, by: str, note: str, force: bool = False) -> Published:
    """Make the enabled patterns a version. A loss, and what the linter finds, is refused unless forced."""
    async with db.transaction() as connection:
        await connection.execute(b"SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        row, draft, cases = await _read()
        found = await asyncio.to_thread(_judge, row, draft, cases)
        if found.refused and not (force and found.can_be_forced):
            return found
        number = found.number + 1
        values = {"number": number, "patterns": Jsonb([_row(pattern) for pattern in draft]), "by": by, "note": note,
                  "before": Jsonb(found.before), "after": Jsonb(found.after), "forced": bool(found.refused)}  # fmt: skip
        await connection.execute(_PUBLISH, values)
    caching.forget()
    log.info("routing.published", number=number, by=by, patterns=len(draft), forced=bool(found.refused))
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
    RoutingVersion.objects.create(number=1, patterns=kept, after=_shipped_figures(), note="as shipped")


async def _read() -> tuple[db.Row | None, list[Pattern], list[Case]]:
    """The version in force, the enabled patterns, and the cases that operators have named."""
    draft = [Pattern(**row) for row in await db.rows(_DRAFT)]
    cases = [
        Case(row["text"], row["platform"], row["target"], turns(row["before"] or [])) for row in await db.rows(_CASES)
    ]
    return await db.row(_NEWEST), draft, cases


def _judge(row: db.Row | None, draft: Sequence[Pattern], own: Sequence[Case]) -> Published:
    """Set the version in force beside the draft. Takes about a second of computing."""
    cases = [*load("held_out"), *own]
    number, kept = (row["number"], _kept(row["patterns"])) if row else (0, ())
    before = _report(cases, _rulebook(None, number, kept).patterns)
    try:
        patterns = PatternSet(draft)
    except PatternError as error:
        return Published(number, before.as_dict(), {}, f"{error}.")
    after, findings = _report(cases, patterns), lint_all(patterns)
    refused = _objection(findings, loses(before, after))
    if row and tuple(map(_bare, draft)) == kept:
        return Published(number, before.as_dict(), after.as_dict(), f"Nothing has changed since version {number}.")
    return Published(number, before.as_dict(), after.as_dict(), refused, bool(refused), findings)


def _objection(findings: dict[str, list[str]], loss: str) -> str:
    said = [f"{name}: {line}" for name, lines in findings.items() for line in lines]
    return " ".join([*([f"It would be a loss: {loss}."] if loss else []), *said])


def _report(cases: Sequence[Case], patterns: PatternSet) -> Report:
    return evaluate(cases, by_patterns(patterns))


def _rulebook(version_id: int | None, number: int, kept: tuple[Pattern, ...]) -> Rulebook:
    """A version that can no longer be used settles nothing, rather than stop every message."""
    try:
        return Rulebook(version_id, number, _set(kept))
    except PatternError as error:
        log.error("routing.version_unusable", number=number, error=str(error))
        return Rulebook(version_id, number, _set(()))


@lru_cache(maxsize=2)
def _set(patterns: tuple[Pattern, ...]) -> PatternSet:
    """Compiled once for each version: it takes a tenth of a second."""
    return PatternSet(patterns)


@cache
def _shipped_figures() -> dict[str, Any]:
    return _report(load("held_out"), _set(tuple(map(_bare, SHIPPED)))).as_dict()


def _kept(rows: Sequence[dict[str, str]]) -> tuple[Pattern, ...]:
    """The patterns of a stored version."""
    return tuple(Pattern(row["name"], row["expression"], row["target"], row["platform"]) for row in rows)


def _bare(pattern: Pattern) -> Pattern:
    return Pattern(pattern.name, pattern.expression, pattern.target, pattern.platform)


def _row(pattern: Pattern) -> dict[str, str]:
    """What a version keeps of a pattern: everything but its tests."""
    return {
        "name": pattern.name,
        "expression": pattern.expression,
        "target": pattern.target,
        "platform": pattern.platform,
    }
