"""The page "Workers": who is alive and at what, what waits, what is paused, and letting it go on."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from botplatform.admin.workers import queues
from botplatform.admin.workers.paused import paused_things
from botplatform.models import AgentConfig, AuditEntry, Bot, BotAccess, Process, Run, Session, Step
from tests.admin.rows import Rows, batch, conversation, listed, operate, page, shown_ids, told

Nudged = Callable[[], list[tuple[str, Any]]]
Staff = Callable[..., Client]
LOOKS = ("view_process", "view_batch", "view_session", "view_reply", "view_update", "view_bot", "view_agentconfig")
HERE, NOW = "/admin/workers/", "/admin/workers/now/"
_numbers = itertools.count(1)


def working(rows: Rows, worker: str, **fields: Any) -> Run:
    """A batch of a conversation of its own in a worker's hands, at a model call."""
    session = Session.objects.create(bot=rows.bot, key=f"working-{next(_numbers)}", kind="private", title="Ada")
    made = batch(session, "processing", **{"worker": worker, "claimed_at": timezone.now()} | fields)
    run = Run.objects.create(batch=made, epoch=1, agent="tested-agent", worker=worker)
    Step.objects.create(run=run, kind="model", name="anthropic:some-model")
    return run


def due(rows: Rows, seconds: int, bot: Bot | None = None, **fields: Any) -> None:
    """A batch that has been due for so long, of a conversation of its own."""
    values = {"bot": bot or rows.bot, "key": f"due-{next(_numbers)}", "kind": "private"}
    batch(Session.objects.create(**values | fields), "collecting", due_at=timezone.now() - timedelta(seconds=seconds))


def queue(client: Client, title: str) -> Any:
    [found] = [one for one in client.get(NOW).context["queues"] if one.title == title]
    return found


# -- who is alive


def test_each_process_says_how_it_is_and_how_busy(rows: Rows, console: Client) -> None:
    Process.objects.filter(pk=rows.process.pk).update(detail={"runs": 3, "slots": 100})
    Process.objects.create(name="beat@there:2", role="beat", seen_at=timezone.now() - timedelta(hours=1))
    processes = {one.role: one for one in console.get(HERE).context["crew"].processes}
    assert (processes["worker"].silent, processes["worker"].busy) == (False, "3 of 100 slots busy")
    assert processes["beat"].silent


def test_roles_that_nobody_fills_stand_out(rows: Rows, console: Client) -> None:
    Process.objects.create(name="beat@there:2", role="beat", seen_at=timezone.now() - timedelta(hours=1))
    answer = console.get(HERE)
    assert [role for role, _ in answer.context["crew"].missing] == ["beat", "web"]
    assert "No beat is alive" in answer.text
    assert "No worker is alive" not in answer.text


def test_each_worker_shows_what_it_does(rows: Rows, console: Client) -> None:
    run = working(rows, rows.process.name)
    [process] = console.get(HERE).context["crew"].processes
    [work] = process.works
    assert (work.agent, work.run_url) == ("tested-agent", page(run))
    assert work.doing.startswith("asks anthropic:some-model for ")
    assert page(run.batch) in work.batch
    assert page(run.batch.session) in work.conversation


def test_work_of_a_worker_that_is_gone_is_in_nobodys_hands(rows: Rows, console: Client) -> None:
    run = working(rows, "worker@elsewhere:1")
    answer = console.get(HERE)
    assert page(run.batch) in answer.context["crew"].orphans[0].batch
    assert "In nobody&#x27;s hands" in answer.text or "In nobody's hands" in answer.text


def test_a_batch_that_was_handed_back_waits_for_a_worker(rows: Rows, console: Client) -> None:
    batch(rows.session, "processing", worker="", lease_until=timezone.now())
    assert console.get(HERE).context["crew"].orphans[0].doing == "waits for a worker"
    assert queue(console, "batches handed back").number == "1"


# -- what waits


def test_the_brokers_queue_is_counted(rows: Rows, console: Client, nudges: Nudged) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.lpush("botplatform", "{}", "{}")
    assert console.get(NOW).context["broker"].queued == 2


def test_without_redis_the_page_says_so(rows: Rows, console: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    answer = console.get(HERE)
    assert answer.status_code == 200
    assert answer.context["broker"] == queues.Broker(reachable=False)
    assert "Redis does not answer" in answer.text


def test_due_batches_are_counted_with_the_age_of_the_oldest(rows: Rows, console: Client) -> None:
    due(rows, 5)
    due(rows, 90)
    found = queue(console, "due batches")
    assert found.number == "2"
    assert "1 min 30 s ago" in found.oldest


def test_what_is_paused_is_no_backlog(rows: Rows, console: Client) -> None:
    stopped = Bot.objects.create(transport="telegram", slug="stopped", paused=True)
    due(rows, 5)
    due(rows, 50, bot=stopped)
    due(rows, 50, mode="paused")
    assert queue(console, "due batches").number == "1"
    backlogs = {str(one.bot): (one.due, one.paused) for one in console.get(NOW).context["backlogs"]}
    assert sorted(backlogs.values()) == [(0, 1), (1, 1)]


def test_a_flood_is_not_counted_to_its_end(rows: Rows, console: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "COUNTED", 2)
    for _ in range(4):
        due(rows, 5)
    assert queue(console, "due batches").number == "more than 2"


# -- what is paused


def test_a_bot_is_paused_and_let_go_on_from_the_page(kept: Rows, console: Client, nudges: Nudged) -> None:
    operate(console, "pause", kept.bot, from_page="1", confirmed="yes", why="Holidays")
    kept.bot.refresh_from_db()
    assert kept.bot.paused
    [thing] = console.get(HERE).context["paused"]
    assert (thing.name, thing.by, thing.why, thing.url) == ("telegram/tested", "root", "Holidays", page(kept.bot))
    answer = operate(console, "resume", kept.bot, from_page="1", next=HERE)
    assert answer.redirect_chain == [(HERE, 302)]
    kept.bot.refresh_from_db()
    assert not kept.bot.paused
    assert answer.context["paused"] == []


def test_an_agent_is_paused_and_let_go_on(kept: Rows, console: Client, nudges: Nudged) -> None:
    operate(console, "pause", kept.agentconfig, confirmed="yes")
    kept.agentconfig.refresh_from_db()
    assert kept.agentconfig.paused
    batch(kept.session, "waiting", paused_agent="tested-agent")
    [thing] = console.get(HERE).context["paused"]
    assert (thing.kind, thing.name, thing.waiting) == ("agentconfig", "tested-agent", 1)
    operate(console, "resume", kept.agentconfig)
    kept.agentconfig.refresh_from_db()
    assert not kept.agentconfig.paused
    assert list(AuditEntry.objects.filter(object_type="botplatform.agentconfig").order_by("pk").values_list("action", flat=True)) == [
        "agentconfig.pause", "agentconfig.resume",
    ]  # fmt: skip


def test_pausing_is_confirmed_first(rows: Rows, console: Client) -> None:
    assert "nothing is answered until the bot goes on" in operate(console, "pause", rows.bot, from_page="1").text
    rows.bot.refresh_from_db()
    assert not rows.bot.paused


@pytest.mark.parametrize("kind", ["bot", "agentconfig"])
def test_pausing_needs_its_permission(rows: Rows, staff: Staff, kind: str) -> None:
    row = getattr(rows, kind)
    client = staff(f"view_{kind}", f"change_{kind}")
    assert 'value="pause"' not in client.get(page(row)).text
    operate(client, "pause", row, confirmed="yes")
    row.refresh_from_db()
    assert not row.paused


def test_pages_of_bots_and_agents_have_the_button(rows: Rows, console: Client) -> None:
    for row in (rows.bot, rows.agentconfig):
        assert 'value="pause"' in console.get(page(row)).text
        type(row).objects.filter(pk=row.pk).update(paused=True)
        assert 'value="resume"' in console.get(page(row)).text
    assert shown_ids(console, Bot, "?paused__exact=1") == [rows.bot.pk]


def test_who_may_not_resume_is_only_told(rows: Rows, staff: Staff) -> None:
    Bot.objects.filter(pk=rows.bot.pk).update(paused=True)
    text = staff(*LOOKS).get(HERE).text
    assert "is paused" in text
    assert 'value="resume"' not in text


def test_of_what_was_paused_before_anybody_wrote_it_down_only_that_is_told(rows: Rows, console: Client) -> None:
    AgentConfig.objects.filter(pk=rows.agentconfig.pk).update(paused=True)
    [thing] = paused_things(User.objects.get(username="root"))
    assert (thing.by, thing.since, thing.when) == ("", None, "")


# -- who may look


def test_the_page_needs_its_permission(rows: Rows, staff: Staff) -> None:
    client = staff("view_bot")
    assert client.get(HERE).status_code == 403
    assert client.get(NOW).status_code == 403
    assert reverse("console-workers") not in client.get(listed(Bot)).text
    assert Client().get(HERE).status_code == 302


def test_whoever_may_see_processes_alone_sees_no_work(rows: Rows, staff: Staff) -> None:
    working(rows, rows.process.name)
    context = staff("view_process").get(HERE).context
    assert [one.works for one in context["crew"].processes] == [[]]
    assert (context["queues"], context["backlogs"], context["paused"]) == ([], [], [])


def test_of_other_bots_nothing_is_shown(rows: Rows, staff: Staff) -> None:
    client = staff(*LOOKS)
    other = Bot.objects.create(transport="telegram", slug="other")
    BotAccess.objects.create(user=User.objects.get(username="staff"), bot=other)
    Bot.objects.filter(pk=rows.bot.pk).update(paused=True)
    working(rows, rows.process.name)
    due(rows, 5)
    context = client.get(NOW).context
    assert [one.works for one in context["crew"].processes] == [[]]
    assert (context["backlogs"], context["paused"], queue(client, "due batches").number) == ([], [], "0")


def test_nothing_of_strangers_is_markup_or_stays_invisible(rows: Rows, console: Client) -> None:
    trick = "<script>alert(1)</script>\u202e"
    run = working(rows, rows.process.name)
    Session.objects.filter(pk=run.batch.session_id).update(title=trick)
    Run.objects.filter(pk=run.pk).update(agent=trick)
    Step.objects.filter(run=run).update(name=trick)
    text = console.get(HERE).text
    assert "⟨U+202E⟩" in text
    assert not [one for one in ("<script>alert(1)", "\u202e") if one in text]


def test_more_rows_take_no_more_queries(rows: Rows, console: Client) -> None:
    def fill(count: int) -> None:
        for n in range(count):
            other = Bot.objects.create(transport="telegram", slug=f"b{next(_numbers)}", paused=bool(n % 2))
            AgentConfig.objects.create(name=f"a{next(_numbers)}", behaviour="simple-agent", paused=True)
            AuditEntry.objects.create(
                who="x", action="bot.pause", object_type="botplatform.bot", object_id=str(other.pk)
            )
            due(rows, 5, bot=other)
            working(rows, rows.process.name)
            conversation()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert console.get(HERE).status_code == 200
        return len(captured)

    fill(3)
    queries()
    few = queries()
    fill(27)
    assert queries() == few


def test_a_message_is_told_when_there_is_nothing_to_resume(kept: Rows, console: Client, nudges: Nudged) -> None:
    assert len(told(operate(console, "resume", kept.bot))) == 1
