"""try_out(): a worker's part of a trial, from the claim to the stored sides."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from agents.routing.target import ROUTER
from agents.text import storable
from botplatform.pipeline import catalogue, configs, db
from botplatform.pipeline.configs import Published
from botplatform.pipeline.trials import material, playing
from botplatform.pipeline.trials.material import Material
from botplatform.pipeline.trials.playing import Side
from botplatform.sealing import CannotUnseal

log = structlog.get_logger(__name__)

LOST_AFTER = timedelta(minutes=5)
"""A trial that runs longer has lost its worker."""

_CLAIM = """
    UPDATE botplatform_trial t SET state = 'running', started_at = clock_timestamp(), finished_at = NULL, sides = '{}', error = ''
    FROM botplatform_agentconfig c WHERE t.id = %s AND t.state = 'queued' AND c.id = t.config_id
    RETURNING t.id, t.bot_id, t.batch_id, t.says, t.version_id, t.text, t.started_at, c.name AS agent, c.behaviour"""
# Whoever was started later has taken the trial over.
_MINE = "WHERE id = %(id)s AND state = 'running' AND started_at = %(started_at)s"
_MOVED = f"UPDATE botplatform_trial SET sides = %(sides)s {_MINE}"
_END = f"""
    UPDATE botplatform_trial SET state = %(state)s, sides = %(sides)s, error = %(error)s, finished_at = now() {_MINE}"""
_HAND_BACK = f"UPDATE botplatform_trial SET state = 'queued', started_at = NULL {_MINE}"


async def try_out(trial_id: int) -> None:
    """Ask the models and keep what they said. Nothing happens when somebody else has taken the trial already."""
    trial = await db.row(_CLAIM, (trial_id,))
    if trial is None:
        return
    sides: dict[str, Side] = {}
    try:
        await _both(trial, sides)
    except asyncio.CancelledError:  # the worker shuts down: another one begins anew
        await db.change(_HAND_BACK, trial)
        raise
    except (LookupError, CannotUnseal) as error:
        await _end(trial, sides, str(error))
    except Exception as error:
        log.exception("trial.crashed", trial_id=trial_id, error=type(error).__name__)
        await _end(trial, sides, f"It failed ({type(error).__name__}); the log says more.")
    else:
        await _end(trial, sides)


async def _both(trial: db.Row, sides: dict[str, Side]) -> None:
    """Draft and published version at the same time."""
    given = await material.gather(trial["bot_id"], trial["text"], trial["batch_id"])
    rows = {"draft": _drafted(trial), "published": await _published(trial)}
    sides |= {name: {"state": "running"} for name, row in rows.items() if row}

    async def moved() -> None:
        await db.change(_MOVED, {**trial, "sides": _json(sides)})

    await moved()
    shared = None if trial["agent"] == ROUTER else await playing.route(given)
    async with asyncio.TaskGroup() as both:
        for name, row in rows.items():
            if row:
                both.create_task(_one(sides[name], row, given, shared, moved))


async def _one(side: Side, row: db.Row, given: Material, shared: dict[str, Any] | None, moved: playing.Moved) -> None:
    """One version. The router answers nobody: what it is tried for is the route."""
    if shared is None:
        router = await configs.router(given.place, row)
        side |= {"route": await playing.route(given, router), "model": router.settings.model, "state": "done"}
        side |= {"version": router.settings.version or None, "steps": [], "ms": side["route"]["ms"]}
        return
    side["route"] = shared
    try:
        version: Published = await configs.of_row(row, given.place)
    except LookupError as error:
        side |= {"state": "failed", "error": str(error)}
        return
    await playing.play(side, version, given, moved)


def _drafted(trial: db.Row) -> db.Row | None:
    """The draft as it was when the trial was asked for, as a version's row; None if there was none."""
    says = trial["says"]
    if not says:
        return None
    money = Decimal(says["max_cost_usd"]) if says["max_cost_usd"] is not None else None
    known = {"agent": trial["agent"], "behaviour": trial["behaviour"], "id": 0, "number": 0}
    return {"parallel_steps": 3, "step_attempts": 3, **says, "max_cost_usd": money, **known}


async def _published(trial: db.Row) -> db.Row | None:
    return await db.row(catalogue.VERSION, (trial["version_id"],)) if trial["version_id"] else None


async def _end(trial: db.Row, sides: dict[str, Side], error: str = "") -> None:
    state = "failed" if error else "done"
    await db.change(_END, {**trial, "sides": _json(sides), "error": storable(error), "state": state})
    log.info("trial.ended", trial_id=trial["id"], agent=trial["agent"], state=state)


def _json(sides: dict[str, Side]) -> Jsonb:
    return Jsonb(storable(sides))
