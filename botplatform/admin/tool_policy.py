"""Tool policies: what operators ask of tools beyond their code. They only ever make things stricter."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from agents.registry import TOOLS
from agents.rules import unusable
from botplatform.admin import columns, showing
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.choosing import JSONText
from botplatform.admin.servers import offered
from botplatform.models import Risk, ToolPolicy
from botplatform.pipeline.reaching.servers import EVERY

ALL_TOOLS = "*"
EXPLANATION = (
    "A policy only makes a tool stricter: what its code asks for, and what a bot's settings ask for, holds whatever is said here. "
    "The policy for * holds for every tool that has none of its own. It takes hold everywhere within five seconds."
)


class _RuleField(JSONText):
    """JSON, indented; nothing is an empty field."""

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value or ""
        return json.dumps(value, indent=2, ensure_ascii=False)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule that is a JSON Schema, for a tool that there is."""

    tool = forms.ChoiceField(widget=UnfoldAdminSelectWidget())
    risk = forms.ChoiceField(
        choices=[("", "as the tool's code says"), *((risk.value, f"at least {risk.value}") for risk in Risk)],
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    when = _RuleField(
        required=False,
        label="Calls that fit a rule",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "spellcheck": "false", "class": "console-code"}),
        help_text="A JSON Schema: calls whose arguments fit it need a decision, such as "
        '{"properties": {"amount": {"minimum": 100}}, "required": ["amount"]}.',
    )

    class Meta:
        model = ToolPolicy
        fields = ("tool", "always", "when", "risk", "by_approver", "note")
        widgets = {
            "note": UnfoldAdminTextInputWidget(),
        }
        labels = {"always": "Every call", "by_approver": "An approver decides"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(field := self.fields.get("tool"), forms.ChoiceField):
            served = [name for name in offered.offered() if not name.endswith(EVERY)]
            names = sorted({*TOOLS, *served, *([self.instance.tool] if self.instance.pk else [])} - {ALL_TOOLS})
            field.choices = [
                (ALL_TOOLS, "* (every tool without a policy)"),
                *((name, _label(name, served)) for name in names),
            ]

    def clean_when(self) -> Any:
        rule = self.cleaned_data["when"]
        if rule is None:
            return None
        if wrong := unusable(rule):
            raise forms.ValidationError(wrong)
        return rule


def _label(name: str, served: Collection[str]) -> str:
    tool = TOOLS.get(name)
    if name in served:
        return f"{name} (medium risk, of an MCP server)"
    if tool is None:
        return f"{name} (there is no such tool)"
    return f"{name} ({tool.risk.value} risk{', always asks' if tool.needs_approval else ''})"


@columns.column("asks")
def asks(policy: ToolPolicy) -> str:
    """What it asks for, in words."""
    found = [
        "every call needs a decision" if policy.always else "",
        "calls that fit its rule need a decision" if policy.when is not None and not policy.always else "",
        f"risk at least {policy.risk}" if policy.risk else "",
        "an approver decides" if policy.by_approver else "",
    ]
    return "; ".join(filter(None, found)) or showing.NOTHING


@admin.register(ToolPolicy)
class ToolPolicyAdmin(ConsoleAdmin):
    form = PolicyForm
    ordering = ("tool",)
    list_display = ("tool", asks, columns.excerpt("note"), columns.when("updated_at", "changed"))
    fieldsets = ((None, {"fields": PolicyForm.Meta.fields, "description": EXPLANATION}),)
