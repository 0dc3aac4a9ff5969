"""The chapter about a plan: each step with its result, its sources and the runs that carried it out."""

from __future__ import annotations

from typing import Any

from botplatform.admin import showing
from botplatform.admin.plans import marks
from botplatform.admin.story.cause import Told, is_lapsed, since
from botplatform.admin.story.chapter import Chapter, at, kept, link, page
from botplatform.admin.story.working import Bodies, run_chapter
from botplatform.models import Approval, Plan, PlanStep, Run


def plan_chapter(plan: Told, parts: Bodies, told: Told) -> Chapter:
    """What was planned, and how far it is."""
    arrived = told["update"]["received_at"]
    done = sum(step["state"] == "succeeded" for step in plan["steps"])
    facts = [
        ("made", at(plan["created_at"], arrived)),
        ("finished", at(plan["finished_at"], arrived)),
        ("done", f"{done} of {len(plan['steps'])} steps"),
        ("at the same time", plan["parallel"]),
        ("attempts of a step", plan["attempts"]),
        ("planned by", link(Run, plan["run_id"], f"run {plan['run_id']}")),
    ]
    title = "Plan" if plan["number"] == 1 else f"Plan {plan['number']}"
    steps = [_step(step, parts, told) for step in plan["steps"]]
    return Chapter(f"plan-{plan['id']}", "checklist", f"{title}: {showing.shorten(plan['summary'], 200) or plan['id']}",
                   page(Plan, plan["id"]), showing.label(plan["state"]), kept(facts), plan=steps)  # fmt: skip


def _step(step: Told, parts: Bodies, told: Told) -> dict[str, Any]:
    stuck = is_lapsed(step, told["update"]["asked_at"])
    runs = [run for run in told["runs"] if run["plan_step"] == step["row"]]
    asked = [one for one in told["approvals"] if one["plan_step"] == step["row"]]
    return {
        "row": step["row"],
        "url": page(PlanStep, step["row"]),
        "mark": marks.of(step["state"]),
        "name": showing.visible(step["id"]),
        "description": showing.shorten(step["description"], 300),
        "state": showing.label("stuck" if stuck else step["state"]),
        "facts": kept(_facts(step, told)),
        "error": showing.shorten(step["error"], 1_000),
        "task": showing.bounded(step["task"]),
        "result": showing.bounded(step["result"]),
        "sources": marks.sources(step["sources"]),
        "approvals": [(page(Approval, one["id"]), _asked(one)) for one in asked],
        "runs": [run_chapter(run, parts, told) for run in runs],
    }


def _facts(step: Told, told: Told) -> list[tuple[str, object]]:
    arrived, now = told["update"]["received_at"], told["update"]["asked_at"]
    took = showing.distance((step["finished_at"] or now) - step["started_at"]) if step["started_at"] else ""
    waits = step["state"] in ("waiting", "pending")
    return [
        ("worker", step["worker"]),
        ("after", ", ".join(map(str, step["depends_on"]))),
        ("began", at(step["started_at"], arrived)),
        ("took" if step["finished_at"] else "so far", took),
        ("failed attempts", step["attempts"] or ""),
        ("at", step["process"]),
        ("does", step["said"] if step["state"] == "running" else ""),
        ("waits for", step["waits_for"] if waits else ""),
        (
            "at most until" if step["state"] == "waiting" else "not before",
            since(step["wake_at"]) if waits and step["wake_at"] else "",
        ),
    ]


def _asked(approval: Told) -> str:
    kind = "question" if approval["asks"] else "approval"
    return f"{kind} {approval['number']} ({showing.shorten(approval['tool'], 60)}), {approval['state']}"
