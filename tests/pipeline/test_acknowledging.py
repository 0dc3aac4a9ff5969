from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from botplatform.models import Update
from botplatform.pipeline import acknowledging
from tests.pipeline.builders import WatchedTransport
from tests.pipeline.conftest import Say, SetFeatures
from transports.errors import TryLater


@pytest.fixture(autouse=True)
def receipts(features: SetFeatures) -> None:
    """A platform that shows who has seen a message."""
    features(receipt="👀")


async def test_message_is_acknowledged(say: Say, fake: WatchedTransport) -> None:
    receipt = await say("hello", message_id="m7")
    await acknowledging.acknowledge(receipt.update_id)
    assert fake.reactions == [("m7", "👀")]
    assert (await Update.objects.aget()).acknowledged_at


async def test_message_is_acknowledged_once_however_often_it_is_asked_for(say: Say, fake: WatchedTransport) -> None:
    receipt = await say("hello")
    await asyncio.gather(*(acknowledging.acknowledge(receipt.update_id) for _ in range(4)))
    await acknowledging.acknowledge(receipt.update_id)
    assert len(fake.reactions) == 1


async def test_lost_receipt_is_not_sent_later(say: Say, fake: WatchedTransport) -> None:
    receipt = await say("hello")
    fake.refuses_reactions = TryLater("bad gateway")
    with capture_logs() as logs:
        await acknowledging.acknowledge(receipt.update_id)
    assert [(line["event"], line["update_id"]) for line in logs] == [("receipt.failed", receipt.update_id)]
    fake.refuses_reactions = None
    await acknowledging.acknowledge(receipt.update_id)
    assert fake.reactions == []


async def test_platform_without_receipts_is_left_alone(say: Say, fake: WatchedTransport, features: SetFeatures) -> None:
    features(receipt="")
    await acknowledging.acknowledge((await say("hello")).update_id)
    assert fake.reactions == []


async def test_update_without_a_message_has_nothing_to_acknowledge(say: Say, fake: WatchedTransport) -> None:
    receipt = await say("hello", message_id="")
    await acknowledging.acknowledge(receipt.update_id)
    assert fake.reactions == []


async def test_update_that_is_gone_is_nothing_to_do(say: Say, fake: WatchedTransport) -> None:
    await acknowledging.acknowledge(12345)
    assert fake.reactions == []
