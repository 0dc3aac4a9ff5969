"""Every agent, worker and tool by name: one place to look."""

from __future__ import annotations

from agents.base import Agent
from agents.hitl import HitlAgent
from agents.info import InfoAgent
from agents.orchestrator import Orchestrator
from agents.researcher import LeadResearcher
from agents.simple import SimpleAgent
from agents.tools.registry import TOOLS
from agents.workers.registry import WORKERS

__all__ = ["AGENTS", "STAND_INS", "TOOLS", "WORKERS"]

AGENTS: dict[str, Agent] = {
    agent.name: agent for agent in (SimpleAgent(), HitlAgent(), InfoAgent(), Orchestrator(), LeadResearcher())
}

STAND_INS: dict[str, str] = {}
"""Who answers for an agent that routing may choose and this installation does not have."""
