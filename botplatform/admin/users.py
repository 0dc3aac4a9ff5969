"""People and groups. Who is not a superuser can neither touch the accounts of staff nor give rights away, his own included."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as theirs
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from botplatform.admin.base import ConsoleAdmin

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")

admin.site.unregister(User)
admin.site.unregister(Group)


def _out_of_reach(request: HttpRequest, account: User | None) -> bool:
    return account is not None and account.is_staff and not request.user.is_superuser


@admin.register(User)
class UserAdmin(theirs.UserAdmin, ConsoleAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        fixed = (*super().get_readonly_fields(request, obj), "last_login", "date_joined")
        return fixed if request.user.is_superuser else (*fixed, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and not _out_of_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """One by one: Django's deletion of several asks without naming the accounts."""
        own = obj is not None and obj.pk == request.user.pk
        return bool(super().has_delete_permission(request, obj)) and not own and not _out_of_reach(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}


@admin.register(Group)
class GroupAdmin(theirs.GroupAdmin, ConsoleAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser)
