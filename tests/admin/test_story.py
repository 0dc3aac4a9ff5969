"""The story of one update: complete, honest about what is missing, and quick."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from botplatform.models import (
    AgentConfig,
    Batch,
    Bot,
    BotAccess,
    Message,
    Reply,
    Route,
    RoutingCase,
    Run,
    Session,
    Step,
    Update,
)
from tests.admin.rows import Rows, approval, bot, conversation, page

Staff = Callable[..., Client]
QUOTED = ("update", "session", "message", "batch", "route", "run", "step", "plan", "planstep", "approval", "reply")
ALL = tuple(f"view_{name}" for name in QUOTED)
SCRIPT, TRICK = "<script>alert(1)</script>", "safe\u202egnp.exe\u200b"


def story(row: Update, part: str = "") -> str:
    return reverse(f"admin:botplatform_update_story{part}", args=[row.pk])


def read(client: Client, rows: Rows) -> str:
    """What stands on the page, without markup and in one line."""
    answer = client.get(story(rows.update))
    assert answer.status_code == 200
    body = answer.text.partition('id="story"')[2]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split()))


# -- what it tells


def test_it_tells_in_one_paragraph_who_answered_in_how_long_and_for_how_much(kept: Rows, console: Client) -> None:
    Reply.objects.update(sent_at=kept.update.received_at + timedelta(seconds=3))
    text = read(console, kept)
    assert "Ada wrote to telegram/tested in Ada at" in text
    assert "tested-agent answered after 3.0 s." in text
    assert "1 model call and 0 tool calls, 11 + 7 tokens, $0.000000" in text


def test_an_answered_message_has_no_excuses(kept: Rows, console: Client) -> None:
    text = read(console, kept)
    assert text.index("Answered") < text.index("Ada wrote")
    assert "because" not in text[: text.index("Ada wrote")]


def test_it_shows_what_went_into_each_step_and_came_out(kept: Rows, console: Client) -> None:
    Step.objects.update(
        request={
            "system": "Be kind.",
            "messages": [{"role": "user", "content": [{"type": "text", "text": "What is it?"}]}],
        },
        response={
            "content": [
                {"type": "text", "text": "Let me look."},
                {"type": "tool_use", "name": "clock", "input": {"zone": "UTC"}},
            ]
        },
    )
    Step.objects.create(run=kept.run, kind="tool", name="clock", state="failed", error="no such zone",
                        request={"zone": "UTC"}, response={"content": "no such zone", "is_error": True})  # fmt: skip
    text = read(console, kept)
    for told in (
        "Be kind.",
        "user: What is it?",
        "Let me look.",
        "→ calls clock",
        "result: an error",
        "no such zone",
        "stopped: end_turn",
    ):
        assert told in text


def test_a_long_prompt_is_cut_to_its_end(kept: Rows, console: Client) -> None:
    Step.objects.update(request={"messages": [{"role": "user", "content": "x" * 30_000 + "the end"}]})
    text = read(console, kept)
    assert "the end" in text
    assert "characters before this" in text
    assert "x" * 13_000 not in text


def test_a_prompt_that_is_too_large_is_left_to_the_steps_page(kept: Rows, console: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE botplatform_step SET request = jsonb_build_object('messages', jsonb_build_array(jsonb_build_object(
                'role', 'user', 'content', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 30000) n))))"""
        )
    assert "too large to be shown here" in read(console, kept)


def test_the_last_of_many_earlier_messages_are_shown(kept: Rows, console: Client) -> None:
    Step.objects.update(request={"messages": [{"role": "user", "content": f"line {n}."} for n in range(20)]})
    text = read(console, kept)
    assert "… 12 earlier messages" in text
    assert "line 19." in text
    assert "line 11." not in text


def test_it_says_how_duplicates_are_refused(kept: Rows, console: Client) -> None:
    Update.objects.update(dedup_key="second-identity")
    text = read(console, kept)
    assert kept.update.external_id in text
    assert "second-identity" in text
    assert "refused as a duplicate" in text


def test_it_shows_the_route_with_its_reason(kept: Rows, console: Client) -> None:
    Route.objects.update(method="model", model="anthropic:small", note="below the threshold", verdict="wrong", judged_by="Eve",
                         correct_target="other-agent", classification={"category": "chat"})  # fmt: skip
    text = read(console, kept)
    for told in ("below the threshold", "wrong, says Eve", "other-agent", "classification", "category"):
        assert told in text


def test_it_shows_receipts_and_failed_tries(kept: Rows, console: Client) -> None:
    Reply.objects.update(attempts=2, error="429")
    Reply.objects.create(
        session=kept.session,
        batch=kept.batch,
        kind="placeholder",
        part=0,
        text="Thinking",
        state="sent",
        provider_id="98",
    )
    text = read(console, kept)
    for told in ("provider's receipt 99", "provider's receipt 98", "failed tries 2", "Placeholder"):
        assert told in text


def test_an_approval_tells_who_decided_and_by_what(kept: Rows, console: Client) -> None:
    approval(
        kept.run,
        arguments={"path": "/etc"},
        state="approved",
        decided_by="Eve",
        decided_via="console",
        decided_at=timezone.now(),
    )
    text = read(console, kept)
    assert "decided by Eve, by console" in text
    assert "/etc" in text


# -- why there is no answer


def _waits(rows: Rows, **fields: Any) -> None:
    Reply.objects.all().delete()
    Run.objects.update(state="waiting")
    Batch.objects.update(**{"state": "waiting", **fields})


def _collects(rows: Rows, **fields: Any) -> None:
    Reply.objects.all().delete()
    Batch.objects.update(**{"state": "collecting", "due_at": timezone.now() - timedelta(seconds=9), **fields})


def _works(rows: Rows, **fields: Any) -> None:
    Reply.objects.all().delete()
    soon = timezone.now() + timedelta(hours=1)
    Batch.objects.update(
        **{"state": "processing", "worker": "worker@there:1", "lease_until": soon, "progress_until": soon, **fields}
    )


PAST, FUTURE = timezone.now() - timedelta(minutes=2), timezone.now() + timedelta(hours=1)
CAUSES: dict[str, tuple[Callable[[Rows], object], str]] = {
    "ignored": (
        lambda r: Update.objects.update(state="ignored", reason="the bot is not addressed"),
        "the bot is not addressed",
    ),
    "held": (
        lambda r: Update.objects.update(state="ignored", reason="operator"),
        "an operator had taken the conversation over",
    ),
    "quarantined": (
        lambda r: Update.objects.update(state="quarantined", reason="no JSON"),
        "could not be read, though it is signed: no JSON",
    ),
    "collecting": (lambda r: _collects(r, due_at=FUTURE), "still collects messages, until"),
    "due": (_collects, "no worker has taken it"),
    "bot paused": (lambda r: (_collects(r), Bot.objects.update(paused=True)), "the bot is paused"),
    "bot off": (lambda r: (_collects(r), Bot.objects.update(enabled=False)), "the bot is switched off"),
    "paused": (lambda r: (_collects(r), Session.objects.update(mode="paused")), "the conversation is paused"),
    "taken over": (
        lambda r: (_works(r), Session.objects.update(mode="held", held_by="Eve")),
        "taken the conversation over (by Eve",
    ),
    "muted": (lambda r: (_collects(r), Session.objects.update(mode="muted")), "the conversation is muted"),
    "agent paused": (lambda r: _waits(r, paused_agent="tested-agent"), "the agent tested-agent is paused"),
    "approval": (lambda r: (_waits(r), approval(r.run, number=333)), "waits for approval 333 (delete_history)"),
    "wakes": (lambda r: _waits(r, wake_at=FUTURE, error="overloaded"), "overloaded"),
    "parked": (_waits, "until an operator lets it go on"),
    "at work": (_works, "is being answered by worker@there:1"),
    "no heartbeat": (lambda r: _works(r, lease_until=PAST, heartbeat_at=PAST), "stuck: no heartbeat since"),
    "no progress": (lambda r: _works(r, progress_until=PAST, progress_at=PAST), "stuck: no progress since"),
    "retried": (lambda r: _works(r, worker="", retry_at=FUTURE, attempts=1, error="boom"), "tried again at"),
    "handed back": (lambda r: _works(r, worker=""), "handed back"),
    "failed": (
        lambda r: Batch.objects.update(state="failed", attempts=3, error="the model is gone"),
        "given up after 3 failed attempts: the model is gone",
    ),
    "cancelled": (lambda r: Batch.objects.update(state="cancelled", reason="cancelled by Eve"), "cancelled by Eve"),
    "ended": (lambda r: Batch.objects.update(reason="muted"), "the conversation was muted"),
    "no reply": (lambda r: Reply.objects.all().delete(), "no reply of it is stored"),
    "unknown": (
        lambda r: Reply.objects.update(state="unknown", error="the worker died"),
        "nobody can tell whether part 1 of the answer arrived",
    ),
    "refused": (
        lambda r: Reply.objects.update(state="failed", error="403 blocked"),
        "was refused by the provider: 403 blocked",
    ),
    "told to wait": (
        lambda r: (Reply.objects.update(state="pending"), Session.objects.update(not_before=FUTURE)),
        "takes messages for this conversation again",
    ),
    "token revoked": (
        lambda r: (Reply.objects.update(state="pending"), Bot.objects.update(problem="401 Unauthorized")),
        "complains about the bot: 401 Unauthorized",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CAUSES)
def test_every_non_answer_says_why_at_the_top(kept: Rows, console: Client, name: str) -> None:
    arrange, told = CAUSES[name]
    arrange(kept)
    top = read(console, kept).partition("Ada wrote")[0]
    assert "No answer" in top
    assert told in top


MENDS = {
    "quarantined": ("update", "parse"),
    "paused": ("session", "set_normal"),
    "failed": ("batch", "retry"),
    "no heartbeat": ("batch", "cancel"),
    "unknown": ("reply", "arrived"),
    "refused": ("reply", "resend"),
}


@pytest.mark.parametrize("name", MENDS)
def test_what_mends_it_stands_beside_the_reason(kept: Rows, console: Client, name: str) -> None:
    CAUSES[name][0](kept)
    kind, operation = MENDS[name]
    offered = {
        (reverse(f"admin:botplatform_{kind}_changelist"), getattr(kept, kind).pk, operation),
    }
    shown = {
        (offer.action, offer.pk, one.name)
        for offer in console.get(story(kept.update)).context["offers"]
        for one in offer.operations
    }
    assert offered <= shown


def test_half_an_answer_is_called_so(kept: Rows, console: Client) -> None:
    Reply.objects.create(
        session=kept.session, batch=kept.batch, kind="answer", part=2, text="more", state="failed", error="too long"
    )
    top = read(console, kept).partition("Ada wrote")[0]
    assert "Half an answer" in top
    assert "part 2 of the answer was refused" in top


def test_an_answer_that_has_arrived_can_be_given_to_another_agent(kept: Rows, console: Client, staff: Staff) -> None:
    [offer] = console.get(story(kept.update)).context["offers"]
    assert (offer.pk, {"anew", "elsewhere"} <= {one.name for one in offer.operations}) == (kept.batch.pk, True)
    assert staff(*ALL).get(story(kept.update)).context["offers"] == []


def test_a_conversation_that_is_held_leads_to_its_release(kept: Rows, console: Client, staff: Staff) -> None:
    Session.objects.update(mode="held", held_by="Eve")
    release = reverse("admin:botplatform_session_release", args=[kept.session.pk])
    assert f'href="{release}"' in console.get(story(kept.update)).text
    assert f'href="{release}"' not in staff(*ALL).get(story(kept.update)).text


def test_a_stranger_to_the_allow_list_leads_to_the_bot_that_keeps_it(kept: Rows, console: Client) -> None:
    Update.objects.update(state="ignored", reason="the author is not on the bot's allow-list", author_id="77")
    Bot.objects.update(allowed_ids=["1"])
    assert "Let 77 talk to the bot …" in console.get(story(kept.update)).text
    Bot.objects.update(allowed_ids=["77"])
    assert "talk to the bot …" not in console.get(story(kept.update)).text


def test_a_paused_bot_is_not_blamed_on_the_workers(kept: Rows, console: Client) -> None:
    CAUSES["bot paused"][0](kept)
    assert "no worker has taken it" not in read(console, kept).partition("Ada wrote")[0]


def test_an_operation_leads_back_to_the_story(kept: Rows, console: Client) -> None:
    CAUSES["unknown"][0](kept)
    sent = {
        "action": "arrived",
        "_selected_action": [kept.reply.pk],
        "from_page": "1",
        "next": story(kept.update),
        "confirmed": "yes",
    }
    answer = console.post(reverse("admin:botplatform_reply_changelist"), sent)
    assert answer.headers["location"] == story(kept.update)
    assert "Answered" in read(console, kept)


def test_nothing_is_offered_to_those_who_may_only_look(kept: Rows, staff: Staff) -> None:
    CAUSES["failed"][0](kept)
    answer = staff(*ALL).get(story(kept.update))
    assert "given up after" in answer.text
    assert answer.context["offers"] == []


def test_an_open_approval_leads_to_its_decision(kept: Rows, console: Client) -> None:
    _waits(kept)
    asked = approval(kept.run)
    top = console.get(story(kept.update)).text.partition("Ada wrote")[0]
    assert f'href="{page(asked)}"' in top


# -- who may see it


@pytest.mark.parametrize("part", ["", "_live"], ids=["page", "part"])
def test_the_story_is_for_those_who_may_see_all_of_it(kept: Rows, staff: Staff, part: str) -> None:
    url = story(kept.update, part)
    assert Client().get(url).status_code == 302
    assert staff(*(right for right in ALL if right != "view_step")).get(url).status_code == 403


@pytest.mark.parametrize("part", ["", "_live"], ids=["page", "part"])
def test_the_story_at_another_bot_is_not_found(kept: Rows, staff: Staff, part: str) -> None:
    client = staff(*ALL)
    assert client.get(story(kept.update, part)).status_code == 200
    other = Bot.objects.create(transport="telegram", slug="other")
    BotAccess.objects.create(user_id=client.session["_auth_user_id"], bot=other)
    assert client.get(story(kept.update, part)).status_code == 404


# -- what strangers wrote


def test_nothing_of_strangers_is_markup_or_invisible(empty: None, console: Client) -> None:
    hostile = conversation(text=SCRIPT + TRICK, author=SCRIPT + TRICK, title=SCRIPT + TRICK)
    Batch.objects.update(state="failed", error=SCRIPT + TRICK)
    Run.objects.update(error=SCRIPT + TRICK, note=SCRIPT)
    Step.objects.update(name=SCRIPT + TRICK, error=SCRIPT + TRICK, stop_reason=SCRIPT + TRICK, response={"content": SCRIPT + TRICK},
                        request={"messages": [{"role": "user", "content": SCRIPT + TRICK}]})  # fmt: skip
    Route.objects.update(rule=SCRIPT + TRICK, note=SCRIPT, classification={"x": SCRIPT + TRICK})
    Reply.objects.update(error=SCRIPT + TRICK, provider_id=SCRIPT, state="failed")
    for part in ("", "_live"):
        text = console.get(story(hostile.update, part)).text
        assert "<script>alert" not in text
        assert "⟨U+202E⟩" in text
        assert not set("\u202e\u200b") & set(text)


# -- how much it costs


def test_the_page_asks_the_same_number_of_questions_of_a_long_story(kept: Rows, console: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert console.get(story(kept.update)).status_code == 200
        return len(caught)

    console.get(story(kept.update))
    before = queries()
    for n in range(30):
        Step.objects.create(run=kept.run, kind="tool", name=f"t{n}", state="succeeded")
        Reply.objects.create(session=kept.session, batch=kept.batch, kind="answer", part=n + 2, text="x", state="sent")
        Update.objects.create(
            bot=kept.bot,
            external_id=f"more-{n}",
            kind="message",
            session=kept.session,
            batch=kept.batch,
            request_id="r",
            raw=b"",
        )
        approval(kept.run)
    assert queries() == before
    assert before < 10


def test_a_run_of_very_many_steps_is_cut(kept: Rows, console: Client) -> None:
    Step.objects.bulk_create(Step(run=kept.run, kind="tool", name=f"t{n}", state="succeeded") for n in range(300))
    text = read(console, kept)
    assert "201 more steps on the run's page" in text
    assert "t299" not in text


# -- links both ways


def test_every_row_leads_to_the_story_and_to_the_rows_beside_it(kept: Rows, console: Client) -> None:
    """Whatever row somebody looks at, the others of its story are at most two clicks away."""
    case = RoutingCase.objects.create(text="x", platform="telegram", target="simple-agent", route=kept.route)
    beside = {
        "update": ("session", "batch", "message"),
        "message": ("session", "batch", "update"),
        "session": ("message", "batch", "reply", "approval"),
        "batch": ("session", "message", "update", "route", "run", "approval", "reply"),
        "route": ("batch", "session", "message", "case", "run"),
        "run": ("batch", "session", "step", "approval", "reply", "route"),
        "step": ("run", "batch", "session"),
        "approval": ("session", "batch", "run", "step"),
        "reply": ("session", "batch", "run", "update"),
        "case": ("route", "batch"),
    }
    Step.objects.create(
        run=kept.run, kind="tool", name="delete_history", tool_use_id=kept.approval.tool_use_id, state="succeeded"
    )
    every = {**vars(kept), "case": case}
    every["step"] = Step.objects.filter(kind="tool").get()
    missing = []
    for name, others in beside.items():
        text = console.get(page(every[name])).text
        missing += [f"{name} → {other}" for other in others if f'href="{page(every[other])}"' not in text]
        if f'href="{story(kept.update)}"' not in text:
            missing.append(f"{name} → story")
    told = console.get(story(kept.update)).text
    missing += [f"story → {name}" for name in beside if f'href="{page(every[name])}"' not in told]
    assert missing == []


def test_a_reply_to_a_command_leads_to_its_update_and_story(kept: Rows, console: Client) -> None:
    reply = Reply.objects.create(session=kept.session, update=kept.update, kind="notice", text="x", state="sent")
    text = console.get(page(reply)).text
    assert f'href="{page(kept.update)}"' in text
    assert f'href="{story(kept.update)}"' in text


def test_a_message_of_the_bot_leads_to_the_story_of_what_it_answers(kept: Rows, console: Client) -> None:
    answer = Message.objects.get(role="assistant")
    assert f'href="{story(kept.update)}"' in console.get(page(answer)).text


def test_a_paused_agent_can_be_found_from_the_story(kept: Rows, console: Client) -> None:
    _waits(kept, paused_agent="tested-agent")
    AgentConfig.objects.update(paused=True)
    assert bot().pk == kept.bot.pk
    assert "the agent tested-agent is paused" in read(console, kept)
