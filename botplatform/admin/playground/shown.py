"""A trial as its page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from agents.routing.target import ROUTER
from botplatform.admin import showing
from botplatform.models import Trial
from botplatform.pipeline.trials.asking import is_lost

EXCERPT = 90
_TITLES = {"draft": "Draft", "published": "Published"}
_MARKS = {"recorded": "done", "not recorded": "waiting", "would ask for approval": "pending"}


def of(trial: Trial) -> dict[str, Any]:
    """Everything that the fragment needs."""
    lost = is_lost(trial)
    state = "lost" if lost else trial.state
    return {
        "trial": trial,
        "state": showing.label(state),
        "is_over": lost or trial.state in (Trial.State.DONE, Trial.State.FAILED),
        "may_again": lost or trial.state == Trial.State.FAILED,
        "is_queued": trial.state == Trial.State.QUEUED,
        "error": "Its worker has ended without a word." if lost else showing.visible(trial.error),
        "text": showing.bounded(trial.text),
        "by": showing.visible(trial.created_by),
        "when": showing.short_moment(trial.created_at),
        "batch": showing.anchor(trial.batch) if trial.batch else "",
        "sides": [_side(trial, name, trial.sides[name]) for name in _TITLES if name in trial.sides],
        "is_offline": any(str(side.get("model", "")).startswith("offline:") for side in trial.sides.values()),
    }


def _side(trial: Trial, name: str, side: dict[str, Any]) -> dict[str, Any]:
    steps, switch = side.get("steps", []), side.get("switch")
    return {
        "title": f"{_TITLES[name]} (v{side['version']})" if side.get("version") else _TITLES[name],
        "state": showing.label(side.get("state", "running")),
        "route": _route(trial, side.get("route")),
        "answer": showing.bounded(side.get("answer", "")),
        "switch": switch
        and f"Would hand over to {showing.visible(switch['agent'])}: {showing.visible(switch['reason'])}",
        "error": showing.visible(side.get("error", "")),
        "public": showing.visible(side.get("public", "")),
        "fallback": showing.visible(side.get("fallback_agent", "")),
        "facts": _facts(side, steps),
        "steps": [_step(number, step) for number, step in enumerate(steps, 1)],
    }


def _route(trial: Trial, route: dict[str, Any] | None) -> dict[str, Any] | None:
    """The choice, and whether the message would come to this agent at all."""
    if route is None:
        return None
    agent = trial.config.name
    why = {
        "pattern": f"the pattern {route['rule']} matches",
        "model": f"{route['model']} says {route['category'] or 'so'}",
        "direct": "the bot's routing is off",
        "fallback": "the router's model gave no answer",
    }.get(route["method"], route["method"])
    return {
        "target": showing.visible(route["target"]),
        "why": showing.visible(why),
        "note": showing.visible(route["note"]),
        "cost": _cost(route),
        "elsewhere": agent not in (route["target"], ROUTER),
    }


def _facts(side: dict[str, Any], steps: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """What it took."""
    if side.get("state") == "running":
        return []
    tokens_in, tokens_out = (sum(step.get(name, 0) for step in steps) for name in ("tokens_in", "tokens_out"))
    usd = sum((Decimal(step.get("cost_usd", "0")) for step in steps), Decimal(0))
    calls = sum(step["kind"] == "model" for step in steps)
    facts = [
        ("model", showing.visible(side.get("model", ""))),
        ("model calls", str(calls)),
        ("tool calls", str(len(steps) - calls)),
        ("tokens", f"{tokens_in} in, {tokens_out} out"),
        ("cost", f"${usd:.6f}"),
        ("time", f"{side.get('ms', 0) / 1000:.2f} s"),
        ("note", showing.visible(side.get("note", ""))),
    ]
    return [(name, value) for name, value in facts if value]


def _step(number: int, step: dict[str, Any]) -> dict[str, Any]:
    source = step.get("source", "")
    return {
        "number": number,
        "kind": step["kind"],
        "name": showing.visible(step["name"]),
        "state": showing.label(step["state"]),
        "source": showing.label(_MARKS.get(source, ""), source) if source else "",
        "reason": showing.visible(step.get("reason", "")),
        "arguments": showing.pretty(step["arguments"]) if step.get("arguments") else "",
        "said": showing.bounded(step.get("said", "")),
        "cost": _cost(step) if step["kind"] == "model" and step["state"] != "running" else "",
        "error": showing.visible(step.get("error", "")) if step["kind"] == "model" else "",
    }


def _cost(spent: dict[str, Any]) -> str:
    tokens = spent.get("tokens_in", 0) + spent.get("tokens_out", 0)
    money = f"{tokens} tokens, ${Decimal(spent.get('cost_usd', '0')):.6f}, " if tokens else ""
    return f"{money}{spent.get('ms', 0)} ms"
