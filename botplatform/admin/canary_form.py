"""What a canary is started with."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from botplatform.models import AgentConfig, AgentConfigVersion, Canary
from botplatform.pipeline import publishing
from botplatform.pipeline.canaries.changing import LIMITS
from botplatform.pipeline.canaries.verdict import Thresholds

DRAFT = "draft"
OFFERED = 20
"""Latest versions to choose from."""


_FIELDS: dict[str, Any] = {field.name: field for field in Canary._meta.fields}


def _default(name: str) -> Any:
    return _FIELDS[name].default


def _help(name: str) -> str:
    return str(_FIELDS[name].help_text)


def _percent(name: str, label: str) -> forms.FloatField:
    least, most = LIMITS[name]
    widget = UnfoldAdminDecimalFieldWidget(attrs={"step": "any"})
    return forms.FloatField(
        label=label, min_value=least, max_value=most, initial=_default(name), help_text=_help(name), widget=widget
    )


def _count(name: str, label: str, initial: int, help_text: str) -> forms.IntegerField:
    least, most = LIMITS[name]
    widget = UnfoldAdminIntegerFieldWidget()
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, initial=initial, help_text=help_text, widget=widget
    )


class CanaryForm(forms.Form):
    """Version, share and thresholds."""

    version = forms.ChoiceField(
        widget=UnfoldAdminSelectWidget(), help_text="The draft becomes a version that is not published."
    )
    share_percent = _count("share_percent", "Share in per cent", 10, "Of the conversations, 1 to 100.")
    min_runs = _count("min_runs", "Minimum sample", _default("min_runs"), _help("min_runs"))
    max_error_percent = _percent("max_error_percent", "Failed runs")
    max_cost_percent = _percent("max_cost_percent", "Cost")
    max_wrong_percent = _percent("max_wrong_percent", "Wrong answers")
    note = forms.CharField(
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget(),
        help_text="For the version that the draft becomes.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, config: AgentConfig, chosen: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        draft, rows = publishing.draft_of(config), config.versions.order_by("-number")[:OFFERED]
        offered = {str(row.pk): row for row in rows if row.pk != config.published_id}
        choices = [(DRAFT, "the draft")] if draft else []
        choices += [
            (pk, f"version {row.number}{f': {row.note[:60]}' if row.note else ''}") for pk, row in offered.items()
        ]
        self.fields["version"].choices = choices  # type: ignore[attr-defined]  # of the field that is declared above
        self.initial = {
            **self.initial,
            "seen": publishing.seen(config),
            "version": chosen if chosen in dict(choices) else "",
        }
        self.versions: dict[str, AgentConfigVersion] = offered
        self.draft = draft

    def allowed(self) -> Thresholds:
        """Only for a form without errors."""
        return Thresholds(*(self.cleaned_data[name] for name in Thresholds.__dataclass_fields__))

    def version_chosen(self) -> AgentConfigVersion | None:
        """None: the draft."""
        return self.versions.get(self.cleaned_data["version"])
