"""Every page, address and operation of the console for every role, as `permitted.py` says; and rows of another bot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, reverse

from botplatform import roles
from botplatform.admin import scoping
from botplatform.admin.operations import Operation
from botplatform.models import Bot
from tests.admin.made import made
from tests.admin.people import browser, person
from tests.admin.permitted import ADDRESSES, FOR_EVERYBODY, OPERATIONS, PAGES
from tests.admin.rows import Rows

LETTERS = {"V": "Viewer", "O": "Operator", "P": "Approver", "E": "Engineer", "A": "Admin"}
ACTS = ("view", "add", "change", "delete")
STANDARD = ("changelist", "add", "change", "delete", "history")
REFUSALS = (403, 404)
Performed = Callable[[], list[str]]


def registered() -> dict[str, Any]:
    """Label → admin of every kind of row that the console has pages for."""
    return {model._meta.label_lower: console for model, console in admin.site._registry.items()}


def addresses() -> dict[str, list[str]]:
    """Name → its arguments, of every address beneath /admin/ that is not one of a model's usual five."""
    usual = {f"{label.replace('.', '_')}_{act}" for label in registered() for act in STANDARD}
    found = {name: arguments for name, arguments in _walk(admin.site.urls[0]) if name and name not in usual}
    return {name: arguments for name, arguments in found.items() if name not in FOR_EVERYBODY}


def _walk(patterns: list[Any]) -> Iterator[tuple[str, list[str]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "", list(pattern.pattern.converters)


def operations() -> dict[str, Operation]:
    return {
        f"{label}.{op.name}": op for label, console in registered().items() for op in getattr(console, "operations", ())
    }


@pytest.fixture
def everybody(db: None) -> dict[str, User]:
    """Letter → somebody with that role alone; `-` for one of the staff without any."""
    return {**{letter: person(name) for letter, name in LETTERS.items()}, "-": person()}


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch) -> Performed:
    """What was performed since the last look, instead of being done."""
    done: list[str] = []

    def instead(operation: Operation, console: Any, request: Any, rows: list[Model], *more: Any) -> None:
        done.extend(operation.name for _ in rows)

    monkeypatch.setattr(Operation, "_perform_all", instead)

    def look() -> list[str]:
        seen = list(done)
        done.clear()
        return seen

    return look


# -- the table knows everything


def test_every_page_has_a_line() -> None:
    assert registered().keys() - PAGES.keys() == set(), (
        "say in permitted.PAGES who may see, add, change and delete these"
    )
    assert PAGES.keys() - registered().keys() == set(), "these are gone"


def test_every_address_has_a_line() -> None:
    assert addresses().keys() - ADDRESSES.keys() == set(), "say in permitted.ADDRESSES who may open these"
    assert ADDRESSES.keys() - addresses().keys() == set(), "these are gone"


def test_every_operation_has_a_line() -> None:
    assert operations().keys() - OPERATIONS.keys() == set(), "say in permitted.OPERATIONS who may carry these out"
    assert OPERATIONS.keys() - operations().keys() == set(), "these are gone"


# -- each role


@pytest.mark.parametrize("label", PAGES)
def test_page_is_for_those_of_the_table(everybody: dict[str, User], label: str) -> None:
    """The list over HTTP; adding, changing and deleting as the admin decides on each request."""
    console = registered()[label]
    found = dict.fromkeys(ACTS, "")
    for letter, user in everybody.items():
        request = RequestFactory().get("/", {"config": "1"})
        request.user = user
        for act in ACTS:
            found[act] += letter if getattr(console, f"has_{act}_permission")(request) else ""
        status = browser(user).get(_list(label)).status_code
        assert status == (200 if letter in found["view"] else 403), (letter, status)
    assert tuple(found.values()) == PAGES[label]


@pytest.mark.parametrize("name", ADDRESSES)
def test_address_is_for_those_of_the_table(kept: Rows, everybody: dict[str, User], name: str) -> None:
    url = _address(name, kept)
    for letter, user in everybody.items():
        client = browser(user)
        if letter in ADDRESSES[name]:
            assert client.get(url).status_code != 403, letter
        else:
            assert client.post(url).status_code in REFUSALS, letter
            assert client.get(url).status_code in (*REFUSALS, 405), letter


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_is_for_those_of_the_table(
    rows: Rows, everybody: dict[str, User], performed: Performed, name: str
) -> None:
    label, _, short = name.rpartition(".")
    row = made(label, rows)
    who = "".join(letter for letter, user in everybody.items() if _carries_out(browser(user), row, short, performed))
    assert who == OPERATIONS[name]


def test_strangers_see_nothing(rows: Rows) -> None:
    visitor = browser(person(staff=False, username="visitor"))
    for url in [*map(_list, PAGES), *(_address(name, rows) for name in ADDRESSES)]:
        for client in (Client(), visitor):
            answer = client.get(url)
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (302, "/admin/login/"), url


# -- another bot's rows


@pytest.fixture
def elsewhere(db: None) -> Client:
    """An Admin with every role, but limited to another bot."""
    other = Bot.objects.create(transport="telegram", slug="other")
    return browser(person(*roles.ROLES, username="elsewhere", bots=(other,)))


OF_BOTS = [label for label in PAGES if label in {model._meta.label_lower for model in scoping.PATHS}]


def _owner(name: str) -> str:
    """The label of the rows that an address is about, as its name begins with it."""
    fitting = [label for label in registered() if name.startswith(label.replace(".", "_") + "_")]
    return max(fitting, key=len, default="")


def _is_of_a_bot(name: str) -> bool:
    return _owner(name) in OF_BOTS


@pytest.mark.parametrize("label", OF_BOTS)
def test_rows_of_another_bot_do_not_exist(rows: Rows, elsewhere: Client, label: str) -> None:
    row = made(label, rows)
    assert row.pk not in [shown.pk for shown in elsewhere.get(_list(label)).context["cl"].result_list]
    for act in ("change", "delete", "history"):
        url = reverse(f"admin:{label.replace('.', '_')}_{act}", args=[row.pk])
        for answer in (elsewhere.get(url), elsewhere.post(url, {"post": "yes"})):
            gone = answer.status_code == 302 and answer.headers["location"] == reverse("admin:index")
            assert gone or answer.status_code in REFUSALS, act
    assert type(row)._base_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name.rpartition(".")[0] in OF_BOTS])
def test_operations_do_not_reach_another_bot(rows: Rows, elsewhere: Client, performed: Performed, name: str) -> None:
    label, _, short = name.rpartition(".")
    assert not _carries_out(elsewhere, made(label, rows), short, performed)


@pytest.mark.parametrize("name", [name for name in ADDRESSES if addresses().get(name) and _is_of_a_bot(name)])
def test_addresses_do_not_lead_to_another_bot(kept: Rows, elsewhere: Client, name: str) -> None:
    url = _address(name, kept)
    assert elsewhere.get(url).status_code in (*REFUSALS, 405)
    assert elsewhere.post(url).status_code in (*REFUSALS, 405)


# -- how it is asked


def _list(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def _address(name: str, rows: Rows) -> str:
    arguments = addresses()[name]
    given: dict[str, object] = {}
    for argument in arguments:
        given[argument] = "telegram" if argument == "transport" else made(_owner(name), rows).pk
    return reverse(f"admin:{name}", kwargs=given)


def _carries_out(client: Client, row: Model, name: str, performed: Performed) -> bool:
    """Whether the server performs the operation, or asks what it needs to know first."""
    data = {"action": name, "_selected_action": [row.pk], "select_across": "0", "confirmed": "yes", "why": "a test"}
    answer = client.post(_list(row._meta.label_lower), data)
    asked = answer.status_code == 200 and "operation" in (answer.context or {}) and bool(answer.context["rows"])
    return bool(performed()) or asked
