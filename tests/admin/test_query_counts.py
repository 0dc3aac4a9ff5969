"""Every list and every page of the console takes as many queries for thirty rows as for three."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from botplatform.models import Message, Reply, Step
from tests.admin.made import made
from tests.admin.rows import Rows, conversation

FEW, MANY = 3, 30
KINDS = sorted(model._meta.label_lower for model in admin.site._registry)


def _more(rows: Rows, number: int) -> None:
    """So many more rows of every kind; of the conversation's own too. Of what can be only once there is one."""
    more = [conversation() for _ in range(number)]
    for n in range(number):
        Message.objects.create(session=rows.session, batch=rows.batch, text=str(n))
        Step.objects.create(run=rows.run, kind="tool", name="clock", state="succeeded")
        Reply.objects.create(session=rows.session, batch=rows.batch, run=rows.run, kind="notice", text=str(n))
    for label in KINDS:
        for other in more:
            try:
                with transaction.atomic():
                    made(label, other)
            except IntegrityError:
                break


def _numbers(console: Client, addresses: dict[str, str]) -> dict[str, int]:
    """Address → queries of the second request; the first one fills caches that last."""
    found = {}
    for label, address in addresses.items():
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                answer = console.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
        found[label] = len(captured)
    return found


def _address(label: str, page: str, *arguments: object) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=arguments)


def _pages(rows: Rows) -> dict[str, str]:
    found: dict[str, Model] = {label: made(label, rows) for label in KINDS}
    return {label: _address(label, "change", row.pk) for label, row in found.items()}


@pytest.mark.parametrize("addresses", [
    lambda rows: {label: _address(label, "changelist") for label in KINDS}, _pages,
], ids=["lists", "pages"])  # fmt: skip
def test_more_rows_take_no_more_queries(
    rows: Rows, console: Client, addresses: Callable[[Rows], dict[str, str]]
) -> None:
    asked = addresses(rows)
    _more(rows, FEW - 1)
    few = _numbers(console, asked)
    _more(rows, MANY - FEW)
    many = _numbers(console, asked)
    assert {label: (few[label], many[label]) for label in asked if few[label] != many[label]} == {}


def test_no_page_holds_a_select_of_all_rows(rows: Rows, console: Client) -> None:
    """Of conversations, batches and whatever else may be there a million times."""
    large = [conversation() for _ in range(MANY)]
    keys = {one.session.key for one in large} | {str(one.batch) for one in large}
    for label, address in _pages(rows).items():
        shown = re.findall(r"<option[^>]*>\s*([^<]*?)\s*</option>", console.get(address).text)
        assert not keys & set(shown), label
