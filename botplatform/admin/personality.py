"""How agents speak on each platform."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from botplatform.admin import columns
from botplatform.admin.agent_forms import add_errors, text_area
from botplatform.admin.base import ConsoleAdmin
from botplatform.models import Personality
from botplatform.pipeline import configs, vetting
from transports.registry import TRANSPORTS


class PersonalityForm(forms.ModelForm):  # type: ignore[type-arg]
    """A template like the agents' own prompts."""

    platform = forms.ChoiceField(
        choices=[(name, name) for name in sorted(TRANSPORTS)], widget=UnfoldAdminSelectWidget()
    )
    text = text_area(10, "Stands behind each agent's prompt. The same variables may be used.")

    class Meta:
        model = Personality
        fields = ("platform", "text")

    def clean(self) -> dict[str, Any]:
        if found := vetting.check_text(self.cleaned_data.get("text", "")):
            add_errors(self, {"text": found})
        return self.cleaned_data


@admin.register(Personality)
class PersonalityAdmin(ConsoleAdmin):
    form = PersonalityForm
    ordering = ("platform",)
    list_display = ("platform", columns.excerpt("text", length=140), columns.when("updated_at", "changed"))
    fields = ("platform", "text")

    def save_model(self, request: HttpRequest, obj: Personality, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        configs.forget()
