"""What explain() tells, chapter by chapter, in the order in which things happened."""

from __future__ import annotations

from botplatform.admin import showing
from botplatform.admin.story.cause import Told, all_plans, is_stuck, own_runs
from botplatform.admin.story.chapter import Chapter, at, kept, link, money, page
from botplatform.admin.story.links import story_link
from botplatform.admin.story.planning import plan_chapter
from botplatform.admin.story.working import Bodies, approval_chapter, reply_chapter, run_chapter
from botplatform.models import Batch, Bot, Message, Route, RoutingCase, RoutingVersion, Session, Update


def chapters(told: Told, parts: Bodies) -> list[Chapter]:
    """All of them."""
    found = [_update(told)]
    if told["session"]:
        found.append(_session(told))
    if told["batch"]:
        found.append(_batch(told))
    if told["route"]:
        found.append(_route(told["route"]))
    for run in own_runs(told):
        found.append(run_chapter(run, parts, told))
        found += [plan_chapter(plan, parts, told) for plan in all_plans(told) if plan["run_id"] == run["id"]]
    found += [approval_chapter(one, told) for one in told["approvals"]]
    return found + [
        reply_chapter(one, told)
        for one in sorted((*told["placeholders"], *told["replies"]), key=lambda one: int(one["id"]))
    ]


def _update(told: Told) -> Chapter:
    update = told["update"]
    arrived = update["received_at"]
    facts = [
        ("bot", link(Bot, told["bot"]["id"], update["bot"])),
        ("from", f"{update['author_name']} ({update['author_id']})" if update["author_id"] else update["author_name"]),
        ("kind", update["kind"]),
        ("received", showing.full_moment(update["received_at"])),
        ("receipt shown", at(update["acknowledged_at"], arrived)),
        ("handled", at(update["handled_at"], arrived)),
        ("why", update["reason"]),
        ("reference", update["request_id"]),
        ("provider's id", update["external_id"]),
        ("of the account", update["account_id"]),
        ("second identity", update["dedup_key"]),
        ("provider's message", update["message_id"]),
        ("message", link(Message, update["message"])),
        ("duplicates", "a second delivery under this identity is refused as a duplicate, and leaves no row"),
    ]
    return Chapter("received", "move_to_inbox", f"Update {update['id']} came in", page(Update, update["id"]),
                   showing.label(update["state"]), kept(facts), text=showing.bounded(update["text"]))  # fmt: skip


def _session(told: Told) -> Chapter:
    session, arrived = told["session"], told["update"]["received_at"]
    facts = [
        ("key", session["key"]),
        ("taken over by", session["held_by"] if session["mode"] == "held" else ""),
        ("since", at(session["held_at"], arrived) if session["mode"] == "held" else ""),
        ("sends again", at(session["not_before"], arrived)),
    ]
    title = f"Conversation {session['title'] or session['key']}"
    return Chapter(
        "session",
        "forum",
        showing.visible(title),
        page(Session, session["id"]),
        showing.label(session["mode"]),
        kept(facts),
    )


def _batch(told: Told) -> Chapter:
    batch, update = told["batch"], told["update"]
    arrived = update["received_at"]
    others = [pk for pk in batch["updates"] if pk != update["id"]]
    beside = showing.visible_html(" ".join(story_link(pk, str(pk)) for pk in others[:50]))
    facts = [
        ("messages", batch["size"]),
        ("together with", beside if others else ""),
        ("opened", at(batch["opened_at"], arrived)),
        ("due", at(batch["due_at"], arrived)),
        ("claimed", at(batch["claimed_at"], arrived)),
        ("finished", at(batch["finished_at"], arrived)),
        ("goes on", at(batch["wake_at"], arrived)),
        ("tried again", at(batch["retry_at"], arrived)),
        ("worker", batch["worker"]),
        ("last progress", "" if batch["finished_at"] else at(batch["progress_at"], arrived)),
        ("failed attempts", batch["attempts"] or ""),
        ("lost leases", batch["lost_leases"] or ""),
        ("sent to", batch["sent_to"]),
        ("answers instead", batch["agent"]),
        ("paused agent", batch["paused_agent"]),
        ("waits for", batch["waits_for"] if batch["state"] == "waiting" else ""),
        ("reason", batch["reason"]),
        ("error", batch["error"]),
    ]
    state = "stuck" if is_stuck(batch, update["asked_at"]) else batch["state"]
    return Chapter(
        "batch",
        "stacks",
        f"Batch {batch['id']} answers it",
        page(Batch, batch["id"]),
        showing.label(state),
        kept(facts),
    )


def _route(route: Told) -> Chapter:
    said = route["classification"]
    verdict = route["verdict"] and f"{route['verdict']}, says {route['judged_by'] or 'nobody'}"
    facts = [
        ("pattern", route["rule"]),
        ("patterns in force", link(RoutingVersion, route["version_id"], f"version {route['version']}")),
        ("decided in", f"{route['latency_ms']} ms"),
        ("model", route["model"]),
        ("tokens", f"{route['tokens_in']} + {route['tokens_out']}" if route["model"] else ""),
        ("cost", money(route["cost_usd"]) if route["model"] else ""),
        ("note", route["note"]),
        ("verdict", verdict or "not judged"),
        ("should have been", route["correct_target"]),
        ("routing case", link(RoutingCase, route["case_id"])),
    ]
    folds = [("classification", showing.pretty(said))] if said else []
    return Chapter("route", "alt_route", f"Went to {showing.visible(route['target'])}", page(Route, route["id"]),
                   showing.label(route["method"]), kept(facts), folds=folds)  # fmt: skip
