"""What a trial is asked with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from botplatform.models import Bot
from botplatform.pipeline.trials.asking import TEXT_CHARS


class TrialForm(forms.Form):
    """A bot and a message, or a stored batch, which has both."""

    batch = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput())
    bot = forms.ModelChoiceField(
        Bot.objects.none(), required=False, empty_label=None, widget=UnfoldAdminSelectWidget(),
        help_text="Its personality, its override and its rules about approvals count.",
    )  # fmt: skip
    text = forms.CharField(
        label="Message", required=False, max_length=TEXT_CHARS, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="As the first message of a conversation. Nobody is sent anything.",
    )  # fmt: skip

    def __init__(self, *args: Any, bots: QuerySet[Bot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bot"].queryset = bots  # type: ignore[attr-defined]  # of the field that is declared above

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if not said.get("batch"):
            for name, wanted in (("bot", "Choose a bot."), ("text", "Write a message, or choose a stored one.")):
                if name not in self.errors and not said.get(name):
                    self.add_error(name, wanted)
        return said
