"""Making a plan: asked for once, mended once, and what may follow when steps of it have failed."""

from __future__ import annotations

import json
from dataclasses import replace

import structlog

from agents.asking import Asked, Formless, ask
from agents.base import PlanDraft, PlanReport, RunContext
from agents.planning.checking import Unsound, check
from agents.planning.schema import further_form, plan_form
from agents.plans import PlannedStep, StepReport, StepStanding
from agents.prompt import Message
from agents.resuming import succeeded as answered
from agents.structured import object_in
from agents.synthesis.results import messages_with, results, succeeded
from agents.text import cut_middle, untrusted

log = structlog.get_logger(__name__)

REPLANS_AT_MOST = 2
PLAN, REPAIR, FURTHER = "plan", "plan-repair", "plan-further"
"""Purposes of model calls, as their steps store them; a number follows the last."""
CARRIED_CHARS = 8_000
"""Of one earlier result, where a further step builds on it."""

PLANNING = """\
You are planning now. These workers are there, each with tools of its own; they see neither this conversation nor each \
other, only the task that you write and the results of the steps that it depends on:
{workers}

Answer with nothing but one JSON object: {{"summary", "steps": [{{"id", "description", "worker", "task", "depends_on"}}]}}."""
GOING_ON = """\
A plan has been carried out, and steps of it have failed. Decide whether something else is worth trying first (next: \
"steps", with new ids; a step may depend on earlier steps that have succeeded) or whether to answer with what there is \
(next: "answer", without steps). Do not try again what has failed for a reason that will not go away. The workers:
{workers}

Answer with nothing but one JSON object: {{"next", "summary", "steps": [{{"id", "description", "worker", "task", "depends_on"}}]}}."""
MENDING = "This plan cannot be carried out:\n{problems}\n\nWrite the whole plan again, without these mistakes."


class NoPlan(Exception):
    """No plan could be made. The message may be shown."""


async def plan(context: RunContext, prompt: str) -> PlanDraft:
    """A plan for what is to be answered. Raises NoPlan, and AgentError when no model answers."""
    if not context.workers:
        raise NoPlan("nobody here can carry out steps")
    system = f"{prompt}\n\n{PLANNING.format(workers=_workers(context))}"
    form = plan_form(context.workers)
    messages = messages_with(context)
    await context.progress("Making a plan …")
    try:
        asked = await ask(context, form, purpose=PLAN, system=system, messages=messages)
        try:
            return check(asked.value, workers=context.workers)
        except Unsound as error:
            log.info("plan.unsound", problems=error.problems)
            mended = [*messages, *mending(asked, error)]
        asked = await ask(context, form, purpose=REPAIR, system=system, messages=mended)
        return check(asked.value, workers=context.workers)
    except Formless as error:
        raise NoPlan("the model gave no plan") from error
    except Unsound as error:
        log.info("plan.unsound", problems=error.problems)
        raise NoPlan("the plan that the model made cannot be carried out") from error


async def further(context: RunContext, plan: PlanReport, prompt: str) -> PlanDraft | None:
    """Further steps after steps of the latest plan have failed; None to answer with what there is.

    Raises AgentError when no model answers.
    """
    if plan.replans >= REPLANS_AT_MOST or not context.workers or not _failed(context, plan):
        return None
    system = f"{prompt}\n\n{GOING_ON.format(workers=_workers(context))}"
    purpose = f"{FURTHER}-{plan.replans + 1}"
    messages = messages_with(context, results(plan.steps))
    try:
        asked = await ask(context, further_form(context.workers), purpose=purpose, system=system, messages=messages)
        if asked.value.get("next") != "steps":
            return None
        done = succeeded(plan)
        finished = [step.id for step in done]
        draft = check(asked.value, workers=context.workers, taken=[step.id for step in plan.steps], finished=finished)
    except (Formless, Unsound) as error:
        log.info("plan.not_made_anew", reason=str(error))
        return None
    return replace(draft, steps=tuple(_carrying(step, done) for step in draft.steps))


def mending(asked: Asked, error: Unsound) -> list[Message]:
    """What follows an answer that cannot be used: the answer, and what is wrong with it."""
    problems = "\n".join(f"- {problem}" for problem in error.problems)
    return [
        {"role": "assistant", "content": json.dumps(asked.value, ensure_ascii=False)},
        {"role": "user", "content": MENDING.format(problems=problems)},
    ]


def _workers(context: RunContext) -> str:
    return "\n".join(f"- {name}: {does}" for name, does in context.workers.items())


def _failed(context: RunContext, plan: PlanReport) -> bool:
    """Whether a step of the latest plan has failed; of those before it that has been considered."""
    latest = _ids_of_latest(context, plan)
    return any(step.state is StepStanding.FAILED and (not latest or step.id in latest) for step in plan.steps)


def _ids_of_latest(context: RunContext, plan: PlanReport) -> set[str]:
    stored = answered(context, f"{FURTHER}-{plan.replans}")
    if not stored:
        return set()
    steps = object_in(stored[-1].response.get("content", [])).get("steps", [])
    return {str(step.get("id", "")).strip() for step in steps}


def _carrying(step: PlannedStep, done: list[StepReport]) -> PlannedStep:
    """A step that builds on earlier plans' results has them in its task: a plan's steps depend on each other only."""
    earlier = {each.id: each for each in done}
    carried = [earlier[name] for name in step.depends_on if name in earlier]
    parts = [untrusted(cut_middle(each.result, CARRIED_CHARS), source=f"result of {each.id}") for each in carried]
    own = tuple(name for name in step.depends_on if name not in earlier)
    return replace(step, task="\n\n".join([step.task, *parts]), depends_on=own)
