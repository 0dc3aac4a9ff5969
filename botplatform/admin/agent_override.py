"""What one bot does differently from an agent's published version, and how its runs read the result."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from botplatform.admin import columns, showing
from botplatform.admin.agent_forms import add_errors, text_area
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.choosing import ToolsField, tools_field
from botplatform.admin.panels import Panel
from botplatform.models import AgentOverride, Personality
from botplatform.pipeline import configs, vetting
from botplatform.pipeline.composing import Place, compose

FIXED = (columns.link("config", "agent"), columns.link("bot"))
"""Who differs from what; another one is another row."""


class OverrideForm(forms.ModelForm):  # type: ignore[type-arg]
    """Empty fields leave things as published."""

    instructions = text_area(8, str(AgentOverride._meta.get_field("instructions").help_text), required=False)
    own_tools = forms.BooleanField(
        required=False, widget=UnfoldBooleanWidget(), label="Other tools", help_text="Without it: the published ones."
    )
    tools = tools_field(help_text="What the bot's runs get instead, if “Other tools” is ticked.")

    class Meta:
        model = AgentOverride
        fields = ("bot", "config", "instructions", "model", "tools")
        labels = {"config": "Agent"}
        widgets = {"model": UnfoldAdminTextInputWidget()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["own_tools"] = self.instance.tools is not None
        if isinstance(tools := self.fields.get("tools"), ToolsField):
            tools.keep(self.instance.tools or [])

    def clean_tools(self) -> list[str] | None:
        return self.cleaned_data["tools"] if self.cleaned_data.get("own_tools") else None

    def clean(self) -> dict[str, Any]:
        said = {name: self.cleaned_data.get(name, "") for name in ("instructions", "model")}
        found = {"instructions": vetting.check_text(said["instructions"]), "model": vetting.check_model(said["model"])}
        add_errors(self, {name: lines for name, lines in found.items() if lines})
        return self.cleaned_data


@columns.column("override", "override")
def itself(row: AgentOverride) -> object:
    return showing.anchor(row)


@columns.column("tools")
def tools(row: AgentOverride) -> object:
    return "as published" if row.tools is None else ", ".join(row.tools) or "none"


@admin.register(AgentOverride)
class AgentOverrideAdmin(ConsoleAdmin):
    form = OverrideForm
    ordering = ("config__name", "bot__transport", "bot__slug")
    list_display = (
        itself, columns.excerpt("instructions"), columns.excerpt("model"), tools, columns.when("updated_at", "changed"),
    )  # fmt: skip
    list_select_related = ("bot", "config")
    list_filter = ("config", "bot")
    fields = ("config", "bot", "instructions", "model", "own_tools", "tools")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return FIXED if obj else ()

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return (*FIXED, *self.fields[2:]) if obj else self.fields

    def save_model(self, request: HttpRequest, obj: AgentOverride, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        configs.forget()

    def panels(self, request: HttpRequest, row: AgentOverride) -> list[Panel]:
        """The prompt as this bot's runs get it."""
        version, bot = row.config.published, row.bot
        if version is None:
            return []
        spoken = Personality.objects.filter(platform=bot.transport).first()
        place = Place(bot.pk, bot.username, bot.transport)
        prompt = compose(row.config.name, place, version.prompt, spoken.text if spoken else "", row.instructions)
        return [Panel("Prompt as runs of this bot read it", showing.block(prompt))]
