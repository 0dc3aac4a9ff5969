"""Operations that pause bots and agents, and let them go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from botplatform.admin.operations import Operation, Result
from botplatform.admin.workers.paused import PAUSE_AGENT, PAUSE_BOT
from botplatform.pipeline import operating
from botplatform.pipeline.operating import Outcome


def _perform(change: Callable[..., Awaitable[Outcome]]) -> Callable[..., Awaitable[Result]]:
    async def perform(pk: int, by: str) -> Result:
        outcome = await change(pk, by=by)
        return Result(outcome.done, outcome.told)

    return perform


BOT_OPERATIONS = (
    Operation(
        "pause", "Pause", PAUSE_BOT, "Messages are accepted and wait; nothing is answered until the bot goes on.",
        _perform(operating.pause_bot), lambda bot: not bot.paused,
    ),
    Operation(
        "resume", "Resume", PAUSE_BOT, "What has waited is answered now.", _perform(operating.resume_bot),
        lambda bot: bot.paused, confirm=False,
    ),
)  # fmt: skip
AGENT_OPERATIONS = (
    Operation(
        "pause", "Pause", PAUSE_AGENT, "What is meant for this agent waits until it goes on; other agents answer as ever.",
        _perform(operating.pause_agent), lambda agent: not agent.paused,
    ),
    Operation(
        "resume", "Resume", PAUSE_AGENT, "What has waited for this agent is answered now.", _perform(operating.resume_agent),
        lambda agent: agent.paused, confirm=False,
    ),
)  # fmt: skip
