"""Every agent and every tool by name: one place to look."""

from __future__ import annotations

from agents.base import Agent
from agents.hitl import HitlAgent
from agents.info import InfoAgent
from agents.simple import SimpleAgent
from agents.tools.registry import TOOLS

__all__ = ["AGENTS", "STAND_INS", "TOOLS"]

AGENTS: dict[str, Agent] = {agent.name: agent for agent in (SimpleAgent(), HitlAgent(), InfoAgent())}

STAND_INS = {"orchestrator-agent": "simple-agent", "lead-researcher-agent": "simple-agent"}
"""Who answers for an agent that routing may choose and this installation does not have. It plugs in as any other
(a subclass of `Agent`, a line in AGENTS), and its line here goes."""
