"""Accounts. Rights are given by superusers and Admins, never to oneself; everybody else sees them only."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.contrib.auth import admin as theirs
from django.contrib.auth.models import User
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from botplatform.admin import columns
from botplatform.admin.auditing import audit
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.operations import Operation, Result
from botplatform.admin.people.own_second_step import own_second_step
from botplatform.admin.people.reach import in_reach, may_give
from botplatform.admin.people.user_form import BotAccessInline, PersonForm
from botplatform.models import BotAccess
from botplatform.people import codes

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
NOT_FOR_ADMINS = ("is_superuser", "user_permissions")

for _theirs in (User, TOTPDevice, StaticDevice):  # pages of devices would show their secrets
    admin.site.unregister(_theirs)


@sync_to_async
def _drop_second_step(pk: int, by: str) -> Result:
    person, account = User.objects.filter(username=by).first(), User.objects.filter(pk=pk).first()
    if person is None or account is None or not in_reach(person, account) or person.pk == account.pk:
        return Result(False, "is not an account whose second step you may take away")
    done = codes.drop(account)
    return Result(done, "signs in without a code from now on" if done else "has no second step")


DROP_SECOND_STEP = Operation(
    "drop_second_step",
    "Take the second step away",
    "auth.change_user",
    "For somebody who has lost both phone and backup codes. Make sure that it is the person himself who asks.",
    _drop_second_step,
    codes.is_set_up,
)


@columns.column("second_step", "second step")
def _second_step(row: Any) -> object:
    return "yes" if row.with_code else "–"


@admin.register(User)
class UserAdmin(theirs.UserAdmin, ConsoleAdmin):  # type: ignore[type-arg]
    form = PersonForm
    change_password_form = AdminPasswordChangeForm
    add_form = UserCreationForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", _second_step, "last_login")  # type: ignore[assignment]  # callables of rows
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    filter_horizontal = ("user_permissions",)
    operations = (DROP_SECOND_STEP,)

    def get_urls(self) -> list[URLPattern]:
        """Before the list's own addresses, which take any word for a user's number."""
        return [
            path("own-second-step/", self.admin_site.admin_view(own_second_step), name="own_second_step"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        rows: QuerySet[User] = super().get_queryset(request).annotate(with_code=Exists(devices))
        return rows

    def get_inlines(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        return [BotAccessInline] if obj is not None else []

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        fixed = (*super().get_readonly_fields(request, obj), "last_login", "date_joined")
        if not may_give(request.user, obj):
            return (*fixed, *RIGHTS)
        return fixed if request.user.is_superuser else (*fixed, *NOT_FOR_ADMINS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and in_reach(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """One by one: Django's deletion of several asks without naming the accounts."""
        own = obj is not None and obj.pk == request.user.pk
        return bool(super().has_delete_permission(request, obj)) and not own and in_reach(request.user, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The bots of a person stand in rows of their own, so they are written down here."""
        before = _bots(form.instance)
        super().save_related(request, form, formsets, change)
        if (after := _bots(form.instance)) != before:
            audit(request, form.instance, "user.bots", before={"bots": before}, after={"bots": after})

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 - of the address
        answer: HttpResponse = super().user_change_password(request, id, form_url)
        if request.method == "POST" and isinstance(answer, HttpResponseRedirect):
            audit(request, User.objects.get(pk=id), "user.password", told="somebody else's password was set")
        return answer


def _bots(account: Model) -> list[str]:
    rows = BotAccess.objects.filter(user_id=account.pk).select_related("bot").order_by("pk")
    return [str(row.bot) for row in rows]
