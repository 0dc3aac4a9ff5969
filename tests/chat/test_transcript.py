from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from botplatform.chatting import transcript
from botplatform.models import Approval, Batch, Message, Plan, PlanStep, Reply, Run, Session, Update
from botplatform.pipeline import bots

KEY = "7"
BUTTONS = [[{"text": "Approve", "data": "approval:1:a"}, {"text": "Deny", "data": "approval:1:d"}]]


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

    async def wrote(self, kind: str, text: str, *, raw: bytes | None = None, **fields: Any) -> Update:
        """Something of the person's that is in no batch."""
        fields = {"state": "done", "message_id": f"m-{text}", "external_id": f"{KEY}:m-{text}", **fields}
        body = json.dumps({"text": text}).encode() if raw is None else raw
        owner = {"bot_id": self.session.bot_id, "session": self.session, "request_id": "r"}
        return await Update.objects.acreate(kind=kind, raw=body, **owner, **fields)

    async def asked(self, batch: Batch, state: str = "pending") -> Approval:
        run = await Run.objects.acreate(batch=batch, epoch=1, agent="hitl-agent", state="waiting")
        now = timezone.now()
        return await Approval.objects.acreate(
            session=self.session, batch=batch, run=run, number=1, state=state, tool="delete_history", tool_use_id="t",
            arguments={}, arguments_hash="0" * 64, risk="high", decider="requester", expires_at=now,
            decided_at=None if state == "pending" else now,
        )  # fmt: skip

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


# -- waiting for a person


async def test_a_batch_that_waits_for_a_decision_is_not_worked_on(story: Story) -> None:
    batch = await story.batch("waiting")
    assert (await story.read()).working
    await story.asked(batch)
    assert not (await story.read()).working


@pytest.mark.parametrize("state", ["approved", "denied", "expired"])
async def test_a_decided_batch_is_worked_on_again(story: Story, state: str) -> None:
    await story.asked(await story.batch("waiting"), state)
    assert (await story.read()).working


async def test_other_work_goes_on_while_one_batch_waits(story: Story) -> None:
    await story.asked(await story.batch("waiting"))
    await story.batch("processing")
    assert (await story.read()).working


async def test_a_placeholder_of_a_batch_that_waits_for_a_decision_is_gone(story: Story) -> None:
    batch = await story.batch("waiting")
    await story.replied(batch, "placeholder", "Thinking …", provider_id="p", part=0)
    await story.asked(batch)
    assert await story.shown() == []


# -- buttons, and what is folded


async def test_a_plan_goes_on_while_one_of_its_steps_has_asked(story: Story) -> None:
    batch = await story.batch("waiting")
    await story.replied(batch, "placeholder", "Thinking …", provider_id="b1")
    asked = await story.asked(batch)
    plan = await Plan.objects.acreate(batch=batch, run=asked.run, number=1, epoch=1)
    asked.plan_step = await PlanStep.objects.acreate(plan=plan, position=0, key="a", worker="research", state="waiting")
    await asked.asave(update_fields=["plan_step"])
    assert await story.shown() == [("b1", "Thinking …", False)]
    assert (await story.read()).working


async def test_a_placeholder_shows_how_far_its_plan_is(story: Story) -> None:
    batch = await story.batch("waiting")
    await story.replied(batch, "placeholder", "Thinking …", provider_id="b1")
    run = await Run.objects.acreate(batch=batch, epoch=1, agent="orchestrator-agent", state="waiting")
    for number, (shown, state) in enumerate((("✓ Old", "done"), ("✓ Look\n▸ Tell", "running")), 1):
        await Plan.objects.acreate(batch=batch, run=run, number=number, epoch=1, shown=shown, state=state)
    assert await story.shown() == [("b1", "✓ Look\n▸ Tell", False)]


async def test_a_prompt_has_its_buttons(story: Story) -> None:
    await story.replied(None, "prompt", "May I?", provider_id="p", buttons=BUTTONS)
    [line] = (await story.read()).lines
    assert (line.text, line.buttons) == ("May I?", BUTTONS)


async def test_the_newest_row_of_a_message_takes_its_buttons_away(story: Story) -> None:
    await story.replied(None, "prompt", "May I?", provider_id="p", buttons=BUTTONS)
    await story.replied(None, "notice", "later", provider_id="n")
    await story.replied(None, "prompt", "✅ Approved", provider_id="p", edits="p")
    lines = (await story.read()).lines
    assert [(line.id, line.text, list(line.buttons)) for line in lines] == [
        ("p", "✅ Approved", []),
        ("n", "later", []),
    ]


async def test_an_edit_that_was_not_sent_changes_nothing(story: Story) -> None:
    await story.replied(None, "prompt", "May I?", provider_id="p", buttons=BUTTONS)
    await story.replied(None, "prompt", "✅ Approved", edits="p", state="failed", sent_at=None)
    assert [line.buttons for line in (await story.read()).lines] == [BUTTONS]


async def test_a_footer_has_its_title(story: Story) -> None:
    folded = [{"type": "details", "title": "simple-agent, 2 s"}]
    await story.replied(None, "answer", "model small", provider_id="f", formatting=folded)
    [line] = (await story.read()).lines
    assert (line.title, line.text) == ("simple-agent, 2 s", "model small")


# -- what the person did


async def test_a_message_that_decided_something_is_shown(story: Story) -> None:
    await story.wrote("message", "yes, do it")
    assert await story.shown() == [("m-yes, do it", "yes, do it", True)]


async def test_a_pressed_button_is_no_line(story: Story) -> None:
    await story.wrote("callback", "", raw=b'{"press": {"message": "p", "data": "y"}}', message_id="p")
    assert await story.shown() == []


async def test_a_message_is_shown_once_though_its_batch_is_gone(story: Story) -> None:
    update = await story.wrote("message", "hello")
    await Message.objects.acreate(
        session=story.session, update=update, role="user", text="hello", provider_message_id="m-hello"
    )
    assert await story.shown() == [("m-hello", "hello", True)]


async def test_what_was_not_taken_is_not_shown(story: Story) -> None:
    await story.wrote("message", "too long", state="ignored")
    assert await story.shown() == []


# -- what was erased


async def test_erased_replies_and_commands_are_left_out(story: Story) -> None:
    await story.wrote("command", "/todo secret", raw=b"")
    await story.wrote("message", "yes, delete it", raw=b"")
    await story.replied(None, "answer", "", provider_id="a")
    await story.replied(None, "prompt", "", provider_id="p", buttons=BUTTONS)
    await story.replied(None, "notice", "The history is gone.", provider_id="n")
    assert await story.shown() == [("n", "The history is gone.", True)]


async def test_an_answer_erased_after_its_edit_is_left_out(story: Story) -> None:
    await story.replied(await story.batch("done"), "placeholder", "", provider_id="p", part=0)
    await story.replied(None, "answer", "", provider_id="p", edits="p")
    assert await story.shown() == []


async def test_a_notice_stands_where_it_was_said_though_a_placeholder_became_a_question(story: Story) -> None:
    batch = await story.batch("waiting")
    await story.replied(batch, "placeholder", "Thinking …", provider_id="", error="became the question")
    await story.replied(batch, "prompt", "May I?", provider_id="p1", edits="p1")
    await story.wrote("command", "/help")
    await story.replied(None, "notice", "Commands: …", provider_id="n1")
    assert [text for _, text, _ in await story.shown()] == ["May I?", "/help", "Commands: …"]
