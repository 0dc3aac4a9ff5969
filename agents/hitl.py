"""The agent that carries out what people ask for: it says what it is about to do and makes the call that asks them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.base import Agent, AgentResult, RunContext, SwitchAgent
from agents.consent import asks_something, is_bare, mentions_decision
from agents.loop import converse
from agents.prompts import shipped_prompt

NOTHING_WAITS = (
    "Nothing is waiting for your approval. Tell me what you would like me to do; where it needs a decision, I will ask."
)
TALKING_AGENT = "simple-agent"


class HitlAgent(Agent):
    """Acts through its tools alone; whether a call waits for a person is decided with the call."""

    name = "hitl-agent"
    description = "Carries out what people ask for, after asking for approval where it is needed."
    default_tools = (
        "delete_history", "set_reminder", "todo", "github_get_issue", "github_get_pull_request", "github_get_checks",
        "github_comment", "github_add_labels", "github_assign", "github_close", "github_merge",
    )  # fmt: skip

    async def run(self, query: str, context: RunContext) -> AgentResult:
        # A run that goes on has made its decision already.
        if not context.earlier and (answer := _without_model(context)):
            return answer
        prompt = context.settings.prompt or shipped_prompt(self.name)
        return await converse(context, system=prompt, facts=_waiting(context.open_approvals))


def _without_model(context: RunContext) -> AgentResult | None:
    """Answer words of consent and refusal: no model may take them for an order. Raises SwitchAgent."""
    text = context.turns[-1].text
    if context.open_approvals:
        unclear = is_bare(text) or mentions_decision(text)
        return AgentResult(_how_to_decide(context.open_approvals), note="open approvals listed") if unclear else None
    if not is_bare(text):
        return None
    if asks_something(_last_said(context)):
        raise SwitchAgent(TALKING_AGENT, "the answer to the agent's own question")
    return AgentResult(NOTHING_WAITS, note="nothing was waiting")


def _last_said(context: RunContext) -> str:
    return next((turn.text for turn in reversed(context.turns[:-1]) if turn.role == "assistant"), "")


def _how_to_decide(waiting: Sequence[str]) -> str:
    listed = "\n".join(f"- {' '.join(line.split())}" for line in waiting)
    begins, each = ("These are", "each by its number") if len(waiting) > 1 else ("This is", "it")
    number = found[0] if (found := re.search(r"\d+", waiting[0])) else "N"
    return f"{begins} waiting for a decision:\n\n{listed}\n\nDecide {each}: `/approve {number}` or `/deny {number}`."


def _waiting(open_approvals: Sequence[str]) -> str:
    """What the model is told of earlier questions, so that it does not ask twice."""
    if not open_approvals:
        return ""
    return "Waiting for a person's decision in this conversation already:\n" + "\n".join(open_approvals)
