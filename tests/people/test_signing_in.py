"""Guessing is braked in every form, nobody learns which names exist, and all of it is written down."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botplatform import signin
from botplatform.models import AuditEntry
from botplatform.people import lasting, locking
from tests.admin.people import browser, person
from tests.people.conftest import PASSWORD, SignIn

FORMS = pytest.mark.parametrize("form", ["/login/", "/admin/login/"])


def noted(*actions: str) -> list[tuple[str, str]]:
    return list(AuditEntry.objects.filter(action__in=actions).order_by("id").values_list("action", "who"))


@FORMS
def test_the_fifth_failure_locks_for_a_quarter_of_an_hour(ada: User, attempt: SignIn, form: str) -> None:
    client = Client()
    statuses = [attempt(client, form, password="wrong").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    locked = attempt(client, form)
    assert (locked.status_code, "15 minutes" in locked.text) == (429, True)
    assert "_auth_user_id" not in client.session
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert attempt(client, form).status_code == 302


def test_one_form_is_no_way_around_the_other(ada: User, attempt: SignIn) -> None:
    for _ in range(5):
        attempt(Client(), "/login/", password="wrong")
    assert attempt(Client(), "/admin/login/").status_code == 429


def test_others_and_other_addresses_are_not_locked(ada: User, attempt: SignIn) -> None:
    for _ in range(5):
        attempt(Client(), password="wrong")
    assert attempt(Client(), REMOTE_ADDR="192.0.2.7").status_code == 302


@FORMS
def test_names_that_do_not_exist_are_answered_alike(ada: User, attempt: SignIn, form: str) -> None:
    known = [attempt(Client(), form, password="wrong") for _ in range(6)]
    unknown = [attempt(Client(), form, name="eve", password="wrong") for _ in range(6)]
    assert [answer.status_code for answer in known] == [answer.status_code for answer in unknown]
    assert known[-1].content == unknown[-1].content


def test_an_address_that_tries_many_names_is_locked(ada: User, attempt: SignIn, monkeypatch: Any) -> None:
    monkeypatch.setattr(locking, "ADDRESS_LIMIT", 3)
    for n in range(3):
        attempt(Client(), name=f"name-{n}", password="wrong")
    assert attempt(Client()).status_code == 429


def test_a_success_makes_up_for_failures(ada: User, attempt: SignIn) -> None:
    for _ in range(2):
        for _ in range(4):
            attempt(Client(), password="wrong")
        assert attempt(Client()).status_code == 302


def test_links_that_do_not_work_are_counted_too(ada: User) -> None:
    client, wrong = Client(), reverse("sign-in", args=["guess"])
    assert [client.get(wrong).status_code for _ in range(6)] == [403, 403, 403, 403, 429, 429]
    link = signin.issue(ada)
    assert client.get(link).status_code == 429
    assert client.get(link, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_an_admin_lets_somebody_in_again(ada: User, attempt: SignIn) -> None:
    for _ in range(5):
        attempt(Client(), password="wrong")
    row = AccessAttempt.objects.get()
    chosen = {"action": "unlock", "_selected_action": [row.pk], "confirmed": "yes", "why": "he rang"}
    admin = browser(person("Admin"))
    assert "wrong" not in admin.get(reverse("admin:axes_accessattempt_change", args=[row.pk])).text
    admin.post(reverse("admin:axes_accessattempt_changelist"), chosen)
    assert attempt(Client()).status_code == 302
    assert AuditEntry.objects.filter(action="accessattempt.unlock", why="he rang").exists()


def test_coming_going_and_being_refused_are_written_down(ada: User, attempt: SignIn) -> None:
    client = Client()
    for _ in range(7):
        attempt(client, password="wrong", REMOTE_ADDR="192.0.2.7")
    attempt(client)
    client.post(reverse("admin:logout"))
    told = noted("user.sign_in", "user.sign_out", "user.sign_in_failed", "user.locked")
    expected = [*["user.sign_in_failed"] * 5, "user.locked", "user.sign_in", "user.sign_out"]
    assert told == [(action, "ada") for action in expected]
    assert AuditEntry.objects.filter(action="user.locked").get().address == "192.0.2.7"
    assert PASSWORD not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(("staff", "path"), [(True, "/admin/"), (False, "/chat/")])
def test_staff_left_alone_is_signed_out_and_others_are_not(ada: User, staff: bool, path: str) -> None:
    ada.is_staff = staff
    ada.save()
    client = browser(ada)
    _age(client, lasting.SEEN, hours=13)
    assert client.get(path).status_code == (302 if staff else 200)


def test_a_page_that_refreshes_itself_does_not_keep_a_session_alive(ada: User) -> None:
    client = browser(ada)
    before = _age(client, lasting.SEEN, hours=11)
    client.get("/admin/", headers={"hx-request": "true"})
    assert client.session[lasting.SEEN] == before
    client.get("/admin/")
    assert client.session[lasting.SEEN] > before


def test_no_session_lasts_longer_than_two_weeks(ada: User) -> None:
    client = browser(ada)
    _age(client, lasting.BEGAN, hours=15 * 24)
    assert client.get("/admin/").status_code == 302
    assert noted("user.sign_out") == [("user.sign_out", "ada")]


def _age(client: Client, name: str, *, hours: int) -> int:
    session = client.session
    session[name] = moment = int(time.time()) - hours * 3600
    session.save()
    return moment


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(ada: User, attempt: SignIn) -> None:
    client = Client()
    attempt(client)
    cookie = client.cookies["botplatform_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("path", ["/login/", "/admin/login/", "/second-step/"])
def test_forms_need_their_token(ada: User, path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path, {"username": "ada", "password": PASSWORD}).status_code == 403


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(ada: User, attempt: SignIn, wanted: str) -> None:
    answer = Client().post("/admin/login/", {"username": "ada", "password": PASSWORD, "next": wanted})
    assert answer.headers["location"] == "/admin/"
