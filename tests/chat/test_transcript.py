from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from botplatform.chatting import transcript
from botplatform.models import Batch, Message, Reply, Session
from botplatform.pipeline import bots

KEY = "7"


class Story:
    """Writes rows as the pipeline would."""

    def __init__(self, session: Session) -> None:
        self.session = session

    async def batch(self, state: str = "processing") -> Batch:
        now = timezone.now()
        return await Batch.objects.acreate(
            session=self.session, state=state, due_at=now, lease_until=now, request_id="r"
        )

    async def said(self, batch: Batch, text: str) -> None:
        await Message.objects.acreate(
            session=self.session, batch=batch, role="user", text=text, provider_message_id=f"m-{text}"
        )

    async def replied(self, batch: Batch | None, kind: str, text: str, **fields: Any) -> Reply:
        fields = {"state": "sent", "sent_at": timezone.now(), **fields}
        return await Reply.objects.acreate(session=self.session, batch=batch, kind=kind, text=text, **fields)

    async def read(self, after: float = 0) -> transcript.Transcript:
        return await transcript.read(self.session.bot_id, KEY, after)

    async def shown(self, after: float = 0) -> list[tuple[str, str, bool]]:
        return [(line.id, line.text, line.final) for line in (await self.read(after)).lines]


@pytest.fixture
async def story(bot: bots.BotRow) -> Story:
    return Story(await Session.objects.acreate(bot_id=bot.id, key=KEY, kind="private"))


async def test_a_conversation_that_never_was_is_empty(bot: bots.BotRow) -> None:
    assert await transcript.read(bot.id, "nobody") == transcript.Transcript([], 0, working=False)


async def test_a_placeholder_shows_while_its_batch_runs(story: Story) -> None:
    batch = await story.batch()
    await story.said(batch, "hi")
    await story.replied(batch, "placeholder", "Thinking …", provider_id="p", part=0)
    assert await story.shown() == [("m-hi", "hi", True), ("p", "Thinking …", False)]


async def test_the_answer_takes_the_place_of_its_placeholder(story: Story) -> None:
    batch = await story.batch("done")
    await story.replied(batch, "placeholder", "Thinking …", provider_id="p", part=0)
    await story.said(batch, "and another thing")
    await story.replied(batch, "answer", "42", edits="p", provider_id="p")
    assert await story.shown() == [("p", "42", True), ("m-and another thing", "and another thing", True)]


async def test_an_answer_is_shown_as_soon_as_it_is_stored(story: Story) -> None:
    batch = await story.batch("done")
    await story.replied(batch, "placeholder", "Thinking …", provider_id="p", part=0)
    await story.replied(batch, "answer", "42", edits="p", state="pending", sent_at=None)
    assert await story.shown() == [("p", "42", True)]


@pytest.mark.parametrize("state", ["failed", "unknown"])
async def test_what_was_not_sent_is_not_shown(story: Story, state: str) -> None:
    await story.replied(await story.batch(), "placeholder", "Thinking …", state=state, sent_at=None, part=0)
    assert await story.shown() == []


async def test_a_placeholder_of_an_ended_batch_is_gone(story: Story) -> None:
    await story.replied(await story.batch("cancelled"), "placeholder", "Thinking …", provider_id="p", part=0)
    assert await story.shown() == []


async def test_a_notice_is_shown_without_a_batch(story: Story) -> None:
    await story.replied(None, "notice", "Commands: …", provider_id="n")
    assert await story.shown() == [("n", "Commands: …", True)]


async def test_only_what_changed_is_read_again(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "OVERLAP_SECONDS", 0)
    await story.said(await story.batch(), "old")
    marker = (await story.read()).marker
    await story.replied(None, "notice", "new", provider_id="n")
    assert await story.shown(marker) == [("n", "new", True)]


async def test_a_standing_placeholder_is_always_read(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "OVERLAP_SECONDS", 0)
    await story.replied(await story.batch(), "placeholder", "Thinking …", provider_id="p", part=0)
    assert await story.shown((await story.read()).marker) == [("p", "Thinking …", False)]


async def test_the_last_lines_are_read_and_the_cut_is_told(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "LINES", 2)
    batch = await story.batch()
    for text in ("one", "two", "three"):
        await story.said(batch, text)
    found = await story.read()
    assert ([line.text for line in found.lines], found.cut) == (["two", "three"], True)


@pytest.mark.parametrize(("state", "working"), [("collecting", True), ("processing", True), ("done", False)])
async def test_an_answer_is_to_come_while_a_batch_is_open(story: Story, state: str, working: bool) -> None:
    await story.batch(state)
    assert (await story.read()).working is working


async def test_a_stored_answer_is_still_to_come(story: Story) -> None:
    await story.replied(await story.batch("done"), "answer", "42", state="pending", sent_at=None)
    assert (await story.read()).working


async def test_nothing_is_to_come_in_a_held_conversation(story: Story) -> None:
    await story.batch("collecting")
    await Session.objects.aupdate(mode="held")
    assert not (await story.read()).working
