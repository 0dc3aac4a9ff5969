"""Routing cases: messages whose right target operators have named."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from botplatform.admin import columns, targets
from botplatform.admin.base import ConsoleAdmin, choices
from botplatform.models import Route, RoutingCase
from transports.registry import TRANSPORTS

EARLIER_TURNS = 3
_ROLES = {"person": "user", "bot": "assistant"}


class TurnsField(forms.CharField):
    """Earlier turns, one a line: `person: …` or `bot: …`."""

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in str(super().to_python(value)).splitlines() if line.strip()]
        if len(lines) > EARLIER_TURNS:
            raise forms.ValidationError(f"At most {EARLIER_TURNS} turns.")
        return [_turn(line) for line in lines]


def _turn(line: str) -> dict[str, str]:
    who, colon, text = line.partition(":")
    if who.strip().lower() not in _ROLES or not colon or not text.strip():
        raise forms.ValidationError("Begin each line with “person:” or “bot:”.")
    return {"role": _ROLES[who.strip().lower()], "text": text.strip()}


class CaseForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new case."""

    text = forms.CharField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="What routing is given; messages answered together are parted by a line ---.",
    )
    platform = forms.ChoiceField(choices=targets.choose_platform, widget=UnfoldAdminSelectWidget())
    target = forms.ChoiceField(choices=targets.choose_agent, widget=UnfoldAdminSelectWidget(), label="Right target")
    before = TurnsField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Up to three earlier turns, one a line: “person: …” or “bot: …”.",
    )

    class Meta:
        model = RoutingCase
        fields = ("text", "platform", "target", "before")


@admin.register(RoutingCase)
class RoutingCaseAdmin(ConsoleAdmin):
    """Added here or by a verdict on a route; never edited."""

    form = CaseForm
    ordering = ("-id",)
    list_display = (
        "id", columns.excerpt("text", length=110), columns.excerpt("platform"), columns.excerpt("target"),
        columns.number("route", Route), columns.excerpt("created_by"), columns.when("created_at"),
    )  # fmt: skip
    list_filter = (choices("platform", sorted(TRANSPORTS)),)
    search_fields = ("text", "target")
    add_fieldsets = ((None, {"fields": CaseForm.Meta.fields}),)
    fieldsets = (
        (None, {"fields": (
            columns.whole("text"), columns.excerpt("platform"), columns.excerpt("target"), columns.json_of("before"),
            columns.number("route", Route), columns.excerpt("created_by"), columns.moment("created_at"),
        )}),
    )  # fmt: skip

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: RoutingCase, form: Any, change: bool) -> None:
        obj.created_by = request.user.get_username()
        obj.save()
