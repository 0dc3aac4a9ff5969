"""What operators do in a conversation beyond looking: write through the bot, hand it back, block people."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse

from botplatform import announcing
from botplatform.admin import operations, showing
from botplatform.admin.auditing import audit, differing, values_of
from botplatform.admin.base import Shown
from botplatform.admin.conversation import page, people
from botplatform.admin.conversation.forms import ReleaseForm, WhyForm
from botplatform.admin.operations import Result
from botplatform.models import Batch, Session
from botplatform.pipeline import holding, operating
from botplatform.pipeline.nudging import Nudges
from botplatform.pipeline.operating import Outcome

UNSENT = "unsent-{}"
Told = Callable[[Outcome], Result]


def write_view(console: Any, request: HttpRequest, session_id: int) -> HttpResponse:
    """Say something through the bot; what could not be said stands in the box again."""
    session = _allowed(console, request, session_id, page.HOLD)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    text = request.POST.get("text", "").replace("\r\n", "\n")
    doing = holding.write(session.pk, text, by=request.user.get_username())
    if not _perform(request, session, "write", doing, operations.to_deliver, said={"text": text}):
        request.session[UNSENT.format(session.pk)] = text[: holding.LONGEST]
    return HttpResponseRedirect(f"{showing.page_of(session)}#write")


def release_view(console: Any, request: HttpRequest, session_id: int) -> HttpResponse:
    """Hand the conversation back to the agents, with a note for them."""
    session = _allowed(console, request, session_id, page.HOLD)
    paused = session.batches.filter(state=Batch.State.WAITING, wake_at=None).count()
    form = ReleaseForm(request.POST or None, initial={"note": async_to_sync(holding.summary)(session.pk)})
    if request.method == "POST" and form.is_valid():
        note, resume = form.cleaned_data["note"], form.cleaned_data["paused"] == "resume"
        doing = holding.release(session.pk, by=request.user.get_username(), note=note, resume=resume)
        _perform(request, session, "release", doing, operations.to_answer_and_deliver, said={"note": note})
        return HttpResponseRedirect(showing.page_of(session))
    if session.mode != Session.Mode.HELD:
        messages.warning(request, f"Session {session.pk} is not taken over.")
        return HttpResponseRedirect(showing.page_of(session))
    explanation = f"The agents of {showing.visible(str(session.bot))} answer again from the next message on."
    if session.held_by != request.user.get_username():
        explanation += f" It is {showing.shorten(session.held_by, 80)} who holds it now."
    more = {"form": form, "explanation": explanation, "paused": paused, "verb": "Release"}
    return _asking(console, request, session, "Release this conversation?", more)


def person_view(console: Any, request: HttpRequest, session_id: int) -> HttpResponse:
    """Block somebody who takes part, or let him talk again."""
    session = _allowed(console, request, session_id, page.CHANGE)
    person = people.find(session, request.GET.get("id", ""))
    if person is None:
        raise Http404("Nobody of this id has written here lately.")
    change = operating.unblock_person if person.blocked else operating.block_person
    name, verb = ("unblock", "Unblock") if person.blocked else ("block", "Block")
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        by, why = request.user.get_username(), form.cleaned_data["why"]
        doing = change(session.pk, person.id, by=by)
        _perform(request, session, f"{name}_person", doing, operations.to_answer, said={"person": person.id}, why=why)
        return HttpResponseRedirect(showing.page_of(session))
    bot = showing.visible(str(session.bot))
    explanation = f"{bot} listens to {person.shown} again." if person.blocked else (
        f"{bot} ignores what {person.shown} writes, here and in its other conversations."
    )  # fmt: skip
    more = {"form": form, "explanation": explanation, "verb": verb}
    return _asking(console, request, session, f"{verb} {person.shown}?", more)


def _allowed(console: Any, request: HttpRequest, session_id: int, permission: str) -> Session:
    """The session, if the signed-in person may see it and do this to it."""
    session = page.the(console, request, session_id)
    if not request.user.has_perm(permission):
        raise PermissionDenied
    return session


def _asking(
    console: Any, request: HttpRequest, session: Session, title: str, more: Mapping[str, object]
) -> HttpResponse:
    context = {
        **console.admin_site.each_context(request),
        "title": title,
        "opts": console.opts,
        "original": Shown(session),
        "back": showing.page_of(session),
        **more,
    }
    return TemplateResponse(request, "admin/conversation/asking.html", context)


def _perform(
    request: HttpRequest, session: Session, name: str, doing: Coroutine[Any, Any, Outcome], to: Told, *,
    said: Mapping[str, object], why: str = "",
) -> bool:  # fmt: skip
    """Do it, tell the operator, write it down, announce what follows. Whether it took effect."""
    before, nudges = {**values_of(session), "blocked_ids": session.bot.blocked_ids}, Nudges()

    async def done() -> Outcome:
        return await doing

    result = to(async_to_sync(done)())
    session = Session.objects.select_related("bot").get(pk=session.pk)
    was, now = differing(before, {**values_of(session), "blocked_ids": session.bot.blocked_ids})
    say = messages.success if result.done else messages.warning
    say(request, operations.sentence(session, result))
    audit(
        request, session, f"session.{name}", before=was, after={**now, **said}, why=why, told=result.told,
        took_effect=result.done,
    )  # fmt: skip
    if result.note:
        result.note(nudges)
    announcing.announce(nudges)
    return result.done
