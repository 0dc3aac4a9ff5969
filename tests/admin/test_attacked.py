"""What people with bad intentions, or broken browsers, send to the console's own pages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule

from botplatform import sealing
from botplatform.models import AuditEntry, Bot, Session
from tests.admin.rows import Rows, page


def test_digits_that_are_no_numbers_name_no_batch(rows: Rows, console: Client) -> None:
    answer = console.get(reverse("admin:botplatform_batch_live"), {"ids": f"²,{rows.batch.pk},٣"})
    assert answer.status_code == 200
    assert f"batch-{rows.batch.pk}-state" in answer.text


def test_a_position_of_thousands_of_digits_is_none(rows: Rows, console: Client) -> None:
    said = {"name": "x", "expression": "^x$", "target": "simple-agent", "position": "9" * 5000, "enabled": "on"}
    assert console.post(reverse("admin:botplatform_pattern_try"), said).status_code == 200


def test_the_key_of_an_app_is_not_used_at_another_address(rows: Rows, console: Client) -> None:
    kept = sealing.seal({"app_id": "1", "private_key": "-----BEGIN RSA PRIVATE KEY-----", "secret": "s" * 16})
    app = Bot.objects.create(transport="github", slug="app", credentials=kept, api_url="https://api.github.com")
    form = console.get(page(app)).context["adminform"].form
    said = {name: form[name].value() or "" for name in form.fields if name not in ("token", "secret")}
    said = {name: "[]" if value == [] else value for name, value in said.items()}
    console.post(page(app), {**said, "api_url": "https://elsewhere.example", "token": "x" * 20})
    app.refresh_from_db()
    assert app.api_url == "https://api.github.com"


def test_writing_through_a_bot_whose_secrets_cannot_be_read_is_refused_in_words(kept: Rows, console: Client) -> None:
    Session.objects.filter(pk=kept.session.pk).update(mode="held", held_by="root")
    Bot.objects.filter(pk=kept.bot.pk).update(credentials="sealed with another key")
    address = reverse("admin:botplatform_session_write", args=[kept.session.pk])
    answer = console.post(address, {"text": "Hello"}, follow=True)
    assert answer.status_code == 200
    assert "cannot be written to" in str([str(one) for one in answer.context["messages"]])


@pytest.mark.parametrize("text", ["x" * 1_000_000, "\x00", "a\x00b", "\u202e" * 5000])
def test_any_text_may_be_written(kept: Rows, console: Client, text: str) -> None:
    Session.objects.filter(pk=kept.session.pk).update(mode="held", held_by="root")
    address = reverse("admin:botplatform_session_write", args=[kept.session.pk])
    assert console.post(address, {"text": text}, follow=True).status_code == 200


@pytest.mark.parametrize(
    "content", ["ü", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "AA=A", "A" * 1_000_001]
)
def test_a_file_that_did_not_come_back_whole_is_refused_in_words(rows: Rows, console: Client, content: str) -> None:
    answer = console.post(reverse("admin:botplatform_agentconfig_import"), {"content": content, "digest": "x"})
    assert (answer.status_code, bool(answer.context["problems"])) == (200, True)


@pytest.mark.parametrize("name", ["\x00", "x" * 5000, "ü\u202e"])
def test_agents_of_impossible_names_are_not_found(rows: Rows, console: Client, name: str) -> None:
    assert console.get(reverse("admin:botplatform_agentconfig_export"), {"agent": name}).status_code == 404


@pytest.mark.parametrize("ids", ["\x00", "1" * 30, "-1", "10.", "1e9"])
def test_people_of_impossible_ids_are_not_found(rows: Rows, console: Client, ids: str) -> None:
    address = reverse("admin:botplatform_session_person", args=[rows.session.pk])
    assert console.get(address, {"id": ids}).status_code == 404


@pytest.mark.parametrize("value", ["\x00", "9" * 30, "-1", "abc", "2020-13-45T99:99", "ü"])
@pytest.mark.parametrize(
    "name", ["target", "rule", "since", "until", "verdict", "bot", "method", "correct_target", "q"]
)
def test_no_filter_of_the_routing_log_breaks_it(rows: Rows, console: Client, name: str, value: str) -> None:
    answer = console.get(reverse("admin:botplatform_route_changelist"), {name: value})
    assert answer.status_code in (200, 302)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "0001-01-01T00:00"])
@pytest.mark.parametrize("name", ["since", "until"])
def test_no_moment_is_too_early_or_too_late(rows: Rows, console: Client, name: str, moment: str) -> None:
    assert console.get(reverse("admin:botplatform_route_changelist"), {name: moment}).status_code == 200


def test_a_schedule_with_a_time_zone_can_be_added_and_deleted(rows: Rows, console: Client) -> None:
    said = dict.fromkeys(("minute", "hour", "day_of_month", "month_of_year", "day_of_week"), "*")
    empty = {f"periodictask_set-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    add = reverse("admin:django_celery_beat_crontabschedule_add")
    assert console.post(add, {**said, "minute": "17", "timezone": "Europe/Berlin", **empty}).status_code == 302
    row = CrontabSchedule.objects.get(minute="17")
    assert "Europe/Berlin" in str(AuditEntry.objects.get(action="crontabschedule.add").after)
    delete = reverse("admin:django_celery_beat_crontabschedule_delete", args=[row.pk])
    assert console.post(delete, {"post": "yes"}).status_code == 302


def test_an_impossible_schedule_is_refused_in_words(rows: Rows, console: Client) -> None:
    said = dict.fromkeys(("minute", "hour", "day_of_month", "month_of_year", "day_of_week"), "-1")
    answer = console.post(reverse("admin:django_celery_beat_crontabschedule_add"), said)
    assert (answer.status_code, "errors" in answer.context) == (200, True)


def test_a_category_that_does_not_exist_is_refused_in_words(rows: Rows, console: Client) -> None:
    answer = console.post(page(rows.agentconfig), {"description": "x", "category": "x" * 5000})
    assert answer.status_code == 200
    assert "category" in answer.context["adminform"].form.errors


@pytest.mark.parametrize("ids", ["[" * 100_000, '["\\ud800"]', '{"a": "\\ud800"}', '"\\ud800"', "[NaN]", "["])
def test_ids_that_no_page_could_show_are_refused_in_words(rows: Rows, console: Client, ids: str) -> None:
    answer = console.post(page(rows.bot), {"admin_ids": ids})
    assert answer.status_code == 200
    assert "admin_ids" in answer.context["adminform"].form.errors


def test_an_empty_field_name_names_none(rows: Rows, console: Client) -> None:
    assert console.get(page(rows.batch), {"_to_field": ""}).status_code == 200


@pytest.mark.parametrize("rule", ["[" * 100_000, '{"a": "\\ud800"}', "NaN", "{"])
def test_a_rule_that_no_page_could_show_is_refused_in_words(rows: Rows, console: Client, rule: str) -> None:
    answer = console.post(reverse("admin:botplatform_toolpolicy_add"), {"tool": "*", "when": rule})
    assert answer.status_code == 200
    assert "when" in answer.context["adminform"].form.errors


@pytest.mark.parametrize("place", [str(2**63 - 1), str(2**63), "0", "1", f"{2**63 - 1}-{2**63 - 1}", f"0-{2**63 - 1}"])
@pytest.mark.parametrize("direction", ["before", "after"])
def test_lists_begin_at_whatever_place(rows: Rows, console: Client, direction: str, place: str) -> None:
    for name in ("update", "batch", "session", "run", "auditentry", "route"):
        for query in ({direction: place}, {direction: place, "q": "x"}):
            assert console.get(reverse(f"admin:botplatform_{name}_changelist"), query).status_code == 200


@pytest.mark.parametrize(
    "term", ["-100123", "1" * 30, "u/ü", "%", "_", "\\", "'", '"', "\x00", "#", "run 0", f"run {2**63}"]
)
def test_any_term_may_be_searched_for(kept: Rows, console: Client, term: str) -> None:
    assert console.get(reverse("console-search"), {"q": term}).status_code in (200, 302)
    found = console.get(reverse("admin:botplatform_update_changelist"), {"q": term})
    assert found.status_code == 200


def test_a_conversation_with_an_odd_key_is_found_by_it(kept: Rows, console: Client) -> None:
    Session.objects.filter(pk=kept.session.pk).update(key="-100123:u/ü%_\\")
    answer = console.get(reverse("console-search"), {"q": "-100123:u/ü%_\\"})
    assert (answer.status_code, answer.headers["Location"]) == (302, page(kept.session))
