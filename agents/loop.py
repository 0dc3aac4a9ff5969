"""Model → tool calls → results, until the model is done or a limit is reached. Every agent that talks runs on this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.base import AgentError, AgentResult, Block, Parked, RunContext, StepState, Turn
from agents.calling import ModelCalls
from agents.clock import Clock
from agents.outcome import STOPPED, Next, Outcome, judge
from agents.prompt import system_prompt
from agents.replies import Reply
from agents.resuming import resume
from agents.thread import tool_uses
from agents.toolcalls import call_tool, specification
from agents.tools.registry import TOOLS


async def converse(
    context: RunContext,
    *,
    system: str,
    facts: str = "",
    turns: Sequence[Turn] | None = None,
    tools: Sequence[str] | None = None,
    purpose: str = "",
) -> AgentResult:
    """Answer the last turn, going on after the last whole step of an earlier run.

    `facts` joins what the context says about the conversation; the model reads both as data. `turns` and `tools` take
    the place of the context's own. An agent that asks models for several things names the `purpose` of each: only
    steps that were made for it are gone on from.
    The model call that ends the run is not stored here but handed back in the AgentResult, to be committed with the replies.
    Raises AgentError when there is nothing to say, and Parked when a tool call waits for a person's decision; whatever
    the context raises passes through.
    """
    offered = context.offered_tools if tools is None else tools
    conversation = _Conversation(context, system, offered, purpose)
    said = "\n\n".join(part for part in (context.facts, facts) if part.strip())
    await conversation.begin(context.turns if turns is None else turns, said)
    while True:
        if answer := await conversation.advance():
            return answer


class _Conversation:
    """The state of one run of the loop."""

    def __init__(self, context: RunContext, system: str, offered: Sequence[str], purpose: str) -> None:
        self.context, self.purpose = context, purpose
        self.clock = Clock(context.settings.max_seconds)
        known = {**TOOLS, **context.more_tools}
        self.tools = {name: known[name] for name in offered if name in known}
        specifications = [specification(tool) for tool in self.tools.values()]
        self.models = ModelCalls(
            context,
            system=system_prompt(system, context.notes),
            tools=specifications,
            clock=self.clock,
            purpose=purpose,
        )
        self.max_tokens = context.settings.max_output_tokens
        self.asked_again = False
        self.paused_text = ""
        self.said = ""

    async def begin(self, turns: Sequence[Turn], facts: str) -> None:
        resumed = await resume(self.context, turns=turns, request=self.models.fixed, facts=facts, purpose=self.purpose)
        self.thread, self.results, self.begun = resumed.thread, resumed.results, resumed.begun
        self.model_calls = resumed.model_calls
        self.paused_text = self.thread.paused_text()
        self.earlier: Reply | None = None
        if resumed.last is not None:
            response = resumed.last.response
            self.earlier = Reply(list(response.get("content", [])), str(response.get("stop_reason") or ""))

    async def advance(self) -> AgentResult | None:
        """Take the next reply and act on it."""
        reply, self.earlier = self.earlier, None
        if reply is None:
            if limit := self._limit():
                return self._stopped(limit)
            reply = await self.models.reply(self.thread, max_tokens=self.max_tokens, before=self.paused_text)
            self.model_calls += 1
        outcome = judge(reply, before=self.paused_text, asked_again=self.asked_again)
        self.said = reply.text.strip() or self.said
        if outcome.next is Next.ANSWER:
            return AgentResult(outcome.text, reply.step, reply.result, self._note(outcome))
        if outcome.next is Next.TOOLS and (limit := self._exhausted()):
            return self._stopped(limit, reply)
        await self._store(reply, outcome)
        if outcome.next is Next.AGAIN:
            self.asked_again, self.max_tokens = True, self.max_tokens * 2
        else:
            await self._go_on(reply, outcome)
        return None

    async def _go_on(self, reply: Reply, outcome: Outcome) -> None:
        self.thread.said(reply.content)
        self.paused_text = self.paused_text + reply.text if outcome.next is Next.CONTINUE else ""
        results = [
            self.results.get(str(block.get("id"))) or await self._call(block, reply)
            for block in tool_uses(reply.content)
        ]
        made = [result for result in results if result is not None]
        if len(made) < len(results):
            raise Parked  # what could be done is stored; the run that goes on finds it
        if made:
            self.thread.returned(made)
        self.results, self.begun = {}, {}

    async def _call(self, block: Block, reply: Reply) -> Block | None:
        """A tool call's result; None while it waits for somebody or something, and the other calls are made meanwhile."""
        try:
            begun = self.begun.get(str(block.get("id")))
            return await call_tool(self.context, self.tools, block, self.clock, said=reply.text, begun=begun)
        except Parked:
            return None

    async def _store(self, reply: Reply, outcome: Outcome) -> None:
        """Commit a reply that does not end the run; one that is asked for again must not be resumed from."""
        if reply.step is None or reply.result is None:
            return
        result = reply.result
        if outcome.next is Next.AGAIN:
            result = replace(result, state=StepState.FAILED, error=outcome.note)
        await self.context.finish_step(reply.step, result)

    def _limit(self) -> str:
        """The name of the limit that forbids another model call; empty while there is none."""
        return self._exhausted() or ("max_seconds" if self.clock.spent() else "")

    def _exhausted(self) -> str:
        """The same for what a later run of this batch would not have either."""
        return "max_steps" if self.model_calls >= self.context.settings.max_steps else self.models.spent()

    def _note(self, outcome: Outcome) -> str:
        """An answer that was cut because the run's tokens or money ended is noted as such."""
        return (outcome.note == "max_tokens" and self.models.spent()) or outcome.note

    def _stopped(self, limit: str, reply: Reply | None = None) -> AgentResult:
        words = STOPPED[limit]
        text = (self.paused_text + (reply.text if reply else "")).strip() or self.said
        if not text and reply is None:
            raise AgentError(f"{limit} reached without an answer", retryable=False, public=words.strip("_()"))
        step, result = (reply.step, reply.result) if reply else (None, None)
        return AgentResult(f"{text}\n\n{words}".strip(), step, result, limit)
