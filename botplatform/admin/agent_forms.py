"""Forms about agents: what a draft says, a new agent, and what of a configuration is in force at once."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from agents.routing.target import CATEGORIES, ROUTER
from agents.template import VARIABLES
from botplatform.admin.choosing import NamesField, ToolsField, tools_field
from botplatform.models import AgentConfig, AgentDraft
from botplatform.models.agent import AgentFields
from botplatform.pipeline import publishing, standing, vetting
from botplatform.pipeline.vetting import FIELDS, Problems

UNUSED_BY_ROUTER = frozenset(FIELDS) - {"prompt", "model"}
"""The router's model is asked one question, within bounds of its own."""
CATEGORY_CHOICES = [(name, name) for name in CATEGORIES]
_OFFERED = ", ".join(f"{{{{ {name} }}}} ({meaning})" for name, meaning in VARIABLES.items())


def _help(name: str) -> str:
    return next(str(field.help_text) for field in AgentFields._meta.fields if field.name == name)


def _number(name: str, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget(), help_text=_help(name), **options)


def text_area(rows: int, help_text: str, **options: Any) -> forms.CharField:
    """A long text, kept as it was written."""
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(widget=widget, help_text=help_text, strip=False, **options)


def add_errors(form: forms.BaseForm, problems: Problems) -> None:
    """Each problem at its field; above the form where it has none."""
    for name, lines in problems.items():
        if name not in form.errors:
            form.add_error(name if name in form.fields else None, lines)


class SaysForm(forms.Form):
    """What a draft says."""

    prompt = text_area(
        18, f"A template: {_OFFERED} are filled in for each run. Write \\{{{{ for braces that mean nothing."
    )
    model = forms.CharField(required=False, widget=UnfoldAdminTextInputWidget(), help_text=_help("model"))
    fallback_models = NamesField(help_text="One a line, tried in order; empty: FALLBACK_MODELS.")
    temperature = forms.FloatField(
        required=False,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
        help_text="0 to 2; empty: the model's own.",
    )
    tools = tools_field()
    max_steps = _number("max_steps", initial=12)
    max_output_tokens = _number("max_output_tokens", initial=8192)
    max_tokens = _number("max_tokens", required=False)
    max_seconds = _number("max_seconds", initial=600)
    max_cost_usd = forms.DecimalField(
        required=False, max_digits=10, decimal_places=4, widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
        label="Max cost USD", help_text=_help("max_cost_usd"),
    )  # fmt: skip
    parallel_steps = _number("parallel_steps", initial=3)
    step_attempts = _number("step_attempts", initial=3)
    fallback_agent = forms.ChoiceField(
        required=False, widget=UnfoldAdminSelectWidget(), help_text=_help("fallback_agent"), label="Fallback agent"
    )

    def offer(self, agent: str, chosen: str = "") -> None:
        """Set the choices that depend on what there is."""
        others = [name for name, peer in sorted(standing.peers().items()) if peer.answers and name != agent]
        names = [*others, *([chosen] if chosen and chosen not in others else [])]
        self.fields["fallback_agent"].choices = [("", "nobody"), *((name, name) for name in names)]  # type: ignore[attr-defined]
        if agent == ROUTER:
            self.fields["model"].help_text = "provider:model; empty: ROUTER_MODEL."
            for name in UNUSED_BY_ROUTER:
                del self.fields[name]

    def says(self, before: AgentFields) -> dict[str, Any]:
        """What was entered, and for the rest what `before` said. Only for a form without errors of its own."""
        entered = {name: self.cleaned_data[name] for name in FIELDS if name in self.fields}
        return {**vetting.fields_of(before), **entered}


class DraftForm(SaysForm, forms.ModelForm):  # type: ignore[type-arg]
    """A draft; `seen` tells whether somebody else has changed the agent since the form was shown."""

    config: AgentConfig
    """Whose draft; set by whoever makes the form's class."""
    copied: AgentFields
    """What the form begins with."""
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    class Meta:
        model = AgentDraft
        fields = FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(self.config.name, self.copied.fallback_agent)
        if isinstance(tools := self.fields.get("tools"), ToolsField):
            tools.keep(self.copied.tools)
        self.initial = {**vetting.fields_of(self.copied), "seen": publishing.seen(self.config)}

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            add_errors(self, publishing.check(self.config, AgentDraft(**self.says(self.copied))))
        if self.cleaned_data.get("seen") != publishing.seen(self.config):
            self.add_error(None, str(publishing.Outdated()))
        return self.cleaned_data


class ConfigForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is in force as soon as it is saved."""

    class Meta:
        model = AgentConfig
        fields = ("description", "enabled", "category")
        widgets = {
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "category": UnfoldAdminSelectWidget(choices=[("", "none"), *CATEGORY_CHOICES]),
        }

    def clean(self) -> dict[str, Any]:
        row: AgentConfig = self.instance
        if "category" not in self.cleaned_data:
            return self.cleaned_data
        among = standing.peers()
        changed = AgentConfig(
            name=row.name, behaviour=row.behaviour, **{n: self.cleaned_data[n] for n in ("enabled", "category")}
        )
        among[row.name] = standing.peer(changed, row.published)
        problems = standing.check_standing(row.name, among)
        add_errors(self, {name: lines for name, lines in problems.items() if name in self.fields})
        return self.cleaned_data
