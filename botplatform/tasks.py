"""THE FLOW: every task, in the order in which work passes through. Tasks carry ids; the rows say what is to be done.

web: receipt → announce()          → answer, control, acknowledge
worker: answer → claim → execute → deliver → answer again while something is due
        work → claim → execute → the plan's next steps, or answer again
worker and beat: sweep             → whatever rows ask for
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from celery import Task
from celery.signals import task_prerun
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from botplatform import engine
from botplatform.announcing import announcer
from botplatform.celery import app
from botplatform.pipeline import acknowledging, batching, control, ending, pruning, recovery, replying, running
from botplatform.pipeline.canaries import watching
from botplatform.pipeline.nudging import AT_ONCE, Nudges
from botplatform.pipeline.plans import claiming, showing, working
from botplatform.pipeline.plans import ending as steps
from botplatform.pipeline.rollups import rolling
from botplatform.pipeline.trials import trying

log = structlog.get_logger(__name__)


@task_prerun.connect
def _adopt_request(task: Task, **_: Any) -> None:
    """Log lines of the task carry the request id that came with it."""
    clear_contextvars()
    requests = (task.request.headers or {}).get("request_ids") or []
    if len(requests) == 1:
        bind_contextvars(request_id=requests[0])


# -- 1. acknowledge, control: at once, outside any batch


@app.task(name="acknowledge")
def acknowledge(update_id: int) -> None:
    """Show that an update was seen."""
    engine.current().run(acknowledging.acknowledge(update_id))


@app.task(name="control")
def handle_control(update_id: int) -> None:
    """Carry out a command or a button."""
    engine.current().run(_control(update_id), slot=False)  # /cancel must not wait behind what it is to cancel


async def _control(update_id: int) -> None:
    if handled := await control.handle(update_id):
        await _deliver(handled.session_id)
        if handled.also:
            await _deliver(handled.also)
        _look_again(handled.session_id, batching.SOON)


# -- 2. answer: claim → execute → deliver


@app.task(name="answer")
def answer(session_ids: list[int]) -> None:
    """A window may have closed in these sessions: run what is due."""
    engine.current().run(_answer(session_ids))


async def _answer(session_ids: list[int]) -> None:
    if len(session_ids) == 1:
        await serve(session_ids[0])
        return
    looks = await batching.due_among(session_ids)

    def note(nudges: Nudges) -> None:
        for session_id, (after, request_id) in looks.items():
            nudges.session(session_id, after, request_id)

    announcer().add(note)


async def serve(session_id: int) -> None:
    """Answer the session's batches until none is due, then have it looked at again when the next one may be."""
    while not isinstance(work := await _claim(session_id), batching.Later):
        after = await running.execute(work)
        for told in [session_id, *after.sessions]:
            await _deliver(told)
        _begin(after.steps)
        if after.plan_id:
            await showing.show(after.plan_id)
        if engine.is_draining():
            return
    if work.plans:
        _begin(await claiming.due_in(session_id))
    if work.after is not None:
        _look_again(session_id, work.after)


async def _claim(session_id: int) -> batching.Work | batching.Later:
    """A claim that has begun is seen through: what it took while the worker shuts down is handed back at once."""
    claiming_it = asyncio.ensure_future(batching.claim(session_id))
    try:
        return await asyncio.shield(claiming_it)
    except asyncio.CancelledError:
        claimed = await claiming_it
        if isinstance(claimed, batching.Work):
            await ending.hand_back(claimed.lease)
        raise


def _look_again(session_id: int, after: timedelta) -> None:
    request_id = get_contextvars().get("request_id", "")
    announcer().add(lambda nudges: nudges.session(session_id, after, request_id))


# -- 3. work: steps of plans, on whichever worker is free


@app.task(name="work")
def work(step_id: int) -> None:
    """Carry out one step of a plan."""
    engine.current().run(_work(step_id))


async def _work(step_id: int) -> None:
    claimed = await _claim_step(step_id)
    if claimed is None:
        return
    following = await working.execute(claimed)
    _begin(following.steps)
    if following.session_id:
        _look_again(following.session_id, AT_ONCE)
    else:
        await showing.show(following.plan_id)
    await _deliver(claimed.row["session_id"])


async def _claim_step(step_id: int) -> claiming.StepWork | None:
    """The same for a step: one that was taken while the worker shuts down has cost no attempt."""
    claiming_it = asyncio.ensure_future(claiming.claim(step_id))
    try:
        return await asyncio.shield(claiming_it)
    except asyncio.CancelledError:
        if claimed := await claiming_it:
            await steps.put_off(claimed, "handed back")
        raise


def _begin(step_ids: Sequence[int]) -> None:
    request_id = get_contextvars().get("request_id", "")
    for step_id in step_ids:
        announcer().add(partial(Nudges.step, step_id=step_id, request_id=request_id))


# -- 4. deliver: replies leave


@app.task(name="deliver")
def deliver(session_id: int) -> None:
    """Send what the session has to send."""
    engine.current().run(_deliver(session_id))


async def _deliver(session_id: int) -> None:
    if (again := await replying.deliver(session_id)) is not None:
        request_id = get_contextvars().get("request_id", "")
        announcer().add(lambda nudges: nudges.delivery(session_id, again, request_id))


# -- 5. sweep, roll up, prune: from beat


@app.task(name="sweep")
def sweep() -> None:
    """Find from rows what was forgotten."""
    engine.current().run(_sweep())


async def _sweep() -> None:
    await serve_due(await recovery.sweep())


async def serve_due(due: recovery.Due) -> None:
    """Start overdue work in this process while it has free slots, without the broker; announce the rest."""
    working_here = engine.current()
    for update_id in due.controls:
        await working_here.spawn(_control(update_id), slot=False)
    for session_id in due.deliveries:
        await working_here.spawn(_deliver(session_id))
    for session_id in due.sessions:
        if not await working_here.spawn(serve(session_id)):
            break
    for step_id in due.steps:
        if not await working_here.spawn(_work(step_id)):
            break


@app.task(name="roll_up")
def roll_up() -> None:
    """Sum up what is new, for the console's charts."""
    engine.current().run(rolling.roll_up(), slot=False)


@app.task(name="prune")
def prune() -> None:
    """Delete what has served its time."""
    engine.current().run(pruning.prune())


# -- 6. try out, judge canaries: beside the way of messages


@app.task(name="try_out")
def try_out(trial_id: int) -> None:
    """Give a message to a draft and to the published version, in memory."""
    engine.current().run(trying.try_out(trial_id))


@app.task(name="judge_canaries")
def judge_canaries() -> None:
    """Look at every running canary; send back what has passed a threshold."""
    engine.current().run(watching.watch(), slot=False)
