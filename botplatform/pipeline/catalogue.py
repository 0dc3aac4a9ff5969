"""What operators wrote about agents, as runs need it: read as a whole, for it is small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents.base import Page
from agents.registry import AGENTS
from botplatform.pipeline import db
from botplatform.pipeline.canaries.sharing import takes
from botplatform.pipeline.composing import Place, fill_page

_AGENTS = """
    SELECT c.name AS agent, c.behaviour, c.category, v.* FROM botplatform_agentconfig c
    JOIN botplatform_agentconfigversion v ON v.id = c.published_id WHERE c.enabled"""
VERSION = """
    SELECT c.name AS agent, c.behaviour, c.category, v.* FROM botplatform_agentconfig c
    JOIN botplatform_agentconfigversion v ON v.config_id = c.id WHERE v.id = %s"""
"""One version, whether it is published or not."""
# One whose comparison no longer holds, because something else was published meanwhile, takes nothing.
_CANARIES = """
    SELECT k.id AS canary_id, k.share_percent, c.name AS agent, c.behaviour, c.category, v.* FROM botplatform_canary k
    JOIN botplatform_agentconfig c ON c.id = k.config_id AND c.published_id = k.beside_id
    JOIN botplatform_agentconfigversion v ON v.id = k.version_id WHERE k.state = 'running' AND c.enabled"""
_OVERRIDES = """
    SELECT o.bot_id, c.name AS agent, o.instructions, o.model, o.tools FROM botplatform_agentoverride o
    JOIN botplatform_agentconfig c ON c.id = o.config_id"""
_PAGES = "SELECT title, text, url, bot_id FROM botplatform_infopage WHERE enabled ORDER BY position, id"
_NO_OVERRIDE: db.Row = {"instructions": "", "model": "", "tools": None}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Enabled agents with their published versions, canaries, what bots do differently, how platforms are spoken on."""

    agents: Mapping[str, db.Row]
    canaries: Mapping[str, db.Row]
    overrides: Mapping[tuple[int, str], db.Row]
    personalities: Mapping[str, str]

    def row(self, agent: str, session_id: int | None = None) -> db.Row:
        """The published version, or the one on trial where the conversation is among the canary's share.

        Raises LookupError when there is none or the agent is disabled.
        """
        if agent not in self.agents:
            raise LookupError(f"agent {agent} is disabled or has no published configuration")
        canary = self.canaries.get(agent)
        if canary and session_id is not None and takes(canary["canary_id"], session_id, canary["share_percent"]):
            return canary
        return self.agents[agent]

    def answers(self, agent: str) -> bool:
        """Whether runs can be given to it: enabled, published, and its behaviour there."""
        return agent in self.agents and self.agents[agent]["behaviour"] in AGENTS

    def override(self, place: Place, agent: str) -> db.Row:
        """What the place's bot does differently."""
        return self.overrides.get((place.bot_id or 0, agent), _NO_OVERRIDE)


async def load() -> Catalogue:
    """Read all of it."""
    agents, canaries, overrides = [await db.rows(sql) for sql in (_AGENTS, _CANARIES, _OVERRIDES)]
    personalities = await db.rows("SELECT platform, text FROM botplatform_personality")
    return Catalogue(
        {row["agent"]: row for row in agents},
        {row["agent"]: row for row in canaries},
        {(row["bot_id"], row["agent"]): row for row in overrides},
        {row["platform"]: row["text"] for row in personalities},
    )


async def load_pages() -> list[db.Row]:
    """The enabled info pages in their order."""
    return await db.rows(_PAGES)


def pages_of(rows: list[db.Row], bot_id: int, place: Place) -> list[Page]:
    """Those for this bot and for all bots."""
    mine = [row for row in rows if row["bot_id"] in (None, bot_id)]
    return [Page(row["title"], fill_page(row["text"], place), row["url"]) for row in mine]
