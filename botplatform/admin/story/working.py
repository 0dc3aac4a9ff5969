"""Chapters about the work: runs with their steps, approvals, replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botplatform.admin import showing
from botplatform.admin.story import bodies, timing
from botplatform.admin.story.cause import Told
from botplatform.admin.story.chapter import Chapter, at, kept, link, money, page
from botplatform.models import AgentConfigVersion, Approval, PlanStep, Reply, Run, Step

Bodies = Mapping[int, dict[str, Any]]
"""Step → what bodies() told of it."""


def run_chapter(run: Told, parts: Bodies, told: Told) -> Chapter:
    """One attempt, step by step."""
    arrived = told["update"]["received_at"]
    agent = f"{run['agent']} v{run['config_version']}" if run["config_version"] else run["agent"]
    ended = run["finished_at"] or told["update"]["asked_at"]
    facts = [
        ("agent", link(AgentConfigVersion, run["config_version_id"], agent) or agent),
        ("took over from", run["switched_from"]),
        ("goes on from", link(Run, run["replaces_id"], f"run {run['replaces_id']}")),
        ("worker", run["worker"]),
        ("started", at(run["started_at"], arrived)),
        ("finished", at(run["finished_at"], arrived)),
        ("took", showing.distance(ended - run["started_at"])),
        ("has read strangers' text from", ", ".join(map(str, run["untrusted"] or []))),
        ("has read private text from", ", ".join(map(str, run["private"] or []))),
        ("note", run["note"]),
        ("error", run["error"]),
    ]
    bars = timing.steps(run, told["update"]["asked_at"])
    steps = [_step(step, bar, parts.get(step["id"])) for step, bar in zip(run["steps"], bars, strict=False)]
    more = f"{len(run['steps']) - len(steps)} more steps on the run's page" if len(run["steps"]) > len(steps) else ""
    return Chapter(f"run-{run['id']}", "play_circle", f"Run {run['id']}", page(Run, run["id"]), showing.label(run["state"]),
                   kept(facts), steps=steps, more=more)  # fmt: skip


def _step(step: Told, bar: timing.Bar, body: dict[str, Any] | None) -> dict[str, Any]:
    model = step["kind"] == "model"
    return {
        "id": step["id"],
        "url": page(Step, step["id"]),
        "state": showing.label(step["state"]),
        "kind": step["kind"],
        "name": showing.visible(step["name"]),
        "tokens": f"{step['tokens_in']} + {step['tokens_out']} tokens" if model else "",
        "cost": money(step["cost_usd"]) if model else "",
        "took": f"{step['ms']} ms" if step["finished_at"] or step["ms"] else f"{bar.took} so far",
        "stopped": showing.visible(step["stop_reason"]),
        "error": showing.shorten(step["error"], 500),
        "bar": bar,
        "folds": bodies.folds(step, body),
    }


def approval_chapter(approval: Told, told: Told) -> Chapter:
    """Who was asked what, and what was decided by whom, by what way."""
    arrived = told["update"]["received_at"]
    by, via = approval["decided_by"], approval["decided_via"]
    facts = [
        ("asks" if approval["asks"] else "asks to", approval["summary"]),
        ("options", "; ".join(map(str, approval["options"] or []))),
        ("risk", approval["risk"]),
        ("why", approval["reason"]),
        ("who decides", approval["decider"]),
        ("asked", at(approval["created_at"], arrived)),
        ("expires", at(approval["expires_at"], arrived) if approval["state"] == "pending" else ""),
        ("decided by", f"{by}, by {via}" if by and via else by),
        ("decided", at(approval["decided_at"], arrived)),
        ("answer" if approval["asks"] else "comment", approval["comment"]),
        ("executed", at(approval["executed_at"], arrived)),
        ("run", link(Run, approval["run_id"], f"run {approval['run_id']}")),
        ("step of the plan", link(PlanStep, approval["plan_step"], f"plan step {approval['plan_step']}")),
    ]
    folds = [("arguments", showing.pretty(approval["arguments"]))] if approval["arguments"] else []
    if approval["proposed"] is not None:
        folds.append(("as the agent proposed it", showing.pretty(approval["proposed"])))
    kind = "Question" if approval["asks"] else "Approval"
    title = f"{kind} {approval['number']}: {showing.visible(approval['tool'])}"
    return Chapter(f"approval-{approval['id']}", "approval", title, page(Approval, approval["id"]), showing.label(approval["state"]),
                   kept(facts), folds=folds)  # fmt: skip


def reply_chapter(reply: Told, told: Told) -> Chapter:
    """What was to be sent, and the provider's receipt."""
    arrived = told["update"]["received_at"]
    part = f", part {reply['part']}" if reply["part"] > 1 else ""
    facts = [
        ("made", at(reply["created_at"], arrived)),
        ("sent", at(reply["sent_at"], arrived)),
        ("provider's receipt", reply["provider_id"]),
        ("replaces the message", reply["edits"]),
        ("answers the message", reply["reply_to"]),
        ("written by", reply["sent_by"]),
        ("failed tries", reply["attempts"] or ""),
        ("not before", at(reply["not_before"], arrived) if reply["state"] == "pending" else ""),
        ("answered anew", at(reply["replaced_at"], arrived)),
        ("error", reply["error"]),
        ("run", link(Run, reply["run_id"], f"run {reply['run_id']}")),
    ]
    title = f"{reply['kind'].capitalize()}{part} (reply {reply['id']})"
    return Chapter(f"reply-{reply['id']}", "outbox", title, page(Reply, reply["id"]), showing.label(reply["state"]), kept(facts),
                   text=showing.bounded(reply["text"]))  # fmt: skip
