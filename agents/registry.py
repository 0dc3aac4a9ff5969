"""Every agent and every tool by name: one place to look."""

from __future__ import annotations

from agents.base import Agent
from agents.simple import SimpleAgent
from agents.tools.registry import TOOLS

__all__ = ["AGENTS", "TOOLS"]

AGENTS: dict[str, Agent] = {agent.name: agent for agent in (SimpleAgent(),)}
