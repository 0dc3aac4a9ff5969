"""Workers and planning agents of one line, and the way of a plan step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from agents.base import Agent, AgentError, AgentResult, PlanDraft, RunContext, Worker, WorkerInput, WorkerResult
from agents.plans import PlannedStep
from botplatform.models import PlanStep
from botplatform.pipeline import db
from botplatform.pipeline.plans import claiming, working
from botplatform.pipeline.plans.advancing import Next
from botplatform.pipeline.plans.claiming import StepWork


def step(key: str, *after: str, worker: str = "research", task: str = "") -> PlannedStep:
    return PlannedStep(key, f"Do {key}", worker, task or f"Task of {key}", after)


class Planning(Agent):
    """Dispatches these plans one after the other, then says what became of the steps."""

    name = "simple-agent"
    description = "Stands in for the orchestrator."

    def __init__(self, *plans: PlanDraft) -> None:
        self.plans = plans
        self.seen: list[Any] = []

    async def run(self, query: str, context: RunContext) -> AgentResult:
        made = context.plan.replans + 1 if context.plan else 0
        self.seen.append(context.plan)
        if made < len(self.plans):
            await context.dispatch(self.plans[made])
        assert context.plan
        return AgentResult(", ".join(f"{one.id}: {one.result or one.state.value}" for one in context.plan.steps))


class Working(Worker):
    """Answers with what `does` makes of its task; waits for `go` where there is one."""

    name = "research-worker"
    description = "Stands in for a worker."

    def __init__(self, does: Callable[[WorkerInput], str] | None = None) -> None:
        self.does = does or (lambda given: f"done {given.task}")
        self.given: list[WorkerInput] = []
        self.begun, self.go = asyncio.Event(), asyncio.Event()
        self.go.set()

    async def work(self, given: WorkerInput, context: RunContext) -> WorkerResult:
        self.given.append(given)
        self.begun.set()
        await self.go.wait()
        context.check()
        return WorkerResult(self.does(given))


class FailingWorker(Worker):
    name = "research-worker"
    description = "Cannot do it."

    def __init__(self, *, retryable: bool = False) -> None:
        self.retryable = retryable

    async def work(self, given: WorkerInput, context: RunContext) -> WorkerResult:
        raise AgentError("the page is away", retryable=self.retryable)


def plan(*steps: PlannedStep) -> PlanDraft:
    return PlanDraft("A plan", steps)


async def claimed_step(key: str) -> StepWork | None:
    found = await PlanStep.objects.filter(key=key).alatest("id")
    return await claiming.claim(found.pk)


async def worked(key: str) -> Next:
    """Claim and carry out one step."""
    work = await claimed_step(key)
    assert work, f"step {key} is not due"
    return await working.execute(work)


async def states() -> dict[str, str]:
    return {
        row["key"]: row["state"] for row in await db.rows("SELECT key, state FROM botplatform_planstep ORDER BY id")
    }


async def lapse_steps() -> None:
    """The workers of all running steps have been silent for longer than their lease."""
    await db.change("UPDATE botplatform_planstep SET lease_until = now() - interval '1 second' WHERE state = 'running'")


async def due_steps() -> None:
    """Whatever a step waits for by the clock has passed."""
    await db.change("UPDATE botplatform_planstep SET wake_at = now() WHERE state IN ('pending', 'waiting')")
