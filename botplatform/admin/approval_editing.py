"""Edit and approve: the call is made with the arguments that an operator wrote in the place of the agent's."""

from __future__ import annotations

import json
import re
from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextareaWidget

from agents.registry import TOOLS
from agents.schema import unfit
from botplatform import announcing
from botplatform.admin import operations, showing
from botplatform.admin.approval_operations import PERMISSION, comment_field, is_open
from botplatform.admin.base import Shown
from botplatform.admin.scoping import within
from botplatform.models import Approval
from botplatform.pipeline import operating
from botplatform.pipeline.nudging import Nudges

TITLE = "Edit and approve"
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def written(arguments: object) -> str:
    """Arguments as JSON to edit; what nobody could see is written as \\u escapes, which mean the same."""
    return showing.escaped(json.dumps(arguments, indent=2, ensure_ascii=False))


def read(text: str) -> dict[str, Any]:
    """The JSON object that somebody wrote. Raises ValueError with what is wrong."""
    try:
        value = json.loads(text)
        stored = json.dumps(value, allow_nan=False)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ValueError(f"This is not JSON that can be stored: {error}") from None
    if not isinstance(value, dict):
        raise ValueError('Write a JSON object, such as {"name": "value"}.')
    if _NUL.search(stored):
        raise ValueError("The character U+0000 cannot be stored.")
    return value


class EditForm(forms.Form):
    """Arguments that fit the tool's schema."""

    arguments = forms.CharField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 16, "spellcheck": "false", "class": "console-code"}),
        help_text="A JSON object. The call is made with exactly this.",
    )
    comment = comment_field()
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, tool: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tool = tool

    def clean_arguments(self) -> dict[str, Any]:
        if self._tool not in TOOLS:
            raise forms.ValidationError(f"There is no tool {self._tool} any more.")
        try:
            arguments = read(self.cleaned_data["arguments"])
        except ValueError as error:
            raise forms.ValidationError(showing.visible(str(error))) from None
        if wrong := unfit(TOOLS[self._tool].input_schema, arguments):
            raise forms.ValidationError(f"The tool does not take this: {showing.visible(wrong)}")
        return arguments


def edit_view(console: Any, request: HttpRequest, approval_id: int) -> HttpResponse:
    """The page, for those who may see approvals and decide them."""
    approval = get_object_or_404(within(request.user, Approval.objects.select_related("session__bot")), pk=approval_id)
    if not (console.has_view_permission(request, approval) and request.user.has_perm(PERMISSION)):
        raise PermissionDenied
    if approval.asks:
        messages.warning(request, f"Approval {approval.pk} is a question: it is answered, not edited.")
        return HttpResponseRedirect(showing.page_of(approval))
    if request.method != "POST" and not is_open(approval):
        messages.warning(request, f"Approval {approval.pk} is not open any more.")
        return HttpResponseRedirect(showing.page_of(approval))
    form = _form(request, approval)
    if form.is_valid():
        _decide(console, request, approval, form.cleaned_data)
        return HttpResponseRedirect(showing.page_of(approval))
    context = {
        **console.admin_site.each_context(request),
        "title": f"{TITLE}: {showing.visible(str(approval))}",
        "opts": console.opts,
        "original": Shown(approval),
        "approval": approval,
        "back": showing.page_of(approval),
        "summary": showing.visible(approval.summary),
        "proposed": showing.block(showing.pretty(approval.arguments)),
        "schema": showing.block(showing.pretty(TOOLS[approval.tool].input_schema)) if approval.tool in TOOLS else "",
        "form": form,
    }
    return TemplateResponse(request, "admin/approval_edit.html", context)


def _form(request: HttpRequest, approval: Approval) -> EditForm:
    if request.method == "POST":
        return EditForm(request.POST, tool=approval.tool)
    seen = {"arguments": written(approval.arguments), "seen": approval.arguments_hash}
    return EditForm(initial=seen, tool=approval.tool)


def _decide(console: Any, request: HttpRequest, approval: Approval, said: dict[str, Any]) -> None:
    """What was left as it was is simply approved."""
    edited = said["arguments"] if said["arguments"] != approval.arguments else None
    outcome = async_to_sync(operating.decide_approval)(
        approval.pk,
        approve=True,
        by=request.user.get_username(),
        seen=said["seen"],
        comment=said["comment"],
        edited=edited,
    )
    result, nudges = operations.to_answer_and_deliver(outcome), Nudges()
    operations.tell(console, request, approval, TITLE, result)
    if result.note:
        result.note(nudges)
    announcing.announce(nudges)
