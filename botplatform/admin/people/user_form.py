"""The form of an account: five roles with a sentence each, and below them the bots to which somebody is limited."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.forms import UserChangeForm

from botplatform import roles
from botplatform.admin.choosing import Boxes
from botplatform.admin.people.reach import may_give
from botplatform.models import BotAccess


class RoleBoxes(Boxes):
    """The groups, ours with what they are for."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        role = roles.ROLES.get(str(option["label"]))
        return {**option, "description": role.sentence if role else ""}


class PersonForm(UserChangeForm):
    """Rights are chosen by role; permissions of one's own are for superusers to give."""

    groups = forms.ModelMultipleChoiceField(
        queryset=Group.objects.order_by("pk"), required=False, label="Roles", widget=RoleBoxes,
        help_text="Whoever has a role needs the staff status too, to open the console.",
    )  # fmt: skip


class BotAccessInline(TabularInline):
    """None: all bots."""

    model = BotAccess
    fields = ("bot",)
    extra = 0
    verbose_name = "bot"
    verbose_name_plural = "limited to these bots (none: all of them)"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("auth.view_user") or request.user.has_perm("auth.change_user"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_give(request.user, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_give(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_give(request.user, obj)
