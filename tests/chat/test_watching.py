from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.layers import get_channel_layer

from botplatform.chatting import watching
from botplatform.chatting.watching import Watch

GROUP = "webchat.test"


class Viewer:
    """Takes events, no faster than it is allowed to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.may_take = asyncio.Event()
        self.may_take.set()
        self.watch = Watch(GROUP, self._take)
        self.watch.start()

    async def _take(self, event: Any) -> None:
        await self.may_take.wait()
        if event.get("text") == "poison":
            raise RuntimeError("cannot be shown")
        self.taken.append(event.get("text", event["kind"]))

    async def wait_for(self, *texts: str) -> None:
        async with asyncio.timeout(5):
            while self.taken != list(texts):
                await asyncio.sleep(0.01)

    async def join(self) -> None:
        """Wait until events arrive."""
        async with asyncio.timeout(5):
            while "typing" not in self.taken:
                await publish(kind="typing")
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        self.taken.clear()


async def publish(**event: Any) -> None:
    await get_channel_layer().group_send(GROUP, {"type": "chat.event", "event": event})


async def publish_text(text: str, *, final: bool = False, message_id: str = "x") -> None:
    await publish(kind="text", id=message_id, text=text, final=final)


@pytest.fixture
async def viewer(servers: None) -> AsyncIterator[Viewer]:
    viewer = Viewer()
    yield viewer
    viewer.may_take.set()
    await viewer.watch.stop()


async def test_events_are_handed_on_in_order(viewer: Viewer) -> None:
    await viewer.join()
    for number in range(5):
        await publish_text(str(number), message_id=str(number))
    await viewer.wait_for("0", "1", "2", "3", "4")


async def test_of_a_growing_text_a_slow_viewer_gets_the_latest(viewer: Viewer) -> None:
    await viewer.join()
    viewer.may_take.clear()
    for text in ("a", "ab", "abc"):
        await publish_text(text)
    await publish_text("last", message_id="y")
    async with asyncio.timeout(5):
        while ("text", "y") not in viewer.watch._waiting:
            await asyncio.sleep(0.01)
    viewer.may_take.set()
    await viewer.wait_for("a", "abc", "last")


async def test_a_late_edit_does_not_take_the_place_of_the_final_text(viewer: Viewer) -> None:
    for text, final in (("whole", True), ("half", False)):
        viewer.watch._put({"kind": "text", "id": "x", "text": text, "final": final})
    await viewer.wait_for("whole")


async def test_an_event_that_cannot_be_shown_does_not_end_the_view(viewer: Viewer) -> None:
    await viewer.join()
    await publish_text("poison")
    await publish_text("after", message_id="y")
    await viewer.wait_for("after")


async def test_it_joins_when_the_channel_layer_comes_back(servers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[None] = []

    def away_twice() -> Any:
        tries.append(None)
        if len(tries) <= 2:
            raise ConnectionError("away")
        return get_channel_layer()

    monkeypatch.setattr(watching, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(watching, "get_channel_layer", away_twice)
    viewer = Viewer()
    await viewer.join()
    await viewer.watch.stop()
    assert len(tries) > 2


async def test_stopping_leaves_nothing_in_the_layer(viewer: Viewer) -> None:
    await viewer.join()
    await viewer.watch.stop()
    layer = get_channel_layer()
    assert viewer.watch._channel not in layer.channels
    assert not any(GROUP in group for group in layer.groups)


@pytest.mark.parametrize("steps", range(12))
async def test_it_can_be_stopped_at_any_moment(servers: None, steps: int) -> None:
    async def take(event: Any) -> None: ...

    watch = Watch(GROUP, take)
    watch.start()
    for _ in range(steps):
        await asyncio.sleep(0)
    async with asyncio.timeout(4):
        await watch.stop()
