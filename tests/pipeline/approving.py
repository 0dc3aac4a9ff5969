"""Steps for the tests of approvals: a tool that counts what it does, a run that parks, people who decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from agents.base import Risk, RunContext, Tool, ToolResult
from botplatform.models import Approval, Reply
from botplatform.pipeline import batching, control, replying, running
from tests.pipeline.builders import executed
from tests.pipeline.conftest import Say


class Launch(Tool):
    """Counts its launches; needs a decision because of its risk."""

    name = "launch"
    description = "Launches something."
    input_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "properties": {"what": {"type": "string"}},
        "required": ["what"],
        "additionalProperties": False,
    }
    risk = Risk.CRITICAL
    writes = True
    confined = True

    def __init__(self) -> None:
        self.launched: list[Mapping[str, Any]] = []

    def describe(self, arguments: Mapping[str, Any]) -> str:
        return f"Launch {arguments.get('what')}."

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        self.launched.append(arguments)
        return ToolResult(f"{arguments['what']} is up")


async def parked(say: Say, text: str = "launch the kite", **more: Any) -> int:
    """A message whose run asks for a decision; returns the session, prompts sent."""
    receipt = await say(text, **more)
    await executed(receipt.session_id)
    await replying.deliver(receipt.session_id)
    return int(receipt.session_id)


async def go_on(session_id: int) -> bool:
    """The worker looks again: what is due runs, what is stored leaves. False when nothing was due."""
    work = await batching.claim(session_id)
    if isinstance(work, batching.Work):
        await running.execute(work)
    await replying.deliver(session_id)
    return isinstance(work, batching.Work)


async def control_of(say: Say, text: str, **more: Any) -> None:
    """Somebody says or presses something that is handled at once."""
    receipt = await say(text, **more)
    assert receipt.control
    await control.handle(receipt.update_id)
    await replying.deliver(receipt.session_id)


async def press(say: Say, button: str, *, approval: Approval | None = None, data: str = "", **more: Any) -> None:
    """Somebody presses a button of the newest prompt, or sends data of his own."""
    if not data:
        chosen = Reply.objects.filter(kind="prompt").exclude(buttons=[])
        prompt = await (chosen.filter(approval=approval) if approval else chosen).order_by("-id").afirst()
        assert prompt
        data = next(one["data"] for row in prompt.buttons for one in row if one["text"] == button)
    await control_of(say, "", kind="callback", button=f"cb-{button}", data=data, **more)


async def the_approval() -> Approval:
    """The only approval there is."""
    return await Approval.objects.aget()
