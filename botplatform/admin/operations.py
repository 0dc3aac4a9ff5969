"""What an operator may do to rows: an action of the list, and a button on the row's page. The pipeline does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import slugify
from unfold.widgets import UnfoldAdminTextInputWidget

from botplatform import announcing
from botplatform.admin import showing
from botplatform.admin.auditing import audit, differing, values_of
from botplatform.pipeline.nudging import AT_ONCE, Nudges
from botplatform.pipeline.operating import Outcome

MOST = 100
"""Rows of one action at most, so that a request ends in good time."""
FROM_PAGE = "from_page"


@dataclass(frozen=True, slots=True)
class Result:
    """Whether it took effect, in words, and what to announce."""

    done: bool
    told: str
    note: Callable[[Nudges], None] | None = None


def to_answer(outcome: Outcome) -> Result:
    """The session has something to claim."""
    session_id = outcome.session_id
    note = (lambda nudges: nudges.session(session_id, AT_ONCE)) if session_id is not None else None
    return Result(outcome.done, outcome.told, note)


def to_deliver(outcome: Outcome) -> Result:
    """The session has something to send."""
    session_id = outcome.session_id
    note = (lambda nudges: nudges.delivery(session_id, AT_ONCE)) if session_id is not None else None
    return Result(outcome.done, outcome.told, note)


def to_answer_and_deliver(outcome: Outcome) -> Result:
    """Both."""
    session_id = outcome.session_id

    def note(nudges: Nudges) -> None:
        if session_id is not None:
            nudges.session(session_id, AT_ONCE)
            nudges.delivery(session_id, AT_ONCE)

    return Result(outcome.done, outcome.told, note)


class WhyForm(forms.Form):
    """For the audit log."""

    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        help_text="For the audit log.",
        widget=UnfoldAdminTextInputWidget(),
    )


@dataclass(frozen=True, slots=True)
class Asks:
    """What an operation asks for on the page where it is confirmed."""

    form: type[forms.Form]
    """Its cleaned fields go to `perform` by their names."""
    seen: Callable[[Any], str] = lambda row: ""
    """What the page shows of a row, as a short text; it comes back to `perform` as `seen`."""
    shown: Callable[[Any], object] = showing.anchor
    """A row on that page."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to do. `perform` gets a row's id and the operator's name; each row is asked again whether it may."""

    name: str
    title: str
    permission: str
    explanation: str
    """Shown before it is done."""
    perform: Callable[..., Awaitable[Result]]
    """What `asks` brought in comes as keywords."""
    offered: Callable[[Any], bool] = lambda row: True
    """Whether the row's page has a button for it."""
    asks: Asks | None = None
    confirm: bool = True
    """Whether even one row is confirmed first, with a reason for the audit log."""

    do_not_call_in_templates: ClassVar[bool] = True

    def allowed(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission)

    def __call__(self, console: Any, request: HttpRequest, chosen: QuerySet[Model]) -> HttpResponse | None:
        """As an action of Django's list, which offers it to those allowed alone."""
        rows = list((chosen.defer(None) if self.asks else chosen).order_by("pk")[: MOST + 1])
        if len(rows) > MOST:
            messages.error(request, f"At most {MOST} at a time, please. Nothing was done.")
            return None
        confirmed = "confirmed" in request.POST
        form = self.asks.form(request.POST if confirmed else None) if self.asks else None
        why = WhyForm(request.POST if confirmed else None)
        must_ask = self.confirm or form is not None or len(rows) > 1
        if must_ask and not (confirmed and why.is_valid() and (form is None or form.is_valid())):
            return self._confirmation(console, request, rows, form, why)
        reason = why.cleaned_data["why"] if confirmed and why.is_valid() else ""
        self._perform_all(console, request, rows, form, reason)
        if len(rows) == 1 and FROM_PAGE in request.POST:
            return HttpResponseRedirect(back_to(request) or showing.page_of(rows[0]))
        return None

    def _confirmation(
        self, console: Any, request: HttpRequest, rows: Sequence[Model], form: forms.Form | None, why: forms.Form
    ) -> HttpResponse:
        shown, seen = (self.asks.shown, self.asks.seen) if self.asks else (showing.anchor, lambda row: "")
        context = {
            **console.admin_site.each_context(request),
            "title": f"{self.title}?",
            "opts": console.opts,
            "operation": self,
            "rows": [(row.pk, str(row._meta.verbose_name), shown(row), seen(row)) for row in rows],
            "form": form,
            "why": why,
            "next": back_to(request),
            "from_page": FROM_PAGE in request.POST,
            "back": (back_to(request) or showing.page_of(rows[0]))
            if FROM_PAGE in request.POST
            else request.get_full_path(),
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/confirm_operation.html", context)

    def _perform_all(
        self, console: Any, request: HttpRequest, rows: Sequence[Model], form: forms.Form | None, why: str
    ) -> None:
        by, nudges = request.user.get_username(), Nudges()
        given = [self._given(request, row, form) for row in rows]
        before = {row.pk: values_of(row) for row in rows}
        results = async_to_sync(self._each)([row.pk for row in rows], by, given)
        after = {row.pk: values_of(row) for row in type(rows[0])._base_manager.filter(pk__in=before)} if rows else {}
        for row, result in zip(rows, results, strict=True):
            say = messages.success if result.done else messages.warning
            say(request, sentence(row, result))
            was, now = differing(before[row.pk], {name: after.get(row.pk, {}).get(name) for name in before[row.pk]})
            audit(request, row, f"{row._meta.model_name}.{self.name}", before=was, after=now, why=why, told=result.told,
                  took_effect=result.done)  # fmt: skip
            if result.note:
                result.note(nudges)
        announcing.announce(nudges)

    def _given(self, request: HttpRequest, row: Model, form: forms.Form | None) -> dict[str, Any]:
        return {**form.cleaned_data, "seen": request.POST.get(f"seen_{row.pk}", "")} if form else {}

    async def _each(self, ids: Sequence[int], by: str, given: Sequence[dict[str, Any]]) -> list[Result]:
        return [await self.perform(pk, by, **more) for pk, more in zip(ids, given, strict=True)]


def back_to(request: HttpRequest) -> str:
    """Where the operator came from, if that is a page of ours."""
    address = request.POST.get("next", "")
    return address if url_has_allowed_host_and_scheme(address, {request.get_host()}) else ""


def sentence(row: Model, result: Result) -> str:
    """What became of a row."""
    return f"{str(row._meta.verbose_name).capitalize()} {row.pk} {result.told.removesuffix('.')}."


def tell(console: Any, request: HttpRequest, row: Model, title: str, result: Result) -> None:
    """The same for a page of one's own, written down too."""
    say = messages.success if result.done else messages.warning
    say(request, sentence(row, result))
    audit(request, row, f"{row._meta.model_name}.{slugify(title)}", told=result.told, took_effect=result.done)
