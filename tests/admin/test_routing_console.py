"""Routing in the console: verdicts in one click, figures, how often patterns fire, patterns tried before they are saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agents.routing.target import HITL, INFO, SIMPLE
from botplatform.admin.routing import changes, firing
from botplatform.models import (
    AuditEntry,
    Bot,
    BotAccess,
    Message,
    Pattern,
    Rollup,
    Route,
    RoutingCase,
    RoutingVersion,
    Update,
)
from tests.admin.rows import Rows, batch, conversation, listed, page, shown_ids, told

Staff = Callable[..., Client]
TRY = "/admin/botplatform/pattern/try/"
PUBLISH = "/admin/botplatform/pattern/publish/"
QUALITY = "/admin/routing/"
JUDGE = ("view_route", "change_route")
EDIT = ("view_pattern", "add_pattern", "change_pattern", "view_message")


def judge(client: Client, route: Route, target: str = "") -> Any:
    """What the browser sends for a click, or for a choice in the row."""
    said = {f"to_{route.pk}": target} if target else {"verdict": "right"}
    return client.post(reverse("admin:botplatform_route_judge", args=[route.pk]), said)


def elsewhere(rows: Rows) -> None:
    """Limits staff to a bot that none of the rows belongs to."""
    other = Bot.objects.create(transport="telegram", slug="other")
    BotAccess.objects.create(user=User.objects.get(username="staff"), bot=other)


def decided(rows: Rows, rule: str = "", **fields: Any) -> Route:
    days = fields.pop("days", 0)
    fields = {"method": "pattern" if rule else "model", "target": SIMPLE, "rule": rule} | fields
    route = Route.objects.create(batch=batch(rows.session), **fields)
    Route.objects.filter(pk=route.pk).update(created_at=timezone.now() - timedelta(days=days))
    return route


def queries(client: Client, url: str, **data: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(url, data) if data else client.get(url)
        assert answer.status_code == 200
    return len(captured)


# -- verdicts in the row


def test_one_click_says_that_it_was_right(kept: Rows, staff: Staff) -> None:
    answer = judge(staff(*JUDGE), kept.route)
    kept.route.refresh_from_db()
    assert (kept.route.verdict, kept.route.judged_by) == ("right", "staff")
    assert "Counts as right." in answer.text
    entry = AuditEntry.objects.latest("id")
    assert (entry.who, entry.action, entry.object_id, entry.took_effect) == (
        "staff",
        "route.right",
        str(kept.route.pk),
        True,
    )
    assert (entry.before, entry.after) == (
        {"verdict": "", "correct_target": ""},
        {"verdict": "right", "correct_target": ""},
    )


def test_one_choice_says_where_it_should_have_gone_and_makes_a_case(kept: Rows, staff: Staff) -> None:
    answer = judge(staff(*JUDGE, "view_batch"), kept.route, HITL)
    kept.route.refresh_from_db()
    assert (kept.route.verdict, kept.route.correct_target) == ("wrong", HITL)
    assert RoutingCase.objects.get().target == HITL
    assert "its messages are a case now" in answer.text
    assert f'href="{page(kept.batch)}">Put it right' in answer.text


@pytest.mark.parametrize("target", ["code-worker", "nobody", "router-agent", "tested-agent"])
def test_what_is_no_correction_changes_nothing_and_is_told(kept: Rows, staff: Staff, target: str) -> None:
    answer = judge(staff(*JUDGE), kept.route, target)
    assert "Was not judged" in answer.text
    assert Route.objects.get().verdict == ""
    assert not AuditEntry.objects.latest("id").took_effect


@pytest.mark.parametrize(
    "permissions", [(), ("view_route",), ("change_route",), ("view_route", "add_routingcase")], ids=str
)
def test_who_may_only_look_has_nothing_to_click(kept: Rows, staff: Staff, permissions: tuple[str, ...]) -> None:
    client = staff(*permissions)
    if permissions != ("change_route",):
        assert judge(client, kept.route).status_code == 403
    if permissions == ("view_route",):
        assert "hx-post" not in client.get(listed(Route)).text.partition("changelist-form")[2]
        assert Route.objects.get().verdict == ""


def test_routes_of_other_bots_are_not_there_to_judge(kept: Rows, staff: Staff) -> None:
    client = staff(*JUDGE)
    elsewhere(kept)
    assert judge(client, kept.route).status_code == 404
    assert shown_ids(client, Route) == []
    assert Route.objects.get().verdict == ""


def test_verdicts_are_posted_with_a_token(kept: Rows, console: Client) -> None:
    assert console.get(reverse("admin:botplatform_route_judge", args=[kept.route.pk])).status_code == 405
    console.handler.enforce_csrf_checks = True
    assert judge(console, kept.route).status_code == 403


def test_the_row_offers_every_agent_but_the_one_it_went_to(rows: Rows, console: Client) -> None:
    text = console.get(listed(Route)).text
    assert f'name="to_{rows.route.pk}"' in text
    assert f'<option value="{HITL}">' in text
    assert '<option value="tested-agent">' not in text
    assert "code-worker" not in text


# -- what is found, and what is no longer there


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("rule=weather", [2]), ("took=quick", [1]), ("took=slow", [2]), ("since={now}", [1]), ("until={now}", [2]),
        ("bot={bot}", [2, 1]), ("bot=0", []), ("bot=nonsense&since=soon&took=never", [2, 1]), ("verdict=wrong", [2]),
        ("rule=weather&method=model", []),
    ],
)  # fmt: skip
def test_routes_are_found_by_pattern_bot_time_and_speed(
    rows: Rows, console: Client, query: str, found: list[int]
) -> None:
    other = decided(rows, "weather", latency_ms=1500, days=2, verdict="wrong")
    ids = {1: rows.route.pk, 2: other.pk}
    now = f"{timezone.now() - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    assert shown_ids(console, Route, f"?{query.format(now=now, bot=rows.bot.pk)}") == [ids[one] for one in found]


def test_the_other_filters_go_with_the_details(rows: Rows, console: Client) -> None:
    text = console.get(listed(Route, "?method=direct&since=2026-01-02T03:04")).text
    assert '<input type="hidden" name="method" value="direct">' in text
    assert 'name="since" value="2026-01-02T03:04"' in text


def test_erased_messages_and_pruned_ones_are_said_to_be_so(rows: Rows, console: Client) -> None:
    pruned = conversation()
    Message.objects.all().delete()
    Update.objects.filter(pk=rows.update.pk).update(text="", raw=b"")
    Update.objects.filter(pk=pruned.update.pk).delete()
    text = console.get(listed(Route)).text
    assert (text.count("(erased)"), text.count("(no longer kept)")) == (1, 1)
    assert "(erased)" in console.get(page(rows.route)).text
    assert "(no longer kept)" in console.get(page(pruned.route)).text


# -- how good it is


def summed(rows: Rows, method: str, count: int) -> None:
    at = timezone.now().replace(minute=0, second=0, microsecond=0)
    Rollup.objects.create(grain="hour", kind="route", at=at, bot=rows.bot, name=method, detail=SIMPLE, count=count)


def test_quality_counts_what_was_judged_of_all(rows: Rows, console: Client) -> None:
    summed(rows, "pattern", 30)
    summed(rows, "model", 10)
    decided(rows, "weather", verdict="right")
    decided(rows, "weather", verdict="wrong", correct_target=HITL)
    decided(rows, verdict="right", target=INFO)
    context = console.get(QUALITY).context
    assert context["total"] == {"name": "all", "routes": 40, "judged": 3, "right": 2, "accuracy": "66.7%"}
    assert [(one["name"], one["judged"], one["accuracy"]) for one in context["methods"]] == [
        ("pattern", 2, "50.0%"), ("model", 1, "100.0%"),
    ]  # fmt: skip
    rows_shown = {name: [cell.count for cell in cells] for name, cells in context["matrix"]["rows"]}
    assert context["matrix"]["columns"] == ["simple", "info"]
    assert rows_shown == {"simple": [1, 0], "hitl": [1, 0], "info": [0, 1]}


def test_a_figure_of_the_matrix_leads_to_its_routes(rows: Rows, console: Client) -> None:
    wrong = decided(rows, verdict="wrong", correct_target=HITL)
    decided(rows, verdict="wrong", correct_target=INFO)
    [cell] = [
        cell for name, cells in console.get(QUALITY).context["matrix"]["rows"] if name == "hitl" for cell in cells
    ]
    assert shown_ids(console, Route, cell.url.partition("changelist")[2] or "?" + cell.url.partition("?")[2]) == [
        wrong.pk
    ]


def test_accuracy_over_time_is_by_day_or_by_week(rows: Rows, console: Client) -> None:
    for days in (0, 1, 1):
        decided(rows, verdict="right", days=days)
    decided(rows, verdict="wrong", correct_target=HITL, days=1)
    decided(rows, verdict="right", days=60)
    times = console.get(QUALITY).context["times"]
    assert [(one["judged"], one["accuracy"]) for one in times] == [(3, "66.7%"), (1, "100.0%")]
    weeks = console.get(f"{QUALITY}?days=90").context
    assert (weeks["period"], sum(one["judged"] for one in weeks["times"])) == ("week beginning", 5)
    assert console.get(QUALITY).context["chart"]["accuracy"] == [66.7, 100.0]


def test_quality_says_that_it_is_biased(rows: Rows, console: Client) -> None:
    text = console.get(QUALITY).text
    assert "0 of 0 routes" in text
    assert "not of all" in text
    assert "routing-chart" not in text


def test_quality_is_for_those_who_may_see_routes_and_of_their_bots(rows: Rows, staff: Staff) -> None:
    decided(rows, verdict="right")
    summed(rows, "model", 5)
    client = staff("view_route")
    assert client.get(QUALITY).context["total"]["judged"] == 1
    elsewhere(rows)
    context = client.get(QUALITY).context
    assert (context["total"]["judged"], context["total"]["routes"]) == (0, 0)
    User.objects.get(username="staff").user_permissions.clear()
    assert client.get(QUALITY).status_code == 403
    assert Client().get(QUALITY).status_code == 302


def test_quality_shows_the_figures_of_the_version_in_force_to_those_who_may(rows: Rows, console: Client) -> None:
    after: dict[str, Any] = {"cases": 7, "accuracy": None, "open": 0, "methods": {}, "matrix": {}}
    RoutingVersion.objects.create(number=4, patterns=[], after=after)
    assert "<dt>cases</dt><dd>7</dd>" in console.get(QUALITY).text


# -- how often patterns fire


def pattern(name: str = "weather", expression: str = "^what is the weather", **fields: Any) -> Pattern:
    return Pattern.objects.create(**{"name": name, "expression": expression, "target": SIMPLE, "position": 10} | fields)


def test_the_list_says_how_often_a_pattern_fired_and_was_wrong(rows: Rows, console: Client) -> None:
    pattern()
    for days in (0, 3, 20, 40):
        decided(rows, "weather", days=days)
    decided(rows, "weather", verdict="wrong", correct_target=HITL)
    decided(rows, "weather", verdict="right", days=40)
    [row] = console.get(listed(Pattern)).context["cl"].result_list
    assert (row.fired.often, row.fired.judgement) == ("2 / 3 / 4", "1 of 1")


def test_counting_ends_at_a_number_and_says_so(rows: Rows) -> None:
    for _ in range(3):
        decided(rows, "weather")
    admin = User.objects.create(username="root", is_superuser=True)
    assert firing.fired(admin, ["weather", "rare"], most=2)["weather"].often == "2+ / 2+ / 2+"
    assert firing.fired(admin, ["weather", "rare"])["rare"].often == "0 / 0 / 0"


def test_only_routes_of_ones_own_bots_are_counted(rows: Rows, staff: Staff) -> None:
    pattern()
    decided(rows, "weather")
    client = staff("view_pattern", "view_route")
    assert client.get(listed(Pattern)).context["cl"].result_list[0].fired.month == 1
    elsewhere(rows)
    assert client.get(listed(Pattern)).context["cl"].result_list[0].fired.month == 0


def test_a_patterns_page_shows_what_it_caught_last(rows: Rows, staff: Staff) -> None:
    Route.objects.filter(pk=rows.route.pk).update(rule="weather", method="pattern")
    url = page(pattern())
    text = staff("view_pattern", "view_route", "view_message", "view_update").get(url).text
    assert "What is it?" in text
    assert reverse("admin:botplatform_update_story", args=[rows.update.pk]) in text
    User.objects.get(username="staff").user_permissions.set(
        Permission.objects.filter(codename__in=["view_pattern", "view_route"])
    )
    client = Client()
    client.force_login(User.objects.get(username="staff"))
    assert "What is it?" not in client.get(url).text


def test_long_expressions_are_cut_in_the_list(rows: Rows, console: Client) -> None:
    pattern(expression=f"^(?:{'word|' * 200}end)$")
    text = console.get(listed(Pattern)).text
    assert "word|…</code>" in text or "…</code>" in text
    assert "|end)" not in text


# -- tried before it is saved


def tried(client: Client, pk: int | None = None, **changed: Any) -> Any:
    fields = {
        "name": "mine",
        "expression": "^what is",
        "target": HITL,
        "platform": "",
        "position": "10",
        "enabled": "on",
    }
    url = reverse("admin:botplatform_pattern_try", args=[pk] if pk else [])
    return client.post(url, fields | changed)


def in_force(*patterns: Pattern) -> None:
    RoutingVersion.objects.create(number=3, patterns=changes.drafted())


def test_a_pattern_is_tried_on_stored_messages_and_not_saved(rows: Rows, console: Client) -> None:
    answer = tried(console)
    assert "<strong>1 of the last 1 message would go another way.</strong>" in answer.text
    assert "Newly caught: 1" in answer.text
    assert "<del>the model</del> <ins>mine → hitl-agent</ins>" in answer.text
    assert reverse("admin:botplatform_update_story", args=[rows.update.pk]) in answer.text
    assert not Pattern.objects.exists()


def test_it_is_compared_with_the_version_in_force(rows: Rows, console: Client) -> None:
    row = pattern(expression="^what")
    in_force()
    Pattern.objects.filter(pk=row.pk).update(expression="^never saved by publishing")
    answer = tried(console, row.pk, name="weather", expression="^what")
    assert "Compared with version 3, which is in force" in answer.text
    assert "Sent to another agent: 1" in answer.text
    gone = tried(console, row.pk, name="weather", expression="^when")
    assert "No longer caught: 1" in gone.text
    off = tried(console, row.pk, name="weather", expression="^what", enabled="")
    assert "No longer caught: 1" in tried(console, row.pk, expression="^when").text
    assert off.status_code == 200


def test_an_earlier_pattern_goes_first(rows: Rows, console: Client) -> None:
    pattern("earlier", "^what", position=5)
    in_force()
    assert "nothing would change" in tried(console, position="9").text
    assert "<del>earlier → simple-agent</del>" in tried(console, position="4").text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"expression": "(hello"}, "cannot be used: missing )"),
        ({"expression": "(?<=a)b"}, "cannot be used: "),
        ({"expression": "a" * 9000}, "longer than 8,000 characters"),
        ({"expression": " "}, "Write an expression"),
        ({"name": "", "target": "", "position": "x"}, "(no agent is chosen)"),
        ({"platform": "github"}, "nothing would change"),
    ],
)
def test_the_trial_speaks_in_words(rows: Rows, console: Client, changed: dict[str, Any], said: str) -> None:
    answer = tried(console, **changed)
    assert (answer.status_code, said in answer.text) == (200, True)


@pytest.mark.parametrize("missing", ["view_message", "add_pattern"])
def test_who_may_not_see_messages_or_edit_tries_nothing(rows: Rows, staff: Staff, missing: str) -> None:
    client = staff(*(set(EDIT) - {missing}))
    assert tried(client).status_code == 403
    if missing == "view_message":
        assert TRY not in client.get("/admin/botplatform/pattern/add/").text


def test_it_is_tried_on_messages_of_ones_own_bots_alone(rows: Rows, staff: Staff) -> None:
    client = staff(*EDIT)
    assert "Newly caught: 1" in tried(client).text
    elsewhere(rows)
    assert "There are no stored messages" in tried(client).text


def test_trying_needs_a_token_and_a_post(rows: Rows, console: Client) -> None:
    assert console.get(TRY).status_code == 405
    console.handler.enforce_csrf_checks = True
    assert tried(console).status_code == 403


def test_the_form_asks_as_one_types(rows: Rows, console: Client) -> None:
    assert f'hx-post="{TRY}"' in console.get("/admin/botplatform/pattern/add/").text
    row = pattern()
    assert f'hx-post="{reverse("admin:botplatform_pattern_try", args=[row.pk])}"' in console.get(page(row)).text


def test_hidden_characters_of_messages_are_shown_and_markup_is_text(rows: Rows, console: Client) -> None:
    Message.objects.filter(pk=rows.message.pk).update(text="What is <b>\u202e</b>?")
    assert "What is &lt;b&gt;⟨U+202E⟩&lt;/b&gt;?" in tried(console).text


def test_the_publish_page_tries_all_drafts(kept: Rows, console: Client) -> None:
    RoutingVersion.objects.create(number=1, patterns=[])
    pattern("what", "^what is it", tests=[{"text": "what is it", "matches": True}])
    assert "Newly caught: 1" in console.get(PUBLISH).text


# -- published again


@pytest.fixture
def versions(kept: Rows) -> list[RoutingVersion]:
    """One with a pattern, then one without, and a draft that differs from both."""
    row = pattern("what", "^what is it", tests=[{"text": "what is it", "matches": True}])
    first = RoutingVersion.objects.create(number=1, patterns=changes.drafted())
    Pattern.objects.filter(pk=row.pk).update(expression="^what was it")
    return [first, RoutingVersion.objects.create(number=2, patterns=[])]


def again(number: int) -> str:
    return reverse("admin:botplatform_routingversion_again", args=[number])


def test_an_older_version_is_published_again(versions: list[RoutingVersion], console: Client) -> None:
    assert again(1) in console.get(page(versions[0])).text
    assert again(2) not in console.get(page(versions[1])).text
    asked = console.get(again(1))
    assert "Newly caught: 1" in asked.text
    console.post(again(1), {"seen": asked.context["seen"], "note": "back"})
    newest = RoutingVersion.objects.get(number=3)
    assert newest.patterns == versions[0].patterns
    assert (newest.note, newest.created_by, newest.forced) == ("version 1 again: back", "root", False)
    assert Pattern.objects.get().expression == "^what was it"
    assert AuditEntry.objects.latest("id").action == "routingversion.publish-again"


def test_the_version_in_force_is_not_published_again(versions: list[RoutingVersion], console: Client) -> None:
    seen = console.get(again(2)).context["seen"]
    console.post(again(2), {"seen": seen, "force": "on"})
    assert RoutingVersion.objects.count() == 2


def test_a_version_published_meanwhile_is_looked_at_first(versions: list[RoutingVersion], console: Client) -> None:
    seen = console.get(again(1)).context["seen"]
    RoutingVersion.objects.create(number=3, patterns=[])
    assert "look again" in told(console.post(again(1), {"seen": seen}))[0]
    assert RoutingVersion.objects.count() == 3


def test_a_loss_by_going_back_has_to_be_wanted(versions: list[RoutingVersion], console: Client) -> None:
    RoutingCase.objects.create(text="what is it", platform="telegram", target=HITL)
    seen = console.get(again(1)).context["seen"]
    assert "It would be a loss" in console.post(again(1), {"seen": seen}).context["reasons"][0]
    console.post(again(1), {"seen": seen, "force": "on"})
    assert RoutingVersion.objects.get(number=3).forced


def test_who_may_not_publish_does_not_go_back(versions: list[RoutingVersion], staff: Staff) -> None:
    client = staff("view_routingversion")
    assert again(1) not in client.get(page(versions[0])).text
    assert client.get(again(1)).status_code == 403
    assert client.post(again(1), {"force": "on"}).status_code == 403
    assert RoutingVersion.objects.count() == 2


def test_a_version_that_is_not_there_is_not_found(versions: list[RoutingVersion], console: Client) -> None:
    assert console.get(again(9)).status_code == 404


# -- as many queries for many rows as for few


def test_more_rows_take_no_more_queries(rows: Rows, console: Client) -> None:
    row = pattern()
    urls = (listed(Route), listed(Pattern), page(row), QUALITY)
    for url in urls:
        queries(console, url)
    few = [queries(console, url) for url in urls]
    for number in range(30):
        decided(rows, "weather", verdict="wrong", correct_target=HITL, target=INFO if number % 2 else SIMPLE)
        pattern(f"p{number}", f"^what {number}")
    assert [queries(console, url) for url in urls] == few


def test_more_messages_take_no_more_queries_to_try(rows: Rows, console: Client) -> None:
    fields = {"name": "mine", "expression": "^what is", "target": HITL, "position": "10", "enabled": "on"}
    queries(console, TRY, **fields)
    few = queries(console, TRY, **fields)
    for _ in range(5):
        conversation()
    assert queries(console, TRY, **fields) == few
