"""What a configuration's version may say, checked before it is stored for good."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Max
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from agents.providers.registry import PROVIDERS, split_model
from agents.registry import TOOLS
from botplatform.models import AgentConfig, AgentConfigVersion

COPIED = (
    "config", "prompt", "model", "fallback_models", "tools", "temperature", "max_steps", "max_output_tokens", "max_seconds",
)  # fmt: skip
_LIMITS = {"max_steps": (1, 100), "max_output_tokens": (1, 200_000), "max_seconds": (1, 3600), "temperature": (0, 2)}


def _names(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        raise forms.ValidationError('Write a list of names, such as ["one", "two"].')
    return value


def _model(name: str) -> str:
    """`provider:model`; a bare name belongs to the default provider."""
    provider, model = split_model(name, PROVIDERS[0])
    if not model:
        raise forms.ValidationError(f"{provider}: which model?")
    return name.strip()


class VersionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new version; its number follows the last one's."""

    class Meta:
        model = AgentConfigVersion
        fields = COPIED
        widgets = {
            "prompt": UnfoldAdminTextareaWidget(attrs={"rows": 16}),
            "model": UnfoldAdminTextInputWidget(),
            "fallback_models": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "tools": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (least, most) in _LIMITS.items():
            if field := self.fields.get(name):
                field.validators += [MinValueValidator(least), MaxValueValidator(most)]

    def clean_prompt(self) -> str:
        prompt: str = self.cleaned_data["prompt"]
        if not prompt.strip():
            raise forms.ValidationError("The prompt is empty.")
        return prompt

    def clean_model(self) -> str:
        name: str = self.cleaned_data["model"]
        return _model(name) if name.strip() else ""

    def clean_fallback_models(self) -> list[str]:
        return [_model(name) for name in _names(self.cleaned_data["fallback_models"] or [])]

    def clean_tools(self) -> list[str]:
        names = _names(self.cleaned_data["tools"] or [])
        if unknown := sorted(set(names) - set(TOOLS)):
            raise forms.ValidationError(f"There is no tool {', '.join(unknown)}; there are {', '.join(sorted(TOOLS))}.")
        return names


class ConfigForm(forms.ModelForm):  # type: ignore[type-arg]
    """Only a version of its own can be published."""

    class Meta:
        model = AgentConfig
        fields = ("description", "published")
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(field := self.fields.get("published"), forms.ModelChoiceField):
            field.queryset = (
                AgentConfigVersion.objects.filter(config=self.instance).select_related("config").order_by("-number")
            )
            field.required = True


def next_number(config: AgentConfig) -> int:
    """Call it in a transaction: the configuration stays locked until its end, so that two versions never share a number."""
    AgentConfig.objects.select_for_update().get(pk=config.pk)
    last: int | None = config.versions.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
