"""The agent for everyday conversation: answers by itself, with a few small tools."""

from __future__ import annotations

from agents.base import Agent, Answer, RunContext
from agents.loop import converse
from agents.prompts import shipped_prompt


class SimpleAgent(Agent):
    """Talks, looks at the clock, calculates."""

    name = "simple-agent"
    description = "Answers questions and talks, with the clock and a calculator at hand."
    default_tools = ("current_time", "calculator")

    async def run(self, context: RunContext) -> Answer:
        return await converse(context, system=context.settings.prompt or shipped_prompt(self.name))
