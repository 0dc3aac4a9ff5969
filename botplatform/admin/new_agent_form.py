"""The form of an agent of an operator's own: all that it takes, in one go."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from botplatform.admin.agent_forms import CATEGORY_CHOICES, SaysForm, add_errors
from botplatform.admin.choosing import behaviour_field
from botplatform.models import AgentConfig, AgentDraft, Pattern
from botplatform.pipeline import creating
from botplatform.pipeline.vetting import FIELDS


class NewAgentForm(SaysForm, forms.ModelForm):  # type: ignore[type-arg]
    """An agent of an operator's own, with its first draft and, if wanted, a pattern that leads to it."""

    behaviour = behaviour_field()
    category = forms.ChoiceField(
        choices=[("", "none"), *CATEGORY_CHOICES], required=False, widget=UnfoldAdminSelectWidget(),
        help_text=AgentConfig._meta.get_field("category").help_text,
    )  # fmt: skip
    pattern_name = forms.SlugField(
        required=False, max_length=64, widget=UnfoldAdminTextInputWidget(), help_text="For example release-notes."
    )
    pattern = forms.CharField(
        required=False, widget=UnfoldAdminTextInputWidget(), label="Expression",
        help_text="RE2; letters match in either case. For example ^(write|draft) .*release notes",
    )  # fmt: skip
    pattern_example = forms.CharField(
        required=False, widget=UnfoldAdminTextInputWidget(), label="A message that it matches",
        help_text="Kept as the pattern's test.",
    )  # fmt: skip

    class Meta:
        model = AgentConfig
        fields = ("name", "behaviour", "description", "category")
        help_texts = {"name": "For example release-notes. It cannot be changed later."}
        widgets = {"name": UnfoldAdminTextInputWidget(), "description": UnfoldAdminTextareaWidget(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("")

    def clean(self) -> dict[str, Any]:
        given = {name: self.cleaned_data.get(name, "") for name in ("name", "behaviour", "category")}
        if not set(FIELDS) & set(self.errors):
            add_errors(self, creating.check_agent(AgentConfig(**given), self.says(AgentDraft())))
        self._check_pattern()
        return self.cleaned_data

    def _check_pattern(self) -> None:
        pattern, name = self.new_pattern(), self.cleaned_data.get("pattern_name")
        if pattern is None:
            if name or self.cleaned_data.get("pattern_example"):
                self.add_error("pattern", "A pattern needs an expression.")
        elif not name:
            self.add_error("pattern_name", "A pattern needs a name.")
        elif Pattern.objects.filter(name=name).exists():
            self.add_error("pattern_name", "There is a pattern of this name.")
        elif problems := creating.check_pattern(pattern):
            self.add_error("pattern", problems)

    def new_pattern(self) -> Pattern | None:
        """The pattern that was asked for."""
        entered = {
            name: self.cleaned_data.get(name, "") for name in ("name", "pattern_name", "pattern", "pattern_example")
        }
        if not entered["pattern"]:
            return None
        tests = [{"text": entered["pattern_example"], "matches": True}] if entered["pattern_example"] else []
        return Pattern(
            name=entered["pattern_name"],
            expression=entered["pattern"],
            target=entered["name"],
            tests=tests,
            position=creating.next_position(),
        )
