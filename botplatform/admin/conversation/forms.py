"""What operators are asked for in a conversation."""

from __future__ import annotations

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from botplatform.admin.operations import WhyForm
from botplatform.pipeline.holding import LONGEST

__all__ = ["ReleaseForm", "WhyForm"]


class ReleaseForm(forms.Form):
    """How a conversation goes back to its agents."""

    note = forms.CharField(
        label="Note for the agents",
        required=False,
        max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text="They read it before the next message; nobody in the chat sees it. Empty it to tell them nothing.",
    )
    paused = forms.ChoiceField(
        label="Work that was paused",
        choices=[("drop", "is dropped: I have answered it"), ("resume", "goes on where it stopped")],
        initial="drop",
        widget=UnfoldAdminRadioSelectWidget(),
    )
