"""The agent for everyday conversation: answers by itself, with a few small tools."""

from __future__ import annotations

from agents.base import Agent, AgentResult, RunContext
from agents.loop import converse
from agents.prompts import shipped_prompt


class SimpleAgent(Agent):
    """Talks, looks at the clock, calculates."""

    name = "simple-agent"
    description = (
        "Answers questions and talks, with the clock, a calculator, reminders and a list of things to do at hand."
    )
    default_tools = ("current_time", "calculator", "set_reminder", "todo")

    async def run(self, query: str, context: RunContext) -> AgentResult:
        return await converse(context, system=context.settings.prompt or shipped_prompt(self.name))
