"""Whoever has an authenticator app gives a code, whichever way he comes; without it there is no session."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from botplatform import signin
from botplatform.models import AuditEntry
from botplatform.people import arriving, codes
from tests.admin.people import browser, person
from tests.people.conftest import SignIn

PAGE = "/admin/auth/user/own-second-step/"


def code(user: User) -> str:
    """What the app shows now."""
    return f"{totp(TOTPDevice.objects.get(user=user).bin_key):06d}"


@pytest.fixture
def careful(ada: User) -> User:
    """Has set the second step up."""
    TOTPDevice.objects.create(user=ada, name="app", confirmed=True)
    return ada


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("form", ["/login/", "/admin/login/", "link"])
def test_no_way_in_without_the_code(careful: User, attempt: SignIn, form: str) -> None:
    client = Client()
    answer = client.get(signin.issue(careful)) if form == "link" else attempt(client, form)
    assert (answer.headers["location"], signed_in(client)) == ("/second-step/", False)
    assert client.get("/admin/").status_code == 302
    answer = client.post("/second-step/", {"code": code(careful)})
    assert (answer.status_code, signed_in(client)) == (302, True)


def test_a_wrong_code_does_not_let_in(careful: User, attempt: SignIn) -> None:
    client = Client()
    attempt(client)
    assert "was not right" in client.post("/second-step/", {"code": "000000"}).text
    assert not signed_in(client)


def test_a_code_is_taken_once(careful: User, attempt: SignIn) -> None:
    first, second, given = Client(), Client(), code(careful)
    for client in (first, second):
        attempt(client)
        client.post("/second-step/", {"code": given})
    assert (signed_in(first), signed_in(second)) == (True, False)


def test_wrong_codes_lock_like_wrong_passwords(careful: User, attempt: SignIn) -> None:
    client = Client()
    attempt(client)
    answers = [client.post("/second-step/", {"code": "000000"}).status_code for _ in range(6)]
    assert answers[-1] == 429
    assert AuditEntry.objects.filter(action="user.locked").exists()


def test_the_second_step_is_not_open_for_ever(careful: User, attempt: SignIn) -> None:
    client = Client()
    attempt(client)
    session = client.session
    session[arriving.WAITING] = [*session[arriving.WAITING][:3], time.time() - 3600]
    session.save()
    assert client.post("/second-step/", {"code": code(careful)}).headers["location"] == "/login/"
    assert not signed_in(client)


def test_a_changed_password_ends_a_step_that_waits(careful: User, attempt: SignIn) -> None:
    client = Client()
    attempt(client)
    careful.set_password("another-one-42")
    careful.save()
    client.post("/second-step/", {"code": code(careful)})
    assert not signed_in(client)


def test_strangers_have_no_second_step(ada: User) -> None:
    assert Client().post("/second-step/", {"code": "000000"}).headers["location"] == "/login/"


def test_setting_it_up_shows_a_drawing_and_then_backup_codes_once(ada: User) -> None:
    client = browser(ada)
    shown = client.get(PAGE)
    assert "<svg" in shown.text
    assert codes.secret(TOTPDevice.objects.get()) in shown.text
    done = client.post(PAGE, {"code": code(ada)})
    tokens = list(StaticToken.objects.values_list("token", flat=True))
    assert len(tokens) == codes.BACKUP_CODES
    assert all(token in done.text for token in tokens)
    again = client.get(PAGE).text
    assert not [token for token in tokens if token in again]
    assert "<svg" not in again.partition("You sign in with a code")[2]


def test_a_wrong_code_does_not_switch_it_on(ada: User) -> None:
    client = browser(ada)
    client.get(PAGE)
    client.post(PAGE, {"code": "000000"})
    assert not codes.is_set_up(ada)


def test_a_backup_code_lets_in_once(careful: User, attempt: SignIn) -> None:
    token = codes.renew(careful)[0]
    outcomes = []
    for _ in range(2):
        client = Client()
        attempt(client)
        client.post("/second-step/", {"code": token.upper()})
        outcomes.append(signed_in(client))
    assert outcomes == [True, False]


def test_ending_it_needs_a_code(careful: User) -> None:
    client = browser(careful)
    client.post(PAGE, {"do": "drop", "code": "000000"})
    assert codes.is_set_up(careful)
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    client.post(PAGE, {"do": "drop", "code": code(careful)})
    assert not codes.is_set_up(careful)
    assert list(AuditEntry.objects.filter(action="user.second_step").values_list("told", flat=True)) == ["was ended"]


@pytest.mark.parametrize(("who", "works"), [("Admin", True), ("Operator", False)])
def test_it_is_taken_away_by_those_who_may(careful: User, who: str, works: bool) -> None:
    _take_away(browser(person(who)), careful)
    assert codes.is_set_up(careful) is not works


def test_a_superusers_is_not_taken_away_by_an_admin(careful: User) -> None:
    User.objects.filter(pk=careful.pk).update(is_superuser=True)
    _take_away(browser(person("Admin")), careful)
    assert codes.is_set_up(careful)


def _take_away(client: Client, user: User) -> Any:
    chosen = {"action": "drop_second_step", "_selected_action": [user.pk], "confirmed": "yes", "why": ""}
    return client.post("/admin/auth/user/", chosen)
