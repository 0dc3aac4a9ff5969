"""Fields in which operators choose: boxes and buttons with a description each, and lists with a name a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.fields import InvalidJSONInput
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
)

from agents.base import Tool
from agents.registry import AGENTS, TOOLS
from botplatform.admin.servers import offered


class _Described:
    """A group of choices, each with a sentence under its name. Mixed into a widget."""

    descriptions: Mapping[str, str] = {}

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(*args, **kwargs)  # type: ignore[misc]
        return {**option, "description": self.descriptions.get(str(option["value"]), "")}

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs)  # type: ignore[attr-defined]
        return mark_safe(render_to_string("admin/choices.html", context))  # noqa: S308 - escaped in the template


class Boxes(_Described, UnfoldAdminCheckboxSelectMultipleWidget):
    """Any number of them."""


class Buttons(_Described, UnfoldAdminRadioSelectWidget):
    """One of them."""


class JSONText(forms.JSONField):
    """JSON from a text area. What was refused stands there again as it was typed, for not all of it can be shown otherwise."""

    def to_python(self, value: Any) -> Any:
        try:
            read = super().to_python(value)
            json.dumps(read, ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return read

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data if data is None else InvalidJSONInput(data)


class ToolsField(forms.MultipleChoiceField):
    """Every tool of the installation, and those of its MCP servers as they are when a form is made."""

    widget: Boxes

    def __deepcopy__(self, memo: Any) -> ToolsField:
        """A form takes a copy of its class's fields: then the servers are looked up, once."""
        own: ToolsField = super().__deepcopy__(memo)
        own.widget.descriptions = {**{name: _about(tool) for name, tool in TOOLS.items()}, **offered.offered()}
        own.choices = [(name, name) for name in own.widget.descriptions]
        return own

    def keep(self, names: Iterable[Any]) -> None:
        """What was chosen before stays to be seen, though it is no longer offered."""
        gone = [str(name) for name in names if str(name) not in self.widget.descriptions]
        self.widget.descriptions = {**self.widget.descriptions, **dict.fromkeys(gone, "Not offered any more.")}
        self.choices = [(name, name) for name in self.widget.descriptions]


def tools_field(label: str = "Tools", help_text: str = "") -> ToolsField:
    """For the body of a form."""
    return ToolsField(required=False, label=label, help_text=help_text, widget=Boxes())


def behaviour_field() -> forms.ChoiceField:
    """Every behaviour that there is code for."""
    widget = Buttons()
    widget.descriptions = {name: agent.description for name, agent in AGENTS.items()}
    return forms.ChoiceField(
        choices=[(name, name) for name in AGENTS], initial=next(iter(AGENTS)), widget=widget,
        help_text="The code behind it; everything below is said to it.",
    )  # fmt: skip


def _about(tool: Tool) -> str:
    """What it does, and what it takes to be allowed to."""
    first = tool.description.partition(". ")[0].rstrip(".")
    asked = "asks the person" if tool.asks else "every call needs a decision" if tool.needs_approval else ""
    wary = "needs a decision once strangers' text was read" if tool.writes and not asked else ""
    return f"{'; '.join(filter(None, (first, f'{tool.risk} risk', asked, wary)))}."


class NamesField(forms.CharField):
    """A list of names, one a line."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 2})
        super().__init__(required=False, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(super().to_python(value)).splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))
