"""A pattern's form: its tests as lines, and the linter's word before it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from agents.routing.linting import lint
from agents.routing.patterns import Pattern as Rule
from agents.routing.patterns import PatternError, PatternSet
from botplatform.admin import showing, targets
from botplatform.models import Pattern

EDITED = ("name", "position", "expression", "target", "platform", "enabled", "tests", "note")
_SIGNS = {"+": True, "-": False}


class TestsField(forms.CharField):
    """One test a line: `+ text` must match, `- text` must not; `\\n` within the text is a line break."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "class": "console-code"}), **options)

    def prepare_value(self, value: Any) -> Any:
        return written(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return read(str(super().to_python(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((initial or []) != self.to_python(data))
        except forms.ValidationError:
            return True


def written(tests: Sequence[Mapping[str, Any]]) -> str:
    """Tests as lines."""
    return "\n".join(f"{'+' if one.get('matches') else '-'} {_escape(str(one.get('text', '')))}" for one in tests)


def read(text: str) -> list[dict[str, Any]]:
    """Lines as tests. Raises ValidationError with the number of the first line that is none."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        sign, said = line.lstrip()[0], line.strip()[1:].strip()
        if sign not in _SIGNS or not said:
            raise forms.ValidationError(f"Line {number}: begin with + or -, then the message, such as “+ hello”.")
        found.append({"text": _unescape(said), "matches": _SIGNS[sign]})
    return found


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _unescape(text: str) -> str:
    return "\\".join(part.replace("\\n", "\n") for part in text.split("\\\\"))


class PatternForm(forms.ModelForm):  # type: ignore[type-arg]
    """What cannot be used is refused; what is doubtful has to be wanted."""

    target = forms.ChoiceField(widget=UnfoldAdminSelectWidget(), help_text="The agent that answers.")
    platform = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget(choices=[]))
    tests = TestsField(
        required=False,
        strip=False,
        help_text="One a line: “+ hello” must match, “- say hello to Ada” must not. Checked on save.",
    )
    anyway = forms.BooleanField(required=False, label="Save it anyway", widget=forms.HiddenInput())

    class Meta:
        model = Pattern
        fields = EDITED
        widgets = {
            "name": UnfoldAdminTextInputWidget(),
            "position": UnfoldAdminIntegerFieldWidget(),
            "expression": UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false", "class": "console-code"}),
            "note": UnfoldAdminTextInputWidget(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {
            "target": targets.agents_or_model(kept=self.instance.target),
            "platform": targets.any_platform(),
        }
        for name, choices in offered.items():
            if isinstance(field := self.fields.get(name), forms.ChoiceField):
                field.choices = choices

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            self._lint()
        return self.cleaned_data

    def _lint(self) -> None:
        said = self.cleaned_data
        rule = Rule(said["name"], said["expression"], said["target"], said["platform"], said["tests"])
        earlier = _earlier(said["position"], self.instance.pk)
        found = [showing.visible(line) for line in lint(rule, earlier)]
        if field := _unusable(rule, earlier):
            self.add_error(field, found)
        elif found and said["enabled"] and not said["anyway"]:
            self.fields["anyway"].widget = UnfoldBooleanWidget()
            self.add_error("anyway", found)


def _earlier(position: int, pk: int | None) -> list[Rule]:
    """The enabled patterns that would be tried before this one."""
    rows = Pattern.objects.filter(enabled=True, position__lte=position)
    before = [row for row in rows if row.pk != pk and (row.position < position or pk is None or row.pk < pk)]
    return [Rule(row.name, row.expression, row.target, row.platform, row.tests) for row in before]


def _unusable(rule: Rule, earlier: Sequence[Rule]) -> str:
    """The field because of which it cannot be used at all; empty if it can."""
    try:
        PatternSet([*earlier, rule])
        alone = PatternSet([rule])
    except PatternError:
        return "expression"
    hits = [any(hit for _, hit in alone.tried(test["text"], rule.platform)) for test in rule.tests]
    return "tests" if hits != [test["matches"] for test in rule.tests] else ""
