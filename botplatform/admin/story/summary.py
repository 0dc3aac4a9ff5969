"""The story in one paragraph: what came in, who answered, in how long, for how much."""

from __future__ import annotations

from decimal import Decimal

from botplatform.admin import showing
from botplatform.admin.story.cause import Told, all_plans, answers, own_runs
from botplatform.admin.story.chapter import money
from botplatform.admin.story.why import is_answered


def summary(told: Told) -> str:
    """Plain words; safe to show, once escaped."""
    return showing.visible(" ".join(filter(None, (_came_in(told), _answered(told), _effort(told)))))


def _came_in(told: Told) -> str:
    update, session = told["update"], told["session"]
    who = update["author_name"] or update["author_id"] or "Somebody"
    where = f" in {session['title'] or session['key']}" if session else ""
    batch = told["batch"]
    beside = f", together with {_many(batch['size'] - 1, 'other message')}" if batch and batch["size"] > 1 else ""
    return f"{who} wrote to {update['bot']}{where} at {update['received_at']:%Y-%m-%d %H:%M:%S} UTC{beside}."


def _answered(told: Told) -> str:
    if not is_answered(told):
        return ""
    replies = answers(told)
    after = showing.distance(
        min(one["sent_at"] or one["created_at"] for one in replies) - told["update"]["received_at"]
    )
    parts = f" in {len(replies)} parts" if len(replies) > 1 else ""
    if replies[0]["kind"] == "operator":
        return f"{replies[0]['sent_by'] or 'An operator'} answered through the bot after {after}."
    runs = own_runs(told)
    run = runs[-1] if runs else None
    if replies[0]["kind"] == "notice" or run is None:
        return f"The platform itself answered after {after}{parts}."
    steps = sum(len(plan["steps"]) for plan in all_plans(told))
    planned = f", with a plan of {_many(steps, 'step')}" if steps else ""
    return f"{run['agent']} answered after {after}{parts}{planned}."


def _effort(told: Told) -> str:
    steps = [step for run in told["runs"] for step in run["steps"]]
    route = told["route"]
    if not steps and not (route and route["model"]):
        return ""
    models = [step for step in steps if step["kind"] == "model"]
    cost = sum((step["cost_usd"] for step in models), Decimal(0)) + (route["cost_usd"] if route else 0)
    tokens_in = sum(step["tokens_in"] for step in models) + (route["tokens_in"] if route else 0)
    tokens_out = sum(step["tokens_out"] for step in models) + (route["tokens_out"] if route else 0)
    runs = f" in {len(told['runs'])} runs" if len(told["runs"]) > 1 else ""
    calls = f"{_many(len(models), 'model call')} and {_many(len(steps) - len(models), 'tool call')}{runs}"
    return f"That took {calls}, {tokens_in:,} + {tokens_out:,} tokens, {money(cost)} with the routing."


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
