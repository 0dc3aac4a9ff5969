"""The patterns in force, and how they come to be."""

from __future__ import annotations

from dataclasses import dataclass

from agents.routing.patterns import Pattern, PatternSet
from botplatform.pipeline import db
from botplatform.pipeline.caching import cached

_NEWEST = "SELECT id, number, patterns FROM botplatform_routingversion ORDER BY number DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One published version."""

    version_id: int | None
    number: int
    patterns: PatternSet


async def current() -> Rulebook:
    """The version in force; without one, no patterns. Cached for a moment."""

    async def load() -> Rulebook:
        row = await db.row(_NEWEST)
        if row is None:
            return Rulebook(None, 0, PatternSet([]))
        return Rulebook(row["id"], row["number"], PatternSet([Pattern(**one) for one in row["patterns"]]))

    return await cached("rulebook", load)
