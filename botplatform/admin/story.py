"""The story of one update, as `explain` tells it."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.admin.panels import may_view
from botplatform.models import Approval, Batch, Reply, Route, Run, Session, Step, Update
from botplatform.pipeline.explaining import explain


def story_link(update_id: int, text: str) -> SafeString:
    """A link to the story."""
    url = reverse("admin:botplatform_update_story", args=[update_id])
    return format_html('<a class="text-link" href="{}">{}</a>', url, text)


def story_view(request: HttpRequest, update_id: int) -> HttpResponse:
    """The page; for those who may see every kind of row that it quotes."""
    if not may_view(request, Update, Session, Batch, Route, Run, Step, Approval, Reply):
        raise PermissionDenied
    told = async_to_sync(explain)(update_id)
    if told is None:
        raise Http404(f"There is no update {update_id}.")
    context = {
        **admin.site.each_context(request),
        "title": f"Story of update {update_id}",
        "opts": Update._meta,
        "chapters": _chapters(told),
    }
    return TemplateResponse(request, "admin/story.html", context)


def _chapters(told: dict[str, Any]) -> list[dict[str, Any]]:
    """In the order in which things happened."""
    update, session, batch, route = told["update"], told["session"], told["batch"], told["route"]
    chapters = [_update(update)]
    if session:
        title = session["title"] or session["key"]
        chapters.append(
            _chapter(Session, session["id"], f"Conversation {title}", session["mode"], [("key", session["key"])])
        )
    if batch:
        chapters.append(_batch(batch))
    if route:
        chapters.append(_route(route))
    chapters += [_reply(reply) for reply in told["placeholders"]]
    chapters += [_run(run) for run in told["runs"]]
    chapters += [_approval(approval) for approval in told["approvals"]]
    return chapters + [_reply(reply) for reply in told["replies"]]


def _chapter(model: Any, pk: int, title: str, state: str, facts: list[tuple[str, Any]], **more: Any) -> dict[str, Any]:
    url = showing.page_of(model(pk=pk))
    return {"title": showing.visible(title), "url": url, "state": showing.label(state), "facts": _facts(facts), **more}


def _facts(facts: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(name, showing.visible(str(value))) for name, value in facts if value not in (None, "")]


def _update(update: dict[str, Any]) -> dict[str, Any]:
    facts = [
        ("bot", update["bot"]),
        ("kind", update["kind"]),
        ("external id", update["external_id"]),
        ("received", showing.full_moment(update["received_at"])),
        ("request id", update["request_id"]),
        ("why", update["reason"]),
    ]
    return _chapter(
        Update,
        update["id"],
        f"Update {update['id']} came in",
        update["state"],
        facts,
        text=showing.bounded(update["text"]),
    )


def _batch(batch: dict[str, Any]) -> dict[str, Any]:
    facts = [
        ("messages", batch["size"]),
        ("opened", showing.full_moment(batch["opened_at"])),
        ("claimed", showing.full_moment(batch["claimed_at"])),
        ("finished", showing.full_moment(batch["finished_at"])),
        ("failed attempts", batch["attempts"] or ""),
        ("reason", batch["reason"]),
        ("error", batch["error"]),
    ]
    others = [story_link(pk, f"update {pk}") for pk in batch["updates"]] if len(batch["updates"]) > 1 else []
    return _chapter(Batch, batch["id"], f"Batch {batch['id']} answers it", batch["state"], facts, others=others)


def _route(route: dict[str, Any]) -> dict[str, Any]:
    facts = [
        ("rule", route["rule"]),
        ("decided in", f"{route['latency_ms']} ms"),
        ("model", route["model"]),
        ("note", route["note"]),
    ]
    return {
        "title": f"Went to {route['target']}",
        "state": showing.label(route["method"]),
        "facts": _facts(facts),
    }


def _run(run: dict[str, Any]) -> dict[str, Any]:
    facts = [
        ("agent", f"{run['agent']} v{run['config_version']}" if run["config_version"] else run["agent"]),
        ("worker", run["worker"]),
        ("started", showing.full_moment(run["started_at"])),
        ("finished", showing.full_moment(run["finished_at"])),
        ("note", run["note"]),
        ("error", run["error"]),
    ]
    steps = [{**step, "url": showing.page_of(Step(pk=step["id"])), "label": showing.label(step["state"]),
              "name": showing.visible(step["name"]), "error": showing.shorten(step["error"], 200)} for step in run["steps"]]  # fmt: skip
    return _chapter(Run, run["id"], f"Run {run['id']}", run["state"], facts, steps=steps)


def _approval(approval: dict[str, Any]) -> dict[str, Any]:
    facts = [
        ("risk", approval["risk"]),
        ("why", approval["reason"]),
        ("who decides", approval["decider"]),
        ("asked", showing.full_moment(approval["created_at"])),
        ("decided by", approval["decided_by"] and f"{approval['decided_by']}, {approval['decided_via']}"),
        ("decided", showing.full_moment(approval["decided_at"])),
        ("comment", approval["comment"]),
        ("executed", showing.full_moment(approval["executed_at"])),
    ]
    title = f"Approval {approval['number']}: {approval['tool']}"
    text = showing.pretty(approval["arguments"]) if approval["arguments"] else ""
    return _chapter(Approval, approval["id"], title, approval["state"], facts, text=text)


def _reply(reply: dict[str, Any]) -> dict[str, Any]:
    part = f", part {reply['part']}" if reply["part"] > 1 else ""
    facts = [
        ("made", showing.full_moment(reply["created_at"])),
        ("sent", showing.full_moment(reply["sent_at"])),
        ("provider's id", reply["provider_id"]),
        ("failed tries", reply["attempts"] or ""),
        ("error", reply["error"]),
    ]
    title = f"{reply['kind'].capitalize()}{part} (reply {reply['id']})"
    return _chapter(Reply, reply["id"], title, reply["state"], facts, text=showing.bounded(reply["text"]))
