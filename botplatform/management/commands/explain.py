from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from decimal import Decimal
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError

from botplatform.pipeline.explaining import explain
from botplatform.pipeline.plans.showing import MARKS


class Command(BaseCommand):
    help = "The story of one update: what came in, why it was answered or not, runs, steps, replies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("update_id", type=int)
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *, update_id: int, **options: Any) -> None:
        story = async_to_sync(explain)(update_id)
        if story is None:
            raise CommandError(f"There is no update {update_id}.")
        if options["json"]:
            self.stdout.write(json.dumps(story, default=_plain, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(story)))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _lines(story: dict[str, Any]) -> list[str]:
    update, session, batch, route = story["update"], story["session"], story["batch"], story["route"]
    lines = [f"update {update['id']}  {update['bot']}  {update['kind']}  external id {update['external_id']}"]
    lines.append(f"  received {update['received_at']:%Y-%m-%d %H:%M:%S}, {update['state']}{_because(update['reason'])}")
    lines.append(f"  request {update['request_id']}: {update['text'][:120]!r}")
    if session:
        lines.append(f"session {session['id']}  {session['key']}  {session['title']}  ({session['mode']})")
    if batch:
        lines.append(
            f"batch {batch['id']}  {batch['state']}, {batch['size']} messages, {batch['attempts']} failed attempts"
        )
        lines += [f"  {said}" for said in (batch["waits_for"], batch["reason"], batch["error"]) if said]
    if route:
        lines.append(_route(route))
    for run in story["runs"]:
        if run["plan_step"] is None:
            lines += _run(run)
    for plan in (*story["plans"], *filter(None, [story["plan"]])):
        lines += _plan(plan, story["runs"])
    lines += [_reply(reply) for reply in (*story["placeholders"], *story["replies"])]
    return lines


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _route(route: dict[str, Any]) -> str:
    said = route["classification"]
    why = route["rule"] or (f"{said['type']}, {said['category']}, {said['complexity']}" if said else "")
    how = f"{route['method']} ({why})" if why else route["method"]
    return f"route  {how} → {route['target']}{_because(route['note'])}"


def _run(run: dict[str, Any]) -> list[str]:
    agent = f"{run['agent']} v{run['config_version']}"
    line = f"run {run['id']}  {run['state']}  {agent}  {run['worker']}{_because(run['error'])}"
    return [line, *(_step(step) for step in run["steps"])]


def _plan(plan: dict[str, Any], runs: list[dict[str, Any]]) -> list[str]:
    """Its steps, and below each the runs that carried it out."""
    lines = [f"plan {plan['number']}  {plan['state']}, {len(plan['steps'])} steps{_because(plan['summary'])}"]
    for step in plan["steps"]:
        after = f", after {' '.join(step['depends_on'])}" if step["depends_on"] else ""
        said = step["error"] or step["waits_for"] or step["result"][:80]
        attempts = f", {step['attempts']} failed attempts" if step["attempts"] else ""
        mark = MARKS[step["state"]]
        lines.append(
            f"  {mark} {step['id']} ({step['worker']}{after})  {step['state']}{attempts}: {step['description']}"
        )
        lines += [f"    {said!r}"] if said else []
        mine = [run for run in runs if run["plan_step"] == step["row"]]
        lines += [f"    {line}" for run in mine for line in _run(run)]
    return lines


def _step(step: dict[str, Any]) -> str:
    tokens = (
        f"{step['tokens_in']}+{step['tokens_out']} tokens, ${step['cost_usd']:.6f}, " if step["kind"] == "model" else ""
    )
    return f"  {step['kind']} {step['name']}  {step['state']}, {tokens}{step['ms']} ms{_because(step['error'])}"


def _reply(reply: dict[str, Any]) -> str:
    receipt = f"  provider's id {reply['provider_id']}" if reply["provider_id"] else ""
    return f"{reply['kind']} part {reply['part']}  {reply['state']}{receipt}{_because(reply['error'])}: {reply['text'][:80]!r}"
