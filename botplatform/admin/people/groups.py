"""Roles as groups of permissions: changed by who gives roles, and never by those who have them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as theirs
from django.contrib.auth.models import Group
from django.http import HttpRequest

from botplatform import roles
from botplatform.admin import columns
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.people.reach import gives_roles

admin.site.unregister(Group)


@columns.column("sentence", "what it is for")
def _sentence(row: Group) -> object:
    return roles.ROLES[row.name].sentence if row.name in roles.ROLES else "–"


@admin.register(Group)
class GroupAdmin(theirs.GroupAdmin, ConsoleAdmin):
    list_display = ("name", _sentence)  # type: ignore[assignment]  # the same

    def has_add_permission(self, request: HttpRequest) -> bool:
        return gives_roles(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        if request.user.is_superuser:
            return True
        own = obj is not None and request.user.groups.filter(pk=obj.pk).exists()
        return gives_roles(request.user) and not own

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """The five roles stay: `up` would make them anew."""
        ours = obj is not None and obj.name in roles.ROLES
        return self.has_change_permission(request, obj) and not ours

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}
