from __future__ import annotations

from botplatform.models import Batch, Message, Reply, Run, Step, Update
from botplatform.pipeline import batching, bots, db, replying, running
from tests.pipeline.conftest import Say


async def due() -> None:
    await db.change("UPDATE botplatform_batch SET due_at = now() WHERE state = 'collecting'")


async def test_a_message_is_answered_once(say: Say, bot: bots.BotRow) -> None:
    receipt = await say("hello")
    assert receipt.outcome == "queued"
    await due()
    work = await batching.claim(receipt.session_id)
    assert isinstance(work, batching.Work)
    await running.execute(work)
    await replying.deliver(receipt.session_id)
    assert [reply.state async for reply in Reply.objects.filter(kind="answer")] == ["sent"]
    assert (await Batch.objects.aget()).state == "done"
    assert (await Run.objects.aget()).state == "succeeded"
    assert (await Update.objects.aget()).state == "done"
    assert await Message.objects.acount() == 2
    assert await Step.objects.filter(state="succeeded").acount() == 1
    assert len(bot.transport.sent) == 1
