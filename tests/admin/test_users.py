"""Staff who may edit accounts cannot make themselves more than they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

Staff = Callable[..., Client]
RIGHTS = ("view_user", "change_user", "add_user", "delete_user", "change_group", "add_group", "view_group")


def _change(user: User) -> str:
    return reverse("admin:auth_user_change", args=[user.pk])


def _fields(user: User, **changes: Any) -> dict[str, Any]:
    return {"username": user.username, "is_active": "on", **changes}


def test_staff_cannot_give_rights_away(db: None, staff: Staff) -> None:
    visitor = User.objects.create(username="visitor")
    staff(*RIGHTS).post(_change(visitor), _fields(visitor, is_staff="on", is_superuser="on", first_name="V"))
    visitor.refresh_from_db()
    assert (visitor.first_name, visitor.is_staff, visitor.is_superuser) == ("V", False, False)


@pytest.mark.parametrize(
    "path", ["admin:auth_user_change", "admin:auth_user_delete", "admin:auth_user_password_change"]
)
def test_staff_cannot_touch_accounts_of_staff(db: None, staff: Staff, path: str) -> None:
    root = User.objects.create(username="boss", is_staff=True, is_superuser=True)
    assert staff(*RIGHTS).post(reverse(path, args=[root.pk]), {"post": "yes"}).status_code == 403


def test_staff_cannot_change_groups(db: None, staff: Staff) -> None:
    group = Group.objects.create(name="all")
    answer = staff(*RIGHTS).post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "mine"})
    assert answer.status_code == 403


def test_a_superuser_makes_accounts(db: None, console: Client) -> None:
    fields = {
        "username": "ada",
        "usable_password": "true",
        "password1": "long-enough-42",
        "password2": "long-enough-42",
    }
    assert console.post(reverse("admin:auth_user_add"), fields).status_code == 302
    ada = User.objects.get(username="ada")
    assert console.post(_change(ada), _fields(ada, is_staff="on")).status_code == 302
    ada.refresh_from_db()
    assert ada.is_staff
