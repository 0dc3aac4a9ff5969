"""The home page: true counts of what needs a person, each with the list of them, and figures that stand in the rollups."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from botplatform.admin.home import looking
from botplatform.models import AgentConfig, Batch, Bot, BotAccess, Canary, Process, Reply, Rollup, Session, Update
from tests.admin.rows import Rows, approval, batch, conversation, page, shown_ids

HOUR = timedelta(hours=1)


def _titles(client: Client) -> list[str]:
    context = client.get("/admin/").context
    return [
        item.title if item in context["missing"] else f"{item.number} {item.title}"
        for item in (*context["missing"], *context["needs_you"])
    ]


def _tiles(client: Client, query: str = "") -> dict[str, str]:
    return {tile.title: tile.value for tile in client.get(f"/admin/{query}").context["tiles"]}


def _headline(client: Client) -> str:
    return str(client.get("/admin/").context["headline"]["text"])


def _chart(client: Client, name: str, query: str = "?range=1h") -> Any:
    return next(chart for chart in client.get(f"/admin/{query}").context["charts"] if chart.name == name)


def _sum(bot: Bot, kind: str, *, ago: timedelta = timedelta(minutes=3), **fields: Any) -> None:
    """A sum as it stands by minute, hour and day."""
    moment = timezone.now() - ago
    minute = moment.replace(second=0)
    hour = minute.replace(minute=0)
    for grain, at in (("minute", minute), ("hour", hour), ("day", hour.replace(hour=0))):
        values = {"count": 1, "name": "simple-agent", "last_at": moment, **fields}
        Rollup.objects.create(grain=grain, kind=kind, at=at.replace(microsecond=0), bot=bot, **values)


def _histogram(number: int, times: int) -> list[int]:
    return [0] * number + [times]


@pytest.fixture
def calm(rows: Rows) -> Rows:
    Process.objects.create(name="beat@there:1", role="beat")
    return rows


@pytest.fixture
def limited(calm: Rows) -> Client:
    """The browser of one who may see everything of one bot that is not the one with the rows."""
    other = Bot.objects.create(transport="telegram", slug="other")
    user = User.objects.create(username="limited", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    BotAccess.objects.create(user=user, bot=other)
    client = Client()
    client.force_login(user)
    return client


# -- needs you


def test_nothing_needs_anybody(calm: Rows, console: Client) -> None:
    assert _titles(console) == []
    assert _headline(console) == "All is well"
    assert "No batch is stuck or failed" in console.get("/admin/").text


def test_missing_processes_are_told(calm: Rows, console: Client) -> None:
    Process.objects.update(seen_at=timezone.now() - HOUR)
    assert _titles(console) == ["no worker is alive", "no beat is alive"]
    assert _headline(console) == "2 things need you"


def test_counts_are_those_of_the_lists_they_link_to(calm: Rows, console: Client) -> None:
    batch(calm.session, "processing", lease_until=timezone.now() - timedelta(minutes=1))
    batch(calm.session, "failed")
    batch(calm.session, "failed")
    Reply.objects.update(state="unknown")
    Update.objects.update(state="quarantined")
    assert _titles(console) == ["1 stuck batch", "2 failed batches", "1 reply in doubt", "1 quarantined update"]
    models = {"batch": Batch, "reply": Reply, "update": Update}
    for item in console.get("/admin/").context["needs_you"]:
        path, _, query = item.url.partition("?")
        assert len(shown_ids(console, models[path.split("/")[-2]], f"?{query}")) == item.number


def test_counts_are_for_those_who_may_see_the_rows(calm: Rows, staff: Callable[..., Client]) -> None:
    batch(calm.session, "failed")
    Reply.objects.update(state="unknown")
    assert _titles(staff("view_reply")) == ["1 reply in doubt"]


def test_newest_rows_stand_there_with_their_cause(calm: Rows, console: Client) -> None:
    failed = [batch(calm.session, "failed", error=f"the model said no, {n}") for n in range(5)]
    [need] = console.get("/admin/").context["needs_you"]
    assert [case.cause for case in need.cases] == [f"the model said no, {n}" for n in (4, 3, 2)]
    assert need.cases[0].url == page(failed[-1])


def test_cause_shows_what_is_invisible_in_it(calm: Rows, console: Client) -> None:
    batch(calm.session, "failed", error="<b>bold</b>\u202e")
    text = console.get("/admin/").text
    assert "&lt;b&gt;bold&lt;/b&gt;⟨U+202E⟩" in text


def test_everything_else_that_needs_somebody_is_told(calm: Rows, console: Client) -> None:
    approval(calm.run, summary="Delete it all.")
    Bot.objects.filter(pk=calm.bot.pk).update(problem="401: Unauthorized", paused=True)
    AgentConfig.objects.filter(pk=calm.agentconfig.pk).update(paused=True)
    version = calm.agentconfigversion
    Canary.objects.create(
        config=calm.agentconfig, version=version, beside=version, share_percent=5, state="returned", reason="too many errors",
        ended_at=timezone.now() - HOUR,
    )  # fmt: skip
    assert _titles(console) == [
        "1 approval waits", "1 bot with a problem", "1 canary was returned", "1 paused bot", "1 paused agent",
    ]  # fmt: skip
    text = console.get("/admin/").text
    assert all(cause in text for cause in ("Delete it all.", "401: Unauthorized", "too many errors"))


def test_more_than_a_thousand_are_not_counted_on(calm: Rows, console: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MANY", 2)
    for _ in range(4):
        batch(calm.session, "failed")
    assert "2+ failed batches" in console.get("/admin/").text


# -- tiles


def test_tiles_count_what_is_at_work(calm: Rows, console: Client) -> None:
    batch(calm.session, "collecting", due_at=timezone.now() - timedelta(seconds=42))
    batch(conversation().session, "processing", progress_until=timezone.now() - HOUR)
    batch(calm.session, "waiting")
    tiles = _tiles(console)
    assert {name: tiles[name] for name in ("collecting", "processing", "waiting", "stuck")} == {
        "collecting": "1", "processing": "1", "waiting": "1", "stuck": "1",
    }  # fmt: skip
    assert tiles["oldest due batch"].startswith("4")


def test_batch_that_is_held_back_is_not_overdue(calm: Rows, console: Client) -> None:
    due = {"due_at": timezone.now() - HOUR}
    batch(calm.session, "collecting", **due)
    Session.objects.update(mode="paused")
    behind = conversation().session
    batch(behind, "collecting", **due)
    batch(behind, "processing")
    assert _tiles(console)["oldest due batch"] == "–"


def test_tiles_say_what_the_sums_say(calm: Rows, console: Client) -> None:
    _sum(calm.bot, "update", count=20)
    _sum(calm.bot, "duplicate", count=4, name="")
    _sum(calm.bot, "run", count=9, detail="succeeded")
    _sum(calm.bot, "run", count=1, errors=1, detail="lost")
    _sum(calm.bot, "answer", count=10, histogram=_histogram(24, 10))
    today = {"ago": timezone.now() - datetime.now(UTC).replace(hour=0, minute=0, second=1)}
    _sum(calm.bot, "model", count=3, tokens_in=11_500, tokens_out=500, cost_usd="0.25", **today)
    tiles = _tiles(console)
    assert tiles["updates a minute"] == "4"
    assert (tiles["duplicates refused"], tiles["error rate"], tiles["recoveries"]) == ("4", "10 %", "1")
    assert (tiles["tokens today"], tiles["spent today"]) == ("12 k", "$0.25")
    assert 0.6 < float(tiles["time to answer, p50"].removesuffix(" ms")) / 1000 < 1


def test_bad_figures_are_coloured_and_told(calm: Rows, console: Client) -> None:
    _sum(calm.bot, "run", count=6, errors=6, detail="failed")
    _sum(calm.bot, "answer", count=6, histogram=_histogram(60, 6))
    context = console.get("/admin/").context
    assert {tile.title: tile.level for tile in context["tiles"] if tile.level} == {
        "time to answer, p50": "danger", "error rate": "danger",
    }  # fmt: skip
    assert context["headline"]["text"] == "Nothing needs you, but"
    assert "100 % of the runs fail" in context["headline"]["more"]


def test_one_bad_run_alone_is_not_a_rate(calm: Rows, console: Client) -> None:
    _sum(calm.bot, "run", count=1, errors=1, detail="failed")
    assert _headline(console) == "All is well"


def test_nothing_yet_is_said_so(calm: Rows, console: Client) -> None:
    answer = console.get("/admin/")
    assert {chart.name for chart in answer.context["charts"] if not chart.empty} == set()
    assert "nothing yet" in answer.text
    assert _tiles(console)["error rate"] == "–"


@pytest.mark.parametrize("url", ["now", "past"])
def test_parts_are_asked_for_by_themselves(calm: Rows, console: Client, staff: Callable[..., Client], url: str) -> None:
    assert console.get(f"/admin/home/{url}/").status_code == 200
    assert Client().get(f"/admin/home/{url}/").status_code == 302
    assert "home-tile" not in staff().get(f"/admin/home/{url}/").text


# -- charts


@pytest.mark.parametrize(("range_", "buckets"), [("1h", 60), ("24h", 24), ("7d", 28), ("30d", 30), ("nonsense", 24)])
def test_gaps_are_filled_with_zeros(calm: Rows, console: Client, range_: str, buckets: int) -> None:
    _sum(calm.bot, "answer", count=3, ago=timedelta(minutes=4), histogram=_histogram(24, 3))
    chart = _chart(console, "answers", f"?range={range_}")
    counts, medians = chart.series[0].values, chart.series[1].values
    assert (len(counts), sum(counts)) == (buckets, 3)
    assert len([one for one in medians if one is not None]) == 1


def test_charts_are_drawn_from_data_and_told_in_a_table(calm: Rows, console: Client) -> None:
    _sum(calm.bot, "route", count=5, name="pattern", detail="simple-agent")
    _sum(calm.bot, "route", count=2, name="model", detail="simple-agent")
    text = console.get("/admin/?range=1h").text
    data = json.loads(text.split('id="home-data" type="application/json">')[1].split("</script>")[0])
    [chart] = [one for one in data if one["name"] == "routing"]
    assert {one["name"]: sum(one["values"]) for one in chart["series"]} == {"pattern": 5, "model": 2}
    [row] = _chart(console, "routing").rows
    assert row[1:] == ["5", "2"]


def test_batches_by_size_and_window(calm: Rows, console: Client) -> None:
    _sum(calm.bot, "batch", count=3, name="done", detail="1", amount=3, share=0.6)
    _sum(calm.bot, "batch", count=1, name="done", detail="3–5", amount=5, share=1.0)
    _sum(calm.bot, "answer", detail="3–5", histogram=_histogram(36, 1))
    assert list(_chart(console, "sizes").series[0].values) == [3, 0, 1, 0, 0]
    assert [one for one in _chart(console, "window").series[0].values if one is not None] == [0.4]
    assert [value is not None for value in _chart(console, "times").series[0].values] == [
        False,
        False,
        True,
        False,
        False,
    ]


def test_spending_by_agent_and_by_model(calm: Rows, console: Client) -> None:
    for model, cost in (("m:large", "0.5"), ("m:small", "0.125")):
        _sum(calm.bot, "model", detail=model, tokens_in=1000, tokens_out=100, cost_usd=cost)
    by_agent, by_model = _chart(console, "agent"), _chart(console, "model")
    assert (list(by_agent.labels), list(by_agent.series[2].values)) == (["simple-agent"], [0.625])
    assert dict(zip(by_model.labels, by_model.series[2].values, strict=True)) == {"m:large": 0.5, "m:small": 0.125}


def test_rare_agents_are_drawn_as_one(calm: Rows, console: Client) -> None:
    for number in range(9):
        _sum(calm.bot, "answer", name=f"agent-{number}", count=20 - number)
    chart = _chart(console, "agents")
    assert [one.name for one in chart.series] == [*(f"agent-{number}" for number in range(6)), "others"]
    assert sum(chart.series[-1].values) == 14 + 13 + 12


def test_agents_stand_with_their_success_and_last_run(calm: Rows, console: Client) -> None:
    _sum(calm.bot, "run", name="tested-agent", detail="succeeded", count=3)
    _sum(calm.bot, "run", name="tested-agent", detail="failed", count=1, errors=1)
    _sum(calm.bot, "run", name="quiet-agent", detail="succeeded", ago=timedelta(days=9))
    quiet, tested = console.get("/admin/?range=1h").context["agents"]
    assert (quiet.name, quiet.runs, quiet.succeeded) == ("quiet-agent", "0", "–")
    assert "9 d" in str(quiet.last)
    assert (tested.succeeded, tested.errors, tested.lost) == ("75 %", "25 %", 0)
    assert tested.url == page(calm.agentconfig)


# -- whose figures


def test_figures_are_of_the_bots_that_a_person_may_see(calm: Rows, limited: Client, console: Client) -> None:
    batch(calm.session, "failed")
    for kind in ("update", "answer", "run", "model", "route", "batch"):
        _sum(calm.bot, kind, count=50, tokens_in=7)
    assert _titles(console) == ["1 failed batch"]
    for query in ("", f"?bot={calm.bot.pk}", "?bot=0", "?bot=x"):
        assert _titles(limited) == []
        tiles = _tiles(limited, query)
        assert (tiles["updates a minute"], tiles["tokens today"], tiles["error rate"]) == ("0", "0", "–")
        context = limited.get(f"/admin/{query}").context
        assert all(chart.empty for chart in context["charts"])
        assert context["agents"] == []


def test_one_bot_is_looked_at(calm: Rows, console: Client) -> None:
    other = Bot.objects.create(transport="telegram", slug="other")
    _sum(calm.bot, "update", count=10)
    _sum(other, "update", count=5)
    assert [_tiles(console, query)["updates a minute"] for query in ("", f"?bot={other.pk}")] == ["3", "1"]


def test_who_may_not_see_rows_does_not_see_their_figures(calm: Rows, staff: Callable[..., Client]) -> None:
    _sum(calm.bot, "update", count=10)
    context = staff("view_batch").get("/admin/").context
    assert {chart.name for chart in context["charts"]} == {"sizes", "window"}
    assert {tile.title for tile in context["tiles"]} == {
        "oldest due batch",
        "collecting",
        "processing",
        "waiting",
        "stuck",
    }
    assert context["agents"] is None


# -- cost


def _statements(client: Client) -> int:
    client.get("/admin/")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get("/admin/").status_code == 200
    return len(captured)


def test_statements_do_not_grow_with_the_rows(calm: Rows, console: Client) -> None:
    def add(number: int) -> None:
        for n in range(number):
            batch(calm.session, "failed")
            approval(calm.run)
            for kind in ("answer", "run", "model"):
                _sum(calm.bot, kind, name=f"agent-{Rollup.objects.count()}", ago=timedelta(minutes=n % 50))

    add(3)
    few = _statements(console)
    add(27)
    assert _statements(console) == few
