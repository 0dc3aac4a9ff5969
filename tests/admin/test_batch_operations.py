"""What operators do to batches, replies and updates beyond retrying one: to several, to the missing parts, elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from botplatform.models import AuditEntry, Batch, Reply, Route, RoutingCase, Update
from tests.admin.rows import Rows, operate, told

Nudged = Callable[[], list[tuple[str, Any]]]
Staff = Callable[..., Client]


def _fail(rows: Rows) -> None:
    Batch.objects.filter(pk=rows.batch.pk).update(state="failed", attempts=3)


def _parts(rows: Rows, *states: str) -> None:
    for part, state in enumerate(states, start=2):
        Reply.objects.create(session=rows.session, batch=rows.batch, kind="answer", part=part, text="more", state=state)


def test_from_the_start_the_runs_before_count_no_more(kept: Rows, console: Client, nudges: Nudged) -> None:
    _fail(kept)
    answer = operate(console, "anew", kept.batch, confirmed="yes", why="it began with the wrong page")
    kept.batch.refresh_from_db()
    assert (kept.batch.state, kept.batch.from_run) == ("waiting", kept.run.pk)
    assert told(answer) == [f"Batch {kept.batch.pk} will be answered again, from the start."]
    entry = AuditEntry.objects.get(action="batch.anew")
    assert (entry.who, entry.why, entry.took_effect) == ("root", "it began with the wrong page", True)
    assert nudges() == [("answer", [kept.session.pk])]


def test_another_agent_is_asked_for_first(kept: Rows, console: Client, nudges: Nudged) -> None:
    _fail(kept)
    asked = operate(console, "elsewhere", kept.batch)
    assert 'name="agent"' in asked.text
    assert "given up after 3 attempts" in asked.text
    assert Batch.objects.get().state == "failed"


@pytest.mark.parametrize("wrong", [True, False])
def test_another_agent_answers_and_the_route_is_judged_if_wished(
    kept: Rows, console: Client, nudges: Nudged, wrong: bool
) -> None:
    _fail(kept)
    more = {"wrong": "on"} if wrong else {}
    answer = operate(console, "elsewhere", kept.batch, confirmed="yes", agent="info-agent", **more)
    kept.batch.refresh_from_db()
    route = Route.objects.get()
    assert (kept.batch.state, kept.batch.sent_to) == ("waiting", "info-agent")
    assert (route.verdict, route.correct_target) == (("wrong", "info-agent") if wrong else ("", ""))
    assert RoutingCase.objects.count() == wrong
    assert "will be answered by info-agent" in told(answer)[0]


def test_who_may_not_judge_routes_sends_elsewhere_all_the_same(kept: Rows, staff: Staff, nudges: Nudged) -> None:
    _fail(kept)
    answer = operate(staff("change_batch"), "elsewhere", kept.batch, confirmed="yes", agent="info-agent", wrong="on")
    assert Batch.objects.get().sent_to == "info-agent"
    assert Route.objects.get().verdict == ""
    assert "may not judge routes" in told(answer)[0]


def test_no_worker_agent_is_ever_chosen(kept: Rows, console: Client, nudges: Nudged) -> None:
    _fail(kept)
    operate(console, "elsewhere", kept.batch, confirmed="yes", agent="research-worker")
    assert Batch.objects.get().state == "failed"


def test_the_missing_parts_alone_are_sent(kept: Rows, console: Client, nudges: Nudged) -> None:
    _parts(kept, "unknown", "failed")
    answer = operate(console, "resend", kept.batch, confirmed="yes", parts="missing")
    assert sorted(Reply.objects.filter(state="pending").values_list("part", flat=True)) == [2, 3]
    assert told(answer) == [f"Batch {kept.batch.pk} has 2 of the 3 parts of its answer to be sent again."]
    assert nudges() == [("deliver", kept.session.pk)]


def test_an_answer_that_arrived_misses_no_part(kept: Rows, console: Client, nudges: Nudged) -> None:
    [said] = told(operate(console, "resend", kept.batch, confirmed="yes", parts="missing"))
    assert said == f"Batch {kept.batch.pk} misses no part: all arrived, or are on their way."
    assert nudges() == []


def test_several_tell_each_what_came_of_it(kept: Rows, console: Client, nudges: Nudged) -> None:
    _fail(kept)
    done = Batch.objects.create(session=kept.session, state="done", request_id="x", due_at=kept.batch.due_at)
    answer = operate(console, "retry", kept.batch, done, confirmed="yes")
    assert [text.startswith(f"Batch {pk} {what}") for text, pk, what in zip(
        told(answer), (kept.batch.pk, done.pk), ("will be answered", "is neither"), strict=True
    )] == [True, True]  # fmt: skip
    assert [entry.took_effect for entry in AuditEntry.objects.filter(action="batch.retry").order_by("pk")] == [
        True,
        False,
    ]


def test_a_quarantined_update_is_parsed_again_and_another_is_not(kept: Rows, console: Client, nudges: Nudged) -> None:
    quarantined = Update.objects.create(
        bot=kept.bot, external_id="q", kind="message", state="quarantined", request_id="q", raw=bytes(kept.update.raw)
    )
    answer = operate(console, "parse", quarantined, kept.update, confirmed="yes")
    again = Update.objects.latest("pk")
    assert (again.state, again.text) == ("queued", kept.update.text)
    assert sorted(told(answer)) == sorted([
        f"Update {quarantined.pk} was queued again as update {again.pk}.",
        f"Update {kept.update.pk} is not quarantined: it was read when it came; Replay repeats it.",
    ])  # fmt: skip
