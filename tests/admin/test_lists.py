"""Lists stay quick: as many queries for many rows as for few, none of them counts or reads what is large."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from botplatform.models import Message, Reply, Run, Session, Step, Update
from tests.admin.rows import APART, EVERY, Rows, apart, conversation, listed, page


def _queries(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in captured]


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model._meta.model_name)
def test_more_rows_take_no_more_queries(rows: Rows, console: Client, model: type[Model]) -> None:
    few = _queries(console, listed(model))
    for _ in range(4):
        conversation()
    assert len(_queries(console, listed(model))) == len(few)


@pytest.mark.parametrize("model", APART, ids=lambda model: model._meta.model_name)
def test_more_rows_of_their_own_take_no_more_queries(rows: Rows, console: Client, model: type[Model]) -> None:
    apart(model)
    few = _queries(console, listed(model))
    for _ in range(4):
        apart(model)
    assert len(_queries(console, listed(model))) == len(few)


@pytest.mark.parametrize("model", [Update, Message, Step, Run, Reply], ids=lambda model: model._meta.model_name)
def test_large_tables_are_not_counted(rows: Rows, console: Client, model: type[Model]) -> None:
    table = f'"{model._meta.db_table}"'
    assert not [sql for sql in _queries(console, listed(model)) if "COUNT(" in sql and table in sql]


@pytest.mark.parametrize(("model", "columns"), [(Update, ["raw", "headers"]), (Step, ["request", "response"])])
def test_large_columns_are_not_read(rows: Rows, console: Client, model: type[Model], columns: list[str]) -> None:
    table = model._meta.db_table
    read = " ".join(_queries(console, listed(model)))
    assert f'"{table}"."id"' in read
    assert not [name for name in columns if f'"{table}"."{name}"' in read]


def test_a_page_takes_no_more_queries_for_a_longer_story(rows: Rows, console: Client) -> None:
    _queries(console, page(rows.session))  # types of content are looked up once in a process
    few = _queries(console, page(rows.session))
    Message.objects.bulk_create(Message(session=rows.session, batch=rows.batch, text=str(n)) for n in range(20))
    assert len(_queries(console, page(rows.session))) == len(few)


def test_an_empty_search_shows_all(rows: Rows, console: Client) -> None:
    assert console.get(listed(Session, "?q=")).context["cl"].result_list
