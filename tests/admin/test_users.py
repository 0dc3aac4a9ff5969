"""Rights are given by superusers and Admins; nobody makes himself, or a friend, more than he is himself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from botplatform import roles
from botplatform.models import AuditEntry, BotAccess
from tests.admin.people import account, account_fields, browser, person
from tests.admin.rows import bot

Staff = Callable[..., Client]
RIGHTS = ("view_user", "change_user", "add_user", "delete_user", "change_group", "add_group", "view_group")


def role(name: str) -> int:
    return Group.objects.get(name=name).pk


def names(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def test_staff_cannot_give_rights_away(db: None, staff: Staff) -> None:
    roles.seed()
    visitor = User.objects.create(username="visitor")
    wanted = account_fields(visitor, is_staff="on", is_superuser="on", first_name="V", groups=[role("Viewer")])
    staff(*RIGHTS).post(account(visitor), wanted)
    visitor.refresh_from_db()
    assert (visitor.first_name, visitor.is_staff, visitor.is_superuser, names(visitor)) == ("V", False, False, set())


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
    assert console.post(account(ada), account_fields(ada, is_staff="on")).status_code == 302
    ada.refresh_from_db()
    assert ada.is_staff


def test_an_admin_gives_roles_and_it_is_written_down(db: None) -> None:
    admin, ada = browser(person("Admin")), person(username="ada")
    wanted = account_fields(ada, is_staff="on", groups=[role("Operator"), role("Approver")])
    assert admin.post(account(ada), wanted).status_code == 302
    [entry] = AuditEntry.objects.filter(action="user.change")
    assert names(ada) == {"Operator", "Approver"}
    assert (entry.who, entry.before["groups"], sorted(entry.after["groups"])) == ("admin", [], ["Approver", "Operator"])


def test_an_admin_cannot_make_superusers(db: None) -> None:
    admin, ada = browser(person("Admin")), person(username="ada")
    admin.post(account(ada), account_fields(ada, is_staff="on", is_superuser="on", user_permissions=["1"]))
    ada.refresh_from_db()
    assert (ada.is_superuser, ada.user_permissions.count()) == (False, 0)


def test_nobody_changes_his_own_roles_or_bots(db: None) -> None:
    admin, tested = person("Admin"), bot()
    row = {"bot_access-TOTAL_FORMS": "1", "bot_access-0-user": admin.pk, "bot_access-0-bot": tested.pk}
    browser(admin).post(account(admin), account_fields(admin, first_name="A", groups=[], is_superuser="on", **row))
    admin.refresh_from_db()
    assert (admin.first_name, names(admin), admin.is_superuser, admin.is_staff) == ("A", {"Admin"}, False, True)
    assert not BotAccess.objects.exists()


@pytest.mark.parametrize("path", ["change", "delete", "password_change"])
def test_an_admin_cannot_touch_superusers(db: None, path: str) -> None:
    boss = User.objects.create(username="boss", is_staff=True, is_superuser=True)
    url = reverse(f"admin:auth_user_{path}", args=[boss.pk])
    assert browser(person("Admin")).post(url, {"post": "yes"}).status_code == 403


def test_an_admin_limited_to_a_bot_gives_nothing_away(db: None) -> None:
    limited, visitor = person("Admin", bots=(bot(),)), person(username="visitor", staff=False)
    browser(limited).post(account(visitor), account_fields(visitor, is_staff="on", groups=[role("Admin")]))
    visitor.refresh_from_db()
    assert (visitor.is_staff, names(visitor)) == (False, set())


def test_an_admin_cannot_widen_his_own_role(db: None) -> None:
    admin = browser(person("Admin"))
    assert admin.post(reverse("admin:auth_group_change", args=[role("Admin")]), {"name": "Admin"}).status_code == 403
    assert admin.post(reverse("admin:auth_group_delete", args=[role("Viewer")]), {"post": "yes"}).status_code == 403


def test_bots_of_a_person_are_limited_and_written_down(db: None) -> None:
    admin, ada, tested = browser(person("Admin")), person("Viewer"), bot()
    row = {"bot_access-TOTAL_FORMS": "1", "bot_access-0-user": ada.pk, "bot_access-0-bot": tested.pk}
    wanted = account_fields(ada, is_staff="on", groups=[role("Viewer")], **row)
    assert admin.post(account(ada), wanted).status_code == 302
    assert BotAccess.objects.get().bot == tested
    assert AuditEntry.objects.get(action="user.bots").after == {"bots": [str(tested)]}


def test_the_form_says_what_each_role_is_for(db: None) -> None:
    text = browser(person("Admin")).get(account(person(username="ada"))).text
    assert all(shown.sentence in text for shown in roles.ROLES.values())


def test_a_password_set_for_somebody_is_written_down_without_it(db: None) -> None:
    ada = person("Viewer", username="ada")
    fields = {"usable_password": "true", "password1": "long-enough-42", "password2": "long-enough-42"}
    url = reverse("admin:auth_user_password_change", args=[ada.pk])
    assert browser(person("Admin")).post(url, fields).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password("long-enough-42")
    entries = AuditEntry.objects.filter(action="user.password").values_list("who", "object_name", "told")
    assert list(entries) == [("admin", "ada", "somebody else's password was set")]
    assert "pbkdf2" not in str(list(AuditEntry.objects.values()))


def test_roles_are_made_once_and_removals_stay(db: None) -> None:
    roles.seed()
    viewer = Group.objects.get(name="Viewer")
    gone = viewer.permissions.get(codename="view_message")
    viewer.permissions.remove(gone)
    roles.seed()
    assert gone not in viewer.permissions.all()
    assert AuditEntry.objects.filter(action=roles.SHIPPED).count() == len(roles.ROLES)


def test_what_an_upgrade_ships_anew_is_added(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    roles.seed()
    more = roles.Role("Sees.", (*roles.ROLES["Viewer"].permissions, "botplatform.view_auditentry"))
    monkeypatch.setitem(roles.ROLES, "Viewer", more)
    roles.seed()
    assert Group.objects.get(name="Viewer").permissions.filter(codename="view_auditentry").exists()


def test_every_permission_of_a_role_exists(db: None) -> None:
    from django.contrib.auth.models import Permission

    known = {
        f"{one.content_type.app_label}.{one.codename}" for one in Permission.objects.select_related("content_type")
    }
    wanted = {pattern for shown in roles.ROLES.values() for pattern in shown.permissions}
    assert [pattern for pattern in wanted if not roles.matching([pattern], known)] == []
