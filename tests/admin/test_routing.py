"""Routing in the console: patterns and their linter, verdicts on routes, the cases they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from botplatform.admin.routing import pattern_form
from botplatform.models import Batch, Message, Pattern, Route, RoutingCase
from tests.admin.rows import Rows, batch, listed, operate, page, shown_ids, told

Nudged = Callable[[], list[tuple[str, Any]]]
Staff = Callable[..., Client]
ADD = "/admin/botplatform/pattern/add/"


def add(client: Client, **changes: Any) -> Any:
    fields = {
        "name": "weather",
        "position": "50",
        "expression": "^what is the weather",
        "target": "tested-agent",
        "platform": "",
        "enabled": "on",
        "tests": "+ What is the weather in Rome?\n- the weather is nice",
        "note": "",
    }
    return client.post(ADD, {**fields, **changes})


def errors(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = answer.context["adminform"].form.errors
    return found


# -- patterns


def test_a_pattern_is_saved_with_its_tests(rows: Rows, console: Client) -> None:
    assert add(console).status_code == 302
    pattern = Pattern.objects.get()
    assert (pattern.name, pattern.target, pattern.position, pattern.enabled) == ("weather", "tested-agent", 50, True)
    assert pattern.tests == [
        {"text": "What is the weather in Rome?", "matches": True},
        {"text": "the weather is nice", "matches": False},
    ]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"expression": "(hello"}, "expression", "cannot be used"),
        ({"expression": "(?<=a)b"}, "expression", "cannot be used"),
        ({"tests": "+ hello"}, "tests", "should match and does not"),
        ({"tests": "- what is the weather"}, "tests", "should not match and does"),
        ({"tests": "what is the weather"}, "tests", "Line 1: begin with + or -"),
        ({"tests": "+ what is the weather\n\n+"}, "tests", "Line 3"),
        ({"target": "code-worker"}, "target", "Select a valid choice"),
        ({"platform": "fax"}, "platform", "Select a valid choice"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused(
    rows: Rows, console: Client, changes: dict[str, str], field: str, said: str
) -> None:
    for more in ({}, {"anyway": "on"}):
        assert said in str(errors(add(console, **changes, **more))[field])
    assert not Pattern.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expression": ".*", "tests": ""}, "every message"),
        ({"expression": "^xyzzy plugh$", "tests": ""}, "It never matches"),
        ({"expression": "rome", "tests": "+ What is the weather in Rome?"}, "It is shadowed"),
    ],
    ids=["everything", "never", "shadowed"],
)
def test_what_is_doubtful_has_to_be_wanted(rows: Rows, console: Client, changes: dict[str, str], said: str) -> None:
    Pattern.objects.create(name="earlier", position=10, expression="^what is", target="tested-agent")
    refused = add(console, **changes)
    assert list(errors(refused)) == ["anyway"]
    assert said in errors(refused)["anyway"][0]
    assert 'type="checkbox" name="anyway"' in refused.text
    assert add(console, **changes, anyway="on").status_code == 302
    assert Pattern.objects.count() == 2


def test_a_pattern_that_is_switched_off_need_not_be_wanted(rows: Rows, console: Client) -> None:
    assert add(console, expression=".*", tests="", enabled="").status_code == 302
    assert add(console, name="broken", expression="(", tests="", enabled="").status_code == 200


def test_a_pattern_does_not_shadow_itself(rows: Rows, console: Client) -> None:
    add(console)
    pattern = Pattern.objects.get()
    fields = {"name": "weather", "position": "50", "expression": "weather in", "target": "tested-agent", "platform": ""}
    answer = console.post(page(pattern), {**fields, "tests": "+ weather in Rome", "note": "wider", "enabled": "on"})
    assert answer.status_code == 302
    pattern.refresh_from_db()
    assert (pattern.expression, pattern.note) == ("weather in", "wider")


def test_the_form_shows_tests_as_they_are_written(rows: Rows, console: Client) -> None:
    tests = [{"text": "two\nlines \\n", "matches": True}, {"text": "- dash", "matches": False}]
    pattern = Pattern.objects.create(name="p", expression="x", target="tested-agent", tests=tests)
    assert "+ two\\nlines \\\\n\n- - dash" in console.get(page(pattern)).text
    assert pattern_form.read(pattern_form.written(tests)) == tests


def test_the_box_to_save_anyway_is_hidden_until_there_is_a_doubt(rows: Rows, console: Client) -> None:
    assert '<input type="hidden" name="anyway"' in console.get(ADD).text


def test_a_pattern_may_leave_messages_to_the_model(rows: Rows, console: Client) -> None:
    assert add(console, target="router-agent").status_code == 302


def test_a_target_that_is_gone_stays_until_it_is_changed(rows: Rows, console: Client) -> None:
    pattern = Pattern.objects.create(name="p", expression="^x$", target="gone-agent")
    assert "gone-agent (there is no such agent)" in console.get(page(pattern)).text


# -- verdicts


@pytest.mark.parametrize("permissions", [("view_route",), ("view_route", "view_message", "add_routingcase")], ids=str)
def test_who_may_only_look_judges_nothing(
    kept: Rows, staff: Staff, nudges: Nudged, permissions: tuple[str, ...]
) -> None:
    client = staff(*permissions)
    assert 'value="right"' not in client.get(page(kept.route)).text
    operate(client, "right", kept.route)
    operate(client, "wrong", kept.route, confirmed="yes", target="hitl-agent")
    assert Route.objects.get().verdict == ""
    assert not RoutingCase.objects.exists()


def test_a_route_counts_as_right(kept: Rows, staff: Staff, nudges: Nudged) -> None:
    operate(staff("view_route", "change_route"), "right", kept.route)
    kept.route.refresh_from_db()
    assert (kept.route.verdict, kept.route.judged_by) == ("right", "staff")
    assert kept.route.judged_at is not None
    assert not RoutingCase.objects.exists()


def wrong(client: Client, *routes: Route, target: str) -> Any:
    return operate(client, "wrong", *routes, confirmed="yes", target=target)


def test_a_wrong_route_becomes_a_case(kept: Rows, console: Client, nudges: Nudged) -> None:
    before = batch(kept.session)
    later = batch(kept.session)
    for made, role, text in ((before, "user", "Hello"), (before, "assistant", "Hi!"), (later, "user", "Delete"),
                             (later, "user", "everything")):  # fmt: skip
        Message.objects.create(session=kept.session, batch=made, role=role, text=text, author_name="Ada")
    Batch.objects.filter(pk=later.pk).update(size=2)
    route = Route.objects.create(batch=later, method="model", target="simple-agent")
    [said] = told(wrong(console, route, target="hitl-agent"))
    assert said == f"Route {route.pk} should have gone to hitl-agent; its messages are a case now."
    case = RoutingCase.objects.get()
    assert (case.text, case.platform, case.target) == ("Delete\n---\neverything", "telegram", "hitl-agent")
    assert (case.route, case.created_by) == (route, "root")
    assert case.before == [
        {"role": "assistant", "text": "It is that."},
        {"role": "user", "text": "Hello"},
        {"role": "assistant", "text": "Hi!"},
    ]
    route.refresh_from_db()
    assert (route.verdict, route.correct_target, route.judged_by) == ("wrong", "hitl-agent", "root")


def test_judging_again_replaces_the_verdict_and_its_case(kept: Rows, console: Client, nudges: Nudged) -> None:
    wrong(console, kept.route, target="hitl-agent")
    wrong(console, kept.route, target="info-agent")
    assert [case.target for case in RoutingCase.objects.all()] == ["info-agent"]
    operate(console, "right", kept.route)
    kept.route.refresh_from_db()
    assert (kept.route.verdict, kept.route.correct_target) == ("right", "")
    assert not RoutingCase.objects.exists()


def test_the_same_verdict_twice_makes_one_case(kept: Rows, console: Client, nudges: Nudged) -> None:
    wrong(console, kept.route, target="hitl-agent")
    assert "somebody has said so already" in told(wrong(console, kept.route, target="hitl-agent"))[-1]
    assert RoutingCase.objects.count() == 1


@pytest.mark.parametrize("target", ["", "code-worker", "router-agent", "nobody"])
def test_a_correction_names_an_agent(kept: Rows, console: Client, nudges: Nudged, target: str) -> None:
    assert wrong(console, kept.route, target=target).context["form"].errors
    assert Route.objects.get().verdict == ""


def test_where_it_went_is_no_correction(kept: Rows, console: Client, nudges: Nudged) -> None:
    assert "it went to tested-agent anyway" in told(wrong(console, kept.route, target="tested-agent"))[0]
    assert not RoutingCase.objects.exists()


def test_without_its_messages_a_verdict_makes_no_case(kept: Rows, console: Client, nudges: Nudged) -> None:
    Message.objects.all().delete()
    assert "no longer kept" in told(wrong(console, kept.route, target="hitl-agent"))[0]
    assert (Route.objects.get().verdict, RoutingCase.objects.count()) == ("wrong", 0)


def test_the_question_shows_what_was_said(kept: Rows, console: Client, nudges: Nudged) -> None:
    text = operate(console, "wrong", kept.route, from_page="1").text
    assert "What is it?" in text
    assert '<option value="hitl-agent"' in text
    assert "code-worker" not in text


def test_judging_needs_a_csrf_token(kept: Rows, console: Client, nudges: Nudged) -> None:
    console.handler.enforce_csrf_checks = True
    assert wrong(console, kept.route, target="hitl-agent").status_code == 403


def test_routes_show_their_first_message_to_those_who_may_see_messages(rows: Rows, staff: Staff) -> None:
    client = staff("view_route")
    assert "What is it?" not in client.get(listed(Route)).text
    assert "What is it?" not in client.get(page(rows.route)).text


def test_routes_are_found_by_method_target_and_verdict(rows: Rows, console: Client) -> None:
    assert "What is it?" in console.get(listed(Route)).text
    other = Route.objects.create(batch=batch(rows.session), method="model", target="simple-agent", verdict="wrong")
    assert shown_ids(console, Route, "?method=model") == [other.pk]
    assert shown_ids(console, Route, "?target=tested-agent") == [rows.route.pk]
    assert shown_ids(console, Route, "?verdict=none") == [rows.route.pk]
    assert shown_ids(console, Route, "?verdict=wrong") == [other.pk]


# -- cases


def test_an_operator_adds_a_case(rows: Rows, console: Client) -> None:
    fields = {"text": "yes", "platform": "telegram", "target": "hitl-agent", "before": "person: delete it\nbot: Sure?"}
    assert console.post(reverse("admin:botplatform_routingcase_add"), fields).status_code == 302
    case = RoutingCase.objects.get()
    assert (case.text, case.target, case.created_by) == ("yes", "hitl-agent", "root")
    assert case.before == [{"role": "user", "text": "delete it"}, {"role": "assistant", "text": "Sure?"}]


@pytest.mark.parametrize(
    "wrong_field",
    [{"target": "code-worker"}, {"platform": "fax"}, {"text": " "}, {"before": "what?"}, {"before": "bot: a\n" * 4}],
    ids=str,
)
def test_a_case_that_says_nothing_is_refused(rows: Rows, console: Client, wrong_field: dict[str, str]) -> None:
    fields = {"text": "yes", "platform": "telegram", "target": "hitl-agent", "before": ""}
    answer = console.post(reverse("admin:botplatform_routingcase_add"), fields | wrong_field)
    assert list(errors(answer)) == list(wrong_field)


def test_a_case_is_deleted_and_never_changed(rows: Rows, console: Client) -> None:
    case = RoutingCase.objects.create(text="yes", platform="telegram", target="hitl-agent")
    assert console.post(page(case), {"text": "no"}).status_code == 403
    assert (
        console.post(reverse("admin:botplatform_routingcase_delete", args=[case.pk]), {"post": "yes"}).status_code
        == 302
    )
    assert not RoutingCase.objects.exists()
