"""play(): one side of a trial, from the route to the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import structlog

from agents.base import AgentError, AgentResult, Parked, SwitchAgent
from agents.registry import AGENTS, TOOLS
from botplatform.pipeline import configs, permitting, routing
from botplatform.pipeline.configs import Published
from botplatform.pipeline.trials.context import CALLS, TrialContext, TrialOver
from botplatform.pipeline.trials.material import Material

log = structlog.get_logger(__name__)

SECONDS = 120
"""The longest trial."""
ANSWER_CHARS = 20_000
Side = dict[str, Any]
"""JSON: `route`, `steps`, `answer`, `note`, `error`, `switch`, `fallback_agent`, `model`, `version`, `ms`, `state`."""
Moved = Callable[[], Awaitable[None]]


async def route(material: Material, router: Published | None = None) -> dict[str, Any]:
    """Which agent the message would go to, and why. `router` is asked in the place of the published one."""
    began = time.monotonic()
    chosen = await routing.decide(material.asked, lambda: None, router)
    said = chosen.classification or {}
    return {
        "method": chosen.method, "target": chosen.target, "rule": chosen.rule, "note": chosen.note, "model": chosen.model,
        "category": said.get("category", ""), "tokens_in": chosen.tokens_in, "tokens_out": chosen.tokens_out,
        "cost_usd": str(chosen.cost_usd), "ms": _since(began),
    }  # fmt: skip


async def play(side: Side, version: Published, material: Material, moved: Moved) -> None:
    """Let the agent answer in memory, and write down in `side` what came of it."""
    settings, began = version.settings, time.monotonic()
    bounded = replace(
        settings, max_steps=min(settings.max_steps, CALLS), max_seconds=min(settings.max_seconds, SECONDS)
    )
    context = TrialContext(
        settings=bounded,
        turns=material.turns,
        pages=material.pages,
        offered_tools=[name for name in settings.tools if name in TOOLS],
        records=material.records,
        policy=permitting.policy,
        ask_from=material.bot.approve_from,
        untrusted=list(material.untrusted),
        notes=material.notes,
        resolve=configs.provider,
        prices=await configs.prices(),
        moved=moved,
    )
    side |= {"steps": context.steps, "model": settings.model, "version": settings.version or None}
    side |= await _outcome(version, context)
    side |= {"ms": _since(began), "fallback_agent": settings.fallback_agent if side.get("error") else ""}


async def _outcome(version: Published, context: TrialContext) -> Side:
    """The answer, or why there is none."""
    try:
        async with asyncio.timeout(SECONDS):
            answer = await AGENTS[version.behaviour].run(context.query, context)
            return await _answered(context, answer)
    except SwitchAgent as wish:
        return {"state": "done", "switch": {"agent": wish.agent, "reason": wish.reason}}
    except AgentError as error:
        return {"state": "failed", "error": str(error), "public": error.public}
    except TrialOver as error:
        return {"state": "failed", "error": str(error)}
    except TimeoutError:
        return {"state": "failed", "error": f"stopped after {SECONDS} seconds, the most that a trial may take"}
    except Parked:
        return {"state": "done", "note": "would wait for a person's decision"}
    except Exception as error:
        log.exception("trial.crashed", agent=context.settings.agent, error=type(error).__name__)
        return {"state": "failed", "error": f"the agent failed ({type(error).__name__})"}


async def _answered(context: TrialContext, answer: AgentResult) -> Side:
    if answer.last_step is not None and answer.last_result is not None:
        await context.finish_step(answer.last_step, answer.last_result)
    return {"state": "done", "answer": answer.text[:ANSWER_CHARS], "note": answer.note}


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
