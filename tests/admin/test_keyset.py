"""Pages of lists by keyset: each row once, whatever happens meanwhile; never counted, never skipped over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg.errors import QueryCanceled

from botplatform.admin.keyset import changelist
from botplatform.admin.keyset.bounding import TooSlow, bounded
from botplatform.admin.update import UpdateAdmin
from botplatform.models import Batch, Message, Session, Update
from tests.admin.rows import Rows, batch, listed, operate, told

PAGE = 50


def _messages(rows: Rows, number: int, **fields: Any) -> None:
    made = {"session": rows.session, "batch": rows.batch, "text": "more"} | fields
    Message.objects.bulk_create(Message(**made) for _ in range(number))


def _ids(client: Client, model: type[Model], query: str) -> tuple[list[int], Any]:
    answer = client.get(listed(model, query))
    assert answer.status_code == 200
    found = answer.context["cl"]
    return [row.pk for row in found.result_list], found.paginator


def _walk(client: Client, model: type[Model], query: str = "", link: str = "older") -> Iterator[list[int]]:
    """Page after page by its links, to the last."""
    while True:
        ids, pages = _ids(client, model, query)
        yield ids
        query = getattr(pages, link) or (pages.further_back if link == "older" else "")
        if not query:
            return


def _all(pages: Iterator[list[int]]) -> list[int]:
    return [pk for page in pages for pk in page]


def _newest_first(**filters: Any) -> list[int]:
    return list(Message.objects.filter(**filters).order_by("-pk").values_list("pk", flat=True))


@pytest.mark.parametrize("query", ["", "?role=user", "?q=more", "?role=user&q=more"])
def test_the_links_lead_to_each_row_once(rows: Rows, console: Client, query: str) -> None:
    _messages(rows, 2 * PAGE)
    _messages(rows, 20, role="assistant", text="else")
    filters = {"role": "user"} if "role" in query else {}
    filters |= {"text": "more"} if "q=" in query else {}
    assert _all(_walk(console, Message, query)) == _newest_first(**filters)


def test_the_links_lead_back_as_they_led_there(rows: Rows, console: Client) -> None:
    _messages(rows, 2 * PAGE + 20)
    down = list(_walk(console, Message))
    _, last = _ids(console, Message, f"?before={down[-1][0] + 1}")
    up = [down[-1], *_walk(console, Message, last.newer, "newer")]
    assert _all(iter(up[::-1])) == _newest_first()


@pytest.mark.parametrize("added", [1, PAGE + 1])
def test_rows_that_come_meanwhile_move_nothing(rows: Rows, console: Client, added: int) -> None:
    _messages(rows, 2 * PAGE)
    there, walk = _newest_first(), _walk(console, Message)
    first = next(walk)
    _messages(rows, added)
    assert first + _all(walk) == there


def test_rows_that_go_meanwhile_hide_no_other(rows: Rows, console: Client) -> None:
    _messages(rows, 2 * PAGE)
    there, walk = _newest_first(), _walk(console, Message)
    first = next(walk)
    gone = [*first[-10:], *there[PAGE : PAGE + 5]]
    Message.objects.filter(pk__in=gone).delete()
    assert first + _all(walk) == [pk for pk in there if pk in first or pk not in gone]


def test_an_empty_page_leads_on(rows: Rows, console: Client) -> None:
    newest = _newest_first()[0]
    ids, pages = _ids(console, Message, f"?after={newest + 7}")
    assert ids == []
    assert _ids(console, Message, pages.older)[0][0] == newest
    assert pages.newest == "?"


def test_links_keep_filters_and_search_and_another_filter_begins_anew(rows: Rows, console: Client) -> None:
    _messages(rows, PAGE + 1)
    answer = console.get(listed(Message, "?role=user&q=more"))
    older = answer.context["cl"].paginator.older
    assert "role=user" in older
    assert "q=more" in older
    found = console.get(listed(Message, older)).context["cl"]
    assert "before" not in found.get_query_string({"role": "assistant"})


def test_sessions_are_walked_by_their_last_activity(rows: Rows, console: Client) -> None:
    now = timezone.now()
    Session.objects.bulk_create(
        Session(bot=rows.bot, key=f"s{n}", kind="private", last_active_at=now - timedelta(minutes=n // 3))
        for n in range(2 * PAGE)
    )
    expected = Session.objects.order_by("-last_active_at", "-pk").values_list("pk", flat=True)
    assert _all(_walk(console, Session)) == list(expected)


@pytest.mark.parametrize("query", [
    "?before=nonsense", "?after=-3", "?before=99999999999999999999999", "?before=%00", "?before=1-2", "?before=1&before=2",
    "?p=7", "?o=3", "?all=", "?p=x", "?before=٣",
])  # fmt: skip
@pytest.mark.parametrize("model", [Message, Session])
def test_what_makes_no_sense_is_the_first_page_or_another(
    rows: Rows, console: Client, model: type[Model], query: str
) -> None:
    assert console.get(listed(model, query)).status_code == 200


@pytest.mark.parametrize(
    "query", ["?session__id__exact=x", "?session__id__exact=99999999999999999999", "?text=%00", "?nothing=1", "?q=%00"]
)
def test_a_filter_that_makes_no_sense_breaks_nothing(rows: Rows, console: Client, query: str) -> None:
    assert console.get(listed(Message, query)).status_code in (200, 302, 400)


@pytest.mark.parametrize("query", ["", "?role=user", "?q=more", "?before=9999999", "?after=0", "?session__id__exact=1"])
def test_nothing_is_counted_and_nothing_skipped(rows: Rows, console: Client, query: str) -> None:
    _messages(rows, PAGE + 1)
    with CaptureQueriesContext(connection) as captured:
        console.get(listed(Message, query))
    of_rows = [one["sql"].upper() for one in captured if '"botplatform_message"' in one["sql"]]
    assert of_rows
    assert not [sql for sql in of_rows if "OFFSET" in sql or "COUNT(" in sql]


# -- what no index serves


@pytest.fixture
def short_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UpdateAdmin, "looks_at", 10)
    monkeypatch.setattr(UpdateAdmin, "looks_through", 10)


def _updates(rows: Rows, number: int, **fields: Any) -> list[Update]:
    base = {"bot": rows.bot, "kind": "message", "state": "done", "request_id": "r", "raw": b""} | fields
    return [Update.objects.create(external_id=f"u{timezone.now().timestamp()}-{n}", **base) for n in range(number)]


def test_a_rare_row_is_found_by_looking_further_back(rows: Rows, console: Client, short_sight: None) -> None:
    [rare] = _updates(rows, 1, state="failed")
    _updates(rows, 25)
    answer = console.get(listed(Update, "?state=failed"))
    assert answer.context["cl"].result_list == []
    assert "Look further back" in answer.text
    assert _all(_walk(console, Update, "?state=failed")) == [rare.pk]


def test_a_short_sight_hides_no_row(rows: Rows, console: Client, short_sight: None) -> None:
    _updates(rows, 25)
    assert len(_all(_walk(console, Update, "?state=done"))) == Update.objects.count()


def test_what_an_index_serves_is_seen_however_old(rows: Rows, console: Client, short_sight: None) -> None:
    [rare] = _updates(rows, 1, state="quarantined")
    _updates(rows, 25)
    assert _ids(console, Update, "?state=quarantined")[0] == [rare.pk]
    assert len(_ids(console, Update, f"?session__id__exact={rows.session.pk}")[0]) == 1


@pytest.mark.parametrize("by", ["pk", "external_id", "request_id"])
def test_the_search_finds_by_number_and_ids_however_old(
    rows: Rows, console: Client, short_sight: None, by: str
) -> None:
    _updates(rows, 25)
    assert _ids(console, Update, f"?q={getattr(rows.update, by)}")[0] == [rows.update.pk]


def test_what_is_found_by_number_can_be_searched_in_the_texts(rows: Rows, console: Client) -> None:
    [with_number] = _updates(rows, 1, text=f"about {rows.update.pk}")
    answer = console.get(listed(Update, f"?q={rows.update.pk}"))
    assert [row.pk for row in answer.context["cl"].result_list] == [rows.update.pk]
    assert with_number.pk in _ids(console, Update, answer.context["cl"].in_texts)[0]


# -- too slow


def test_a_slow_query_is_stopped(db: None) -> None:
    with pytest.raises(TooSlow), bounded(0.05), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")


def test_another_failure_is_not_taken_for_slowness(db: None) -> None:
    with pytest.raises(OperationalError), bounded():
        raise OperationalError("away")


def test_a_list_that_took_too_long_says_so(rows: Rows, console: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any) -> Any:
        raise OperationalError("stopped") from QueryCanceled()

    monkeypatch.setattr(changelist.KeysetChangeList, "_read", stopped)
    answer = console.get(listed(Message))
    assert (answer.status_code, answer.context["cl"].result_list) == (200, [])
    assert "would have taken too long" in answer.text


# -- actions


def test_what_was_ticked_is_acted_on_though_it_left_the_filter(kept: Rows, console: Client) -> None:
    chosen = batch(kept.session, "failed")
    Message.objects.create(session=kept.session, batch=chosen, text="again")
    data = {"action": "retry", "_selected_action": [chosen.pk], "select_across": "0", "confirmed": "yes"}
    answer = console.post(listed(Batch, "?attention=stuck"), data, follow=True)
    assert told(answer) == [f"Batch {chosen.pk} will be answered again."]


def test_an_action_from_a_later_page_leads_back_to_it(kept: Rows, console: Client) -> None:
    answer = console.post(
        listed(Batch, "?before=999"),
        {"action": "cancel", "_selected_action": [kept.batch.pk], "select_across": "0", "confirmed": "yes"},
    )
    assert answer["location"].endswith("?before=999")


def test_rows_of_others_are_not_acted_on(kept: Rows, staff: Any) -> None:
    answer = operate(staff("change_batch"), "cancel", Batch(pk=kept.batch.pk + 1000), confirmed="yes")
    assert told(answer) == []
