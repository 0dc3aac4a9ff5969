"""The approvals inbox: who may decide, what they see, and what becomes of each decision."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agents.registry import TOOLS
from botplatform.models import Approval, AuditEntry, Batch, Bot, BotAccess, Todo
from botplatform.pipeline.permits import fingerprint
from tests.admin.rows import Rows, approval, conversation, listed, operate, page, shown_ids, told
from tests.pipeline.approving import Launch

Nudged = Callable[[], list[tuple[str, Any]]]
Staff = Callable[..., Client]
DECIDES = ("view_approval", "decide_approval")
KITE = {"what": "the kite"}


@pytest.fixture
def asked(kept: Rows) -> Approval:
    """A batch that waits for a decision."""
    Batch.objects.filter(pk=kept.batch.pk).update(state="waiting", wake_at=timezone.now() + timedelta(minutes=5))
    return approval(kept.run)


@pytest.fixture
def launching(kept: Rows, monkeypatch: pytest.MonkeyPatch) -> Approval:
    """The same for a tool that takes arguments."""
    monkeypatch.setitem(TOOLS, "launch", Launch())
    Batch.objects.filter(pk=kept.batch.pk).update(state="waiting", wake_at=timezone.now() + timedelta(minutes=5))
    return approval(kept.run, tool="launch", arguments=KITE, summary="Launch the kite.")


def decide(client: Client, name: str, *rows: Approval, seen: str | None = None, **more: str) -> Any:
    """What the page's buttons, and the page that confirms several, send."""
    hashes = {f"seen_{row.pk}": row.arguments_hash if seen is None else seen for row in rows}
    return operate(client, name, *rows, confirmed="yes", **hashes, **more)


def edit(client: Client, row: Approval, arguments: str, **more: str) -> Any:
    fields = {"arguments": arguments, "comment": "", "seen": row.arguments_hash}
    return client.post(reverse("admin:botplatform_approval_edit", args=[row.pk]), fields | more, follow=True)


# -- deciding


def test_an_approval_is_given_and_the_batch_goes_on(asked: Approval, console: Client, nudges: Nudged) -> None:
    answer = decide(console, "approve", asked, comment="Go ahead", from_page="1")
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by, asked.decided_via, asked.comment) == (
        "approved", "root", "console", "Go ahead",
    )  # fmt: skip
    assert Batch.objects.get().wake_at <= timezone.now()
    assert told(answer) == [f"Approval {asked.pk} was approved."]
    assert answer.redirect_chain == [(page(asked), 302)]


def test_the_session_is_looked_at_and_its_prompt_updated(asked: Approval, console: Client, nudges: Nudged) -> None:
    decide(console, "deny", asked)
    assert sorted(nudges(), key=str) == [("answer", [asked.session_id]), ("deliver", asked.session_id)]


def test_a_denial_keeps_its_reason(asked: Approval, console: Client, nudges: Nudged) -> None:
    decide(console, "deny", asked, comment="Not on a Friday")
    asked.refresh_from_db()
    assert (asked.state, asked.comment) == ("denied", "Not on a Friday")
    assert AuditEntry.objects.get(action="approval.deny").told == "was denied"


def test_whoever_comes_second_reads_who_decided(asked: Approval, console: Client, nudges: Nudged) -> None:
    state = {"state": "denied", "decided_by": "Grace", "decided_at": timezone.now(), "comment": "No"}
    Approval.objects.filter(pk=asked.pk).update(**state)
    [said] = told(decide(console, "approve", asked))
    assert "was settled before" in said
    assert "Denied by Grace" in said
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("denied", "Grace")
    assert nudges() == []


def test_nothing_is_decided_that_was_not_seen(asked: Approval, console: Client, nudges: Nudged) -> None:
    answer = decide(console, "approve", asked, seen=fingerprint({"other": "arguments"}))
    assert "has changed since you looked at it" in told(answer)[0]
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_a_decision_that_comes_too_late_changes_nothing(asked: Approval, console: Client, nudges: Nudged) -> None:
    Approval.objects.filter(pk=asked.pk).update(expires_at=timezone.now())
    [said] = told(decide(console, "approve", asked))
    assert "nobody decided in time" in said
    asked.refresh_from_db()
    assert asked.state == "expired"


def test_in_the_list_even_one_is_confirmed_with_its_arguments(
    launching: Approval, console: Client, nudges: Nudged
) -> None:
    answer = operate(console, "approve", launching)
    assert "the kite" in answer.text
    assert f'name="seen_{launching.pk}" value="{launching.arguments_hash}"' in answer.text
    launching.refresh_from_db()
    assert launching.state == "pending"


def test_several_are_decided_at_once_each_with_its_result(kept: Rows, console: Client, nudges: Nudged) -> None:
    first, second, changed = (approval(kept.run) for _ in range(3))
    Approval.objects.filter(pk=changed.pk).update(arguments_hash=fingerprint(KITE))
    answer = decide(console, "deny", first, second, changed, comment="All of it")
    assert told(answer) == [
        f"Approval {first.pk} was denied.",
        f"Approval {second.pk} was denied.",
        f"Approval {changed.pk} has changed since you looked at it: read it again.",
    ]
    assert set(Approval.objects.filter(comment="All of it")) == {first, second}


# -- who may


def test_who_may_view_sees_all_and_has_no_buttons(asked: Approval, staff: Staff, nudges: Nudged) -> None:
    viewer = staff("view_approval")
    text = viewer.get(page(asked)).text
    assert asked.summary in text
    assert 'value="approve"' not in text
    decide(viewer, "approve", asked)
    assert edit(viewer, asked, "{}").status_code == 403
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_who_may_decide_need_not_be_a_superuser(asked: Approval, staff: Staff, nudges: Nudged) -> None:
    decider = staff(*DECIDES)
    assert 'value="approve"' in decider.get(page(asked)).text
    decide(decider, "approve", asked)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("approved", "staff")


def test_who_may_change_rows_may_not_decide(asked: Approval, staff: Staff, nudges: Nudged) -> None:
    decide(staff("view_approval", "change_approval"), "approve", asked)
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_a_decision_needs_a_csrf_token(asked: Approval, console: Client, nudges: Nudged) -> None:
    console.handler.enforce_csrf_checks = True
    assert decide(console, "approve", asked).status_code == 403
    assert edit(console, asked, "{}").status_code == 403
    asked.refresh_from_db()
    assert asked.state == "pending"


# -- edit and approve


def test_edited_arguments_are_approved_in_the_place_of_the_proposed(
    launching: Approval, console: Client, nudges: Nudged
) -> None:
    answer = edit(console, launching, '{"what": "the balloon"}', comment="Safer")
    launching.refresh_from_db()
    assert (launching.state, launching.arguments, launching.proposed) == ("approved", {"what": "the balloon"}, KITE)
    assert launching.arguments_hash == fingerprint({"what": "the balloon"})
    assert told(answer) == [f"Approval {launching.pk} was approved."]
    assert sorted(nudges(), key=str) == [("answer", [launching.session_id]), ("deliver", launching.session_id)]


def test_the_page_shows_what_was_changed(launching: Approval, console: Client, nudges: Nudged) -> None:
    text = edit(console, launching, '{"what": "the balloon"}').text
    assert '<span class="removed">-  &quot;what&quot;: &quot;the kite&quot;' in text
    assert '<span class="added">+  &quot;what&quot;: &quot;the balloon&quot;' in text


def test_what_was_left_as_it_was_is_simply_approved(launching: Approval, console: Client, nudges: Nudged) -> None:
    edit(console, launching, json.dumps(KITE))
    launching.refresh_from_db()
    assert (launching.state, launching.proposed) == ("approved", None)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{", "This is not JSON"),
        ("[1]", "Write a JSON object"),
        ('{"what": 5}', "The tool does not take this: $.what: 5 is not of type"),
        ('{"what": "x", "more": 1}', "The tool does not take this"),
        ('{"what": NaN}', "This is not JSON"),
        ('{"what": "\\u0000"}', "U+0000 cannot be stored"),
        ('{"what": "\\ud800"}', "This is not JSON"),
        ('{"what": ' + "[" * 100_000, "This is not JSON"),
    ],
    ids=["cut", "list", "type", "unknown", "nan", "nul", "surrogate", "deep"],
)
def test_arguments_that_the_tool_does_not_take_are_refused(
    launching: Approval, console: Client, nudges: Nudged, written: str, said: str
) -> None:
    answer = edit(console, launching, written)
    assert said in answer.context["form"].errors["arguments"][0]
    launching.refresh_from_db()
    assert (launching.state, launching.arguments) == ("pending", KITE)
    assert nudges() == []


def test_an_edit_of_what_has_changed_meanwhile_is_refused(launching: Approval, console: Client, nudges: Nudged) -> None:
    answer = edit(console, launching, '{"what": "the balloon"}', seen=fingerprint({}))
    assert "has changed since you looked at it" in told(answer)[0]
    launching.refresh_from_db()
    assert launching.state == "pending"


def test_a_tool_that_is_gone_cannot_be_edited(kept: Rows, console: Client, nudges: Nudged) -> None:
    gone = approval(kept.run, tool="gone", arguments=KITE)
    answer = edit(console, gone, "{}")
    assert answer.context["form"].errors["arguments"] == ["There is no tool gone any more."]


def test_a_decided_approval_is_not_edited(launching: Approval, console: Client, nudges: Nudged) -> None:
    decide(console, "deny", launching)
    answer = console.get(reverse("admin:botplatform_approval_edit", args=[launching.pk]), follow=True)
    assert answer.redirect_chain == [(page(launching), 302)]
    assert "is not open any more" in told(answer)[-1]


def test_invisible_characters_can_be_seen_where_arguments_are_edited(
    rows: Rows, console: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = approval(rows.run, tool="launch", arguments={"what": "a\u202eb\U000e0041 é"})
    form = console.get(reverse("admin:botplatform_approval_edit", args=[hidden.pk])).context["form"]
    assert '"a\\u202eb\\udb40\\udc41 é"' in form.initial["arguments"]
    assert json.loads(form.initial["arguments"]) == hidden.arguments


# -- seeing


def test_the_page_shows_all_that_a_decision_needs(rows: Rows, console: Client) -> None:
    row = approval(
        rows.run, arguments={"path": "/tmp/\u200bx"}, said="I will <b>now</b> do it", reason="its risk is high",
        untrusted=["issue 7 of somebody/else"], requesters=[rows.message.author_id],
    )  # fmt: skip
    text = console.get(page(row)).text
    for part in (
        "/tmp/⟨U+200B⟩x", "I will &lt;b&gt;now&lt;/b&gt; do it", "its risk is high", "issue 7 of somebody/else", "Ada (author-",
        row.arguments_hash, page(rows.run), page(rows.batch), page(rows.session),
    ):  # fmt: skip
        assert part in text


def test_nothing_of_strangers_is_markup_or_stays_invisible(rows: Rows, console: Client) -> None:
    trick = "<script>alert(1)</script>\u202e\u200b"
    texts = dict.fromkeys(("tool", "summary", "said", "reason", "comment", "decided_by"), trick)
    values = {"arguments": {trick: trick}, "proposed": {trick: "before"}, "untrusted": [trick], "requesters": [trick]}
    row = approval(rows.run, **texts, **values, state="approved", decided_at=timezone.now())
    for url in (listed(Approval), page(row), page(rows.session), page(rows.batch)):
        text = console.get(url).text
        assert "⟨U+202E⟩" in text
        assert not [one for one in ("<script>alert(1)", "\u202e", "\u200b") if one in text]


def test_a_page_that_asks_marks_what_is_invisible(kept: Rows, console: Client, nudges: Nudged) -> None:
    row = approval(kept.run, arguments={"what": "<b>\u202e"}, untrusted=["<b>\u200b"])
    text = operate(console, "deny", row).text
    assert "&lt;b&gt;⟨U+202E⟩" in text
    assert "&lt;b&gt;⟨U+200B⟩" in text


def test_the_inbox_has_those_that_wait(rows: Rows, console: Client) -> None:
    waits = approval(rows.run)
    late = approval(rows.run, expires_at=timezone.now())
    assert shown_ids(console, Approval, "?attention=waiting") == [waits.pk]
    assert shown_ids(console, Approval) == [late.pk, waits.pk, rows.approval.pk]


def test_one_whose_time_is_over_counts_as_expired(rows: Rows, console: Client) -> None:
    late = approval(rows.run, expires_at=timezone.now())
    text = console.get(page(late)).text
    assert "expired" in text
    assert 'value="approve"' not in text


@pytest.mark.parametrize("owner", ["batch", "run", "session"])
def test_pages_of_the_pipeline_show_their_approvals(rows: Rows, console: Client, owner: str) -> None:
    panels = console.get(page(getattr(rows, owner))).context["panels"]
    [panel] = [panel for panel in panels if panel.title == "Approvals"]
    assert page(rows.approval) in panel.markup


def test_the_story_tells_of_approvals(kept: Rows, console: Client) -> None:
    text = console.get(reverse("admin:botplatform_update_story", args=[kept.update.pk])).text
    assert f"Approval {kept.approval.number}: delete_history" in text
    assert page(kept.approval) in text


def test_a_session_shows_its_list_of_things_to_do(rows: Rows, console: Client) -> None:
    Todo.objects.create(session=rows.session, number=1, text="Water the plants", done_at=timezone.now())
    Todo.objects.create(session=rows.session, number=2, text="Feed the <cat>")
    [panel] = [one for one in console.get(page(rows.session)).context["panels"] if one.title == "Things to do"]
    assert panel.markup.index("Feed the &lt;cat&gt;") < panel.markup.index("Water the plants")


def test_more_to_confirm_takes_no_more_queries(kept: Rows, console: Client) -> None:
    def asking(*chosen: Approval) -> int:
        with CaptureQueriesContext(connection) as captured:
            operate(console, "approve", *chosen)
        return len(captured)

    one = approval(kept.run)
    asking(one)
    assert asking(one, *(approval(kept.run) for _ in range(5))) == asking(one)


def test_home_names_what_waits_for_a_decision(rows: Rows, console: Client) -> None:
    assert "approval" not in " ".join(item.title for item in console.get("/admin/").context["needs_you"])
    approval(rows.run)
    approval(rows.run)
    approval(rows.run, expires_at=timezone.now())
    [item] = [one for one in console.get("/admin/").context["needs_you"] if "approval" in one.title]
    assert (item.number, item.title, item.url) == (2, "approvals wait", listed(Approval, "?attention=waiting"))


# -- live, and at a glance


def badge(client: Client) -> object:
    """What the sidebar shows beside the inbox."""
    groups = client.get(listed(Approval)).context["sidebar_navigation"]
    [found] = [item.get("badge") for group in groups for item in group["items"] if item["title"] == "Approvals"]
    return found


def test_the_sidebar_counts_what_is_open(rows: Rows, console: Client) -> None:
    assert not badge(console)
    approval(rows.run)
    approval(rows.run, expires_at=timezone.now())
    assert badge(console) == 1


def test_the_sidebar_counts_only_bots_that_the_person_may_see(rows: Rows, staff: Staff) -> None:
    client = staff("view_approval")
    approval(rows.run)
    assert badge(client) == 1
    other = Bot.objects.create(transport="telegram", slug="other")
    BotAccess.objects.create(user=User.objects.get(username="staff"), bot=other)
    assert not badge(client)
    assert client.get(reverse("admin:botplatform_approval_inbox")).context["inbox"]["cards"] == []


def test_the_inbox_shows_all_that_a_decision_is_about(rows: Rows, console: Client) -> None:
    row = approval(
        rows.run, arguments={"path": "/tmp/\u200bx"}, said="I <b>will</b>", untrusted=["issue 7 of somebody/else"]
    )
    text = console.get(reverse("admin:botplatform_approval_inbox")).text
    story = reverse("admin:botplatform_update_story", args=[rows.update.pk])
    parts = (
        "/tmp/⟨U+200B⟩x",
        "I &lt;b&gt;will&lt;/b&gt;",
        "issue 7 of somebody/else",
        page(rows.session),
        story,
        page(row),
    )
    assert [part for part in parts if part not in text] == []
    assert f'data-until="{row.expires_at.isoformat(timespec="seconds")}"'[:30] in text


def test_the_next_to_expire_comes_first_and_decided_ones_not_at_all(rows: Rows, console: Client) -> None:
    late = approval(rows.run, expires_at=timezone.now() + timedelta(minutes=9))
    soon = approval(rows.run, expires_at=timezone.now() + timedelta(minutes=1))
    cards = console.get(listed(Approval)).context["inbox"]["cards"]
    assert [card["url"] for card in cards] == [page(soon), page(late)]


def test_the_inbox_takes_no_more_queries_for_more_cards(rows: Rows, console: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            console.get(reverse("admin:botplatform_approval_inbox"))
        return len(captured)

    approval(rows.run)
    queries()
    few = queries()
    for _ in range(4):
        approval(conversation().run)
    assert queries() == few


@pytest.mark.parametrize("name", ["inbox", "status"])
def test_live_parts_need_the_permission_to_view(rows: Rows, staff: Staff, name: str) -> None:
    address = reverse(f"admin:botplatform_approval_{name}", args=[rows.approval.pk] if name == "status" else [])
    assert staff("view_batch").get(address).status_code in (403, 404)


@pytest.mark.parametrize(
    ("via", "said"),
    [
        ("button", "by a button in the conversation"),
        ("command", "by a command in the conversation"),
        ("message", "by a message in the conversation"),
        ("console", "at the console"),
    ],
)
def test_who_approved_this_is_answered_at_a_glance(rows: Rows, console: Client, via: str, said: str) -> None:
    when = timezone.now()
    row = approval(
        rows.run, state="executed", decided_by="Grace", decided_by_id="4711", decided_via=via, decided_at=when, comment="Go",
        arguments={"what": "the balloon"}, proposed=KITE, executed_at=when,
    )  # fmt: skip
    told = f"Approved by Grace (4711) {said}, {when:%Y-%m-%d %H:%M:%S} UTC, with changed arguments: “Go”."
    text = console.get(page(row)).text
    assert f'<p class="approval-told">{told}</p>' in text
    assert "The call was begun" in text
    assert '<span class="removed">-  &quot;what&quot;: &quot;the kite&quot;' in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": "expired"}, "Nobody decided in time: it expired at 2"),
        ({"state": "void"}, "No longer needed: its batch ended otherwise."),
        ({"expires_at": timezone.now()}, "Nobody decided in time: it expired at 2"),
    ],
)
def test_what_nobody_decided_says_so(rows: Rows, console: Client, fields: dict[str, Any], said: str) -> None:
    assert said in console.get(page(approval(rows.run, **fields))).text


def test_an_open_page_learns_of_a_decision_made_elsewhere(rows: Rows, console: Client) -> None:
    row = approval(rows.run)
    address = reverse("admin:botplatform_approval_status", args=[row.pk])
    assert f'hx-get="{address}"' in console.get(page(row)).text
    assert "approval-told" not in console.get(address).text
    Approval.objects.filter(pk=row.pk).update(
        state="denied", decided_by="Grace", decided_via="button", decided_at=timezone.now()
    )
    assert "Denied by Grace by a button in the conversation" in console.get(address).text
