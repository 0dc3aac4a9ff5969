"""One box for whatever somebody knows of a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from botplatform.models import Bot, BotAccess, Message, Session, Update
from botplatform.pipeline import finding
from tests.admin.rows import Rows, conversation, page
from tests.admin.test_story import ALL, story

Staff = Callable[..., Client]


def search(client: Client, term: str, **more: Any) -> Any:
    return client.get(reverse("console-search"), {"q": term, **more})


def urls(answer: Any, *groups: str) -> list[str]:
    """Where the hits lead."""
    assert answer.status_code == 200, answer.headers
    return [hit.url for group in groups or ("exact", "titled", "said") for hit in answer.context[group]]


# -- by identity

IDENTITIES = {
    "update's number": lambda r: f"update {r.update.pk}",
    "batch's number": lambda r: f"batch {r.batch.pk}",
    "run's number": lambda r: f"Run #{r.run.pk}",
    "step's number": lambda r: f"step {r.step.pk}",
    "reply's number": lambda r: f"reply {r.reply.pk}",
    "approval's number": lambda r: f"approval {r.approval.pk}",
    "message's number": lambda r: f"message {r.message.pk}",
    "provider's id": lambda r: r.update.external_id,
    "reference": lambda r: r.batch.request_id,
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_the_one_exact_hit_opens_its_story(kept: Rows, console: Client, name: str) -> None:
    conversation()
    assert search(console, IDENTITIES[name](kept)).headers["location"] == story(kept.update)


def test_a_chat_is_found_by_its_key(kept: Rows, console: Client) -> None:
    assert search(console, kept.session.key).headers["location"] == page(kept.session)


def test_from_the_one_exact_hit_the_texts_can_be_searched(kept: Rows, console: Client) -> None:
    answer = console.get(reverse("console-search"), {"q": kept.session.key}, follow=True)
    [told] = [str(message) for message in answer.context["messages"]]
    assert f"q={kept.session.key}&amp;texts=1" in told
    assert urls(search(console, kept.session.key, texts=1), "exact") == [page(kept.session)]


def test_a_bare_number_lists_all_that_it_may_mean(kept: Rows, console: Client) -> None:
    Update.objects.filter(pk=kept.update.pk).update(external_id=str(kept.batch.pk))
    answer = search(console, f" {kept.batch.pk} ", texts=1)
    assert story(kept.update) in urls(answer, "exact")
    assert {hit.title for hit in answer.context["exact"]} >= {f"Batch {kept.batch.pk}", f"Update {kept.update.pk}"}


def test_a_second_identity_is_one_too(kept: Rows, console: Client) -> None:
    Update.objects.filter(pk=kept.update.pk).update(dedup_key="comment-17")
    assert search(console, "comment-17").headers["location"] == story(kept.update)


# -- by what was said, and by whom


def test_words_are_found_in_any_case_newest_first(kept: Rows, console: Client) -> None:
    second = conversation(text="WHAT IS IT now?")
    assert urls(search(console, "what is it"), "said") == [story(second.update), story(kept.update)]


def test_an_answer_is_found_too_and_leads_to_what_it_answers(kept: Rows, console: Client) -> None:
    assert urls(search(console, "It is that."), "said") == [story(kept.update)]


def test_the_place_in_a_long_text_is_shown(kept: Rows, console: Client) -> None:
    Message.objects.filter(pk=kept.message.pk).update(text="x " * 5000 + "needle" + " y" * 5000)
    [hit] = search(console, "needle").context["said"]
    assert "needle" in hit.text


@pytest.mark.parametrize("field", ["author_id", "author_name", "provider_message_id"])
def test_a_person_is_found_by(kept: Rows, console: Client, field: str) -> None:
    Message.objects.filter(pk=kept.message.pk).update(**{field: "zaphod-42"})
    assert urls(search(console, "zaphod-42"), "said") == [story(kept.update)]


def test_a_chat_is_found_by_its_title(kept: Rows, console: Client) -> None:
    Session.objects.filter(pk=kept.session.pk).update(title="The Restaurant")
    assert urls(search(console, "restaurant")) == [page(kept.session)]


@pytest.mark.parametrize("term", ["100%", "a_b", "back\\slash", "'; DROP TABLE x; --", "%", "%(term)s"])
def test_signs_mean_themselves(kept: Rows, console: Client, term: str) -> None:
    Message.objects.filter(pk=kept.message.pk).update(text=f"said {term} there")
    assert urls(search(console, term)) == [story(kept.update)]


@pytest.mark.parametrize("term", ["", " ", "\x00", "9" * 30, "99999999999999999999", "x" * 5000, "batch 0", "\u202e"])
def test_nothing_is_found_by_nonsense(kept: Rows, console: Client, term: str) -> None:
    assert urls(search(console, term)) == []


@pytest.mark.parametrize("before", ["x", "-1", "0", "9" * 30, "²"])
def test_an_odd_place_counts_as_none(kept: Rows, console: Client, before: str) -> None:
    assert urls(search(console, "What is", before=before), "said") == [story(kept.update)]


def test_it_says_what_was_searched_and_goes_on_before_it(
    kept: Rows, console: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "STRETCH", 2)
    newer = conversation(text="Something else")
    answer = search(console, "What is it")
    assert urls(answer, "said") == []
    last = newer.message.pk + 1
    assert f"messages {last - 1:,} to {last:,}" in answer.text
    assert urls(console.get(answer.context["further"]), "said") == [story(kept.update)]


def test_many_hits_go_on_where_they_stopped(kept: Rows, console: Client) -> None:
    Message.objects.bulk_create(Message(session=kept.session, batch=kept.batch, text=f"again {n}") for n in range(120))
    seen, url = [], f"{reverse('console-search')}?q=again"
    while url:
        answer = console.get(url)
        seen += [hit.text for hit in answer.context["said"]]
        url = answer.context["further"] if answer.context["said"] else ""
    assert seen == [f"again {n}" for n in reversed(range(120))]


# -- who may find what


def test_strangers_are_sent_to_the_login_and_others_refused(kept: Rows, staff: Staff) -> None:
    assert search(Client(), "x").status_code == 302
    assert search(staff(), "x").status_code == 403


def test_only_rows_that_one_may_see_are_found(kept: Rows, staff: Staff) -> None:
    client = staff("view_batch")
    assert urls(search(client, kept.update.external_id)) == []
    assert urls(search(client, kept.session.key)) == []
    assert urls(search(client, "What is it")) == []
    assert search(client, kept.batch.request_id).headers["location"] == page(kept.batch)


def test_without_the_right_to_stories_hits_lead_to_their_rows(kept: Rows, staff: Staff) -> None:
    [hit] = search(staff("view_message"), "What is it").context["said"]
    assert (hit.url, [name for name, _ in hit.links]) == (page(kept.message), [f"message {kept.message.pk}"])


def test_rows_of_other_bots_are_not_found(kept: Rows, staff: Staff) -> None:
    client = staff(*ALL)
    user = User.objects.get(username="staff")
    BotAccess.objects.create(user=user, bot=Bot.objects.create(transport="telegram", slug="other"))
    terms = [make(kept) for make in IDENTITIES.values()] + [kept.session.key, "What is it", "Ada", str(kept.run.pk)]
    assert [term for term in terms if urls(search(client, term))] == []
    BotAccess.objects.create(user=user, bot=kept.bot)
    assert urls(search(client, "What is it")) == [story(kept.update)]


# -- how it looks, and what it costs


def test_nothing_of_strangers_is_markup_or_invisible(empty: None, console: Client) -> None:
    conversation(text="<script>alert(1)</script> needle\u202e", author="<b>needle\u200b", title="<i>needle\u202e")
    text = search(console, "needle").text
    assert not [one for one in ("<script>alert", "<b>needle", "<i>needle", "\u202e", "\u200b") if one in text]
    assert 'value="&lt;b&gt;"' in search(console, "<b>").text


def test_the_box_is_on_every_page(kept: Rows, console: Client) -> None:
    for url in (page(kept.batch), reverse("admin:botplatform_update_changelist"), story(kept.update)):
        assert f'action="{reverse("console-search")}"' in console.get(url).text


def test_the_page_asks_the_same_number_of_questions_for_many_hits(kept: Rows, console: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            search(console, "is it")
        return len(caught)

    queries()
    few = queries()
    for _ in range(10):
        conversation()
    assert queries() == few
