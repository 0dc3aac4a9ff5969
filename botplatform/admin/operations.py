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

from botplatform import tasks
from botplatform.admin import showing
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


@dataclass(frozen=True, slots=True)
class Asks:
    """Makes an operation ask on a page of its own, even for one row."""

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
    """Shown before it is done to several rows."""
    perform: Callable[..., Awaitable[Result]]
    """What `asks` brought in comes as keywords."""
    offered: Callable[[Any], bool] = lambda row: True
    """Whether the row's page has a button for it."""
    asks: Asks | None = None

    do_not_call_in_templates: ClassVar[bool] = True

    def allowed(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission)

    def __call__(self, console: Any, request: HttpRequest, chosen: QuerySet[Model]) -> HttpResponse | None:
        """As an action of Django's list: several rows are confirmed first. The list offers it to those allowed alone."""
        rows = list((chosen.defer(None) if self.asks else chosen).order_by("pk")[: MOST + 1])
        if len(rows) > MOST:
            messages.error(request, f"At most {MOST} at a time, please. Nothing was done.")
            return None
        confirmed = "confirmed" in request.POST
        form = self.asks.form(request.POST if confirmed else None) if self.asks else None
        unclear = not form.is_valid() if form else len(rows) > 1 and not confirmed
        if unclear:
            return self._confirmation(console, request, rows, form)
        self._perform_all(console, request, rows, form)
        if len(rows) == 1 and FROM_PAGE in request.POST:
            return HttpResponseRedirect(showing.page_of(rows[0]))
        return None

    def _confirmation(
        self, console: Any, request: HttpRequest, rows: Sequence[Model], form: forms.Form | None
    ) -> HttpResponse:
        shown, seen = (self.asks.shown, self.asks.seen) if self.asks else (showing.anchor, lambda row: "")
        context = {
            **console.admin_site.each_context(request),
            "title": f"{self.title}?",
            "opts": console.opts,
            "operation": self,
            "rows": [(row.pk, str(row._meta.verbose_name), shown(row), seen(row)) for row in rows],
            "form": form,
            "from_page": FROM_PAGE in request.POST,
            "back": showing.page_of(rows[0]) if FROM_PAGE in request.POST else request.get_full_path(),
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/confirm_operation.html", context)

    def _perform_all(self, console: Any, request: HttpRequest, rows: Sequence[Model], form: forms.Form | None) -> None:
        by, nudges = request.user.get_username(), Nudges()
        given = [self._given(request, row, form) for row in rows]
        results = async_to_sync(self._each)([row.pk for row in rows], by, given)
        for row, result in zip(rows, results, strict=True):
            tell(console, request, row, self.title, result)
            if result.note:
                result.note(nudges)
        tasks.announce(nudges)

    def _given(self, request: HttpRequest, row: Model, form: forms.Form | None) -> dict[str, Any]:
        return {**form.cleaned_data, "seen": request.POST.get(f"seen_{row.pk}", "")} if form else {}

    async def _each(self, ids: Sequence[int], by: str, given: Sequence[dict[str, Any]]) -> list[Result]:
        return [await self.perform(pk, by, **more) for pk, more in zip(ids, given, strict=True)]


def tell(console: Any, request: HttpRequest, row: Model, title: str, result: Result) -> None:
    """Say what became of a row, and note it in the row's history if it took effect."""
    say = messages.success if result.done else messages.warning
    say(request, f"{str(row._meta.verbose_name).capitalize()} {row.pk} {result.told.removesuffix('.')}.")
    if result.done:
        console.log_change(request, row, f"{title}: {result.told}")
