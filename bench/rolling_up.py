"""What rolling up costs on the rows that are there: catching up on all of them, going on, and a minute full of steps.

`python -m bench.rolling_up --steps N`, in the environment of a running installation. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botplatform.settings")

import django

django.setup()

from bench.statistics import median  # noqa: E402 - Django's settings first
from botplatform.pipeline import db  # noqa: E402
from botplatform.pipeline.rollups.rolling import RolledUp, roll_up  # noqa: E402

ROUNDS = 5
_BUSY = """
    INSERT INTO botplatform_step (run_id, kind, name, agent, state, tokens_in, tokens_out, ms, started_at, finished_at)
    SELECT r.id, 'model', 'anthropic:model-1', 'simple-agent', 'succeeded', 900, 120, 1500, now() - interval '2 s',
        date_trunc('minute', now()) - interval '60 s' * n / %(steps)s
    FROM generate_series(1, %(steps)s) n JOIN botplatform_run r ON r.id = (SELECT max(id) FROM botplatform_run) - n"""


async def _timed() -> tuple[float, RolledUp]:
    began = time.perf_counter()
    done = await roll_up()
    return time.perf_counter() - began, done


async def measure(steps: int) -> dict[str, float]:
    """Seconds, and how many hours were filled in."""
    await db.open_pool(2)
    first, done = await _timed()
    whole, hours, longest = first, done.filled, first
    while done.filled:
        took, done = await _timed()
        whole, hours, longest = whole + took, hours + done.filled, max(longest, took)
    usual = median([(await _timed())[0] for _ in range(ROUNDS)])
    await db.change(_BUSY, {"steps": steps})
    busy = median([(await _timed())[0] for _ in range(ROUNDS)])
    await db.change("VACUUM ANALYZE botplatform_rollup")
    row = await db.row(
        "SELECT count(*) AS rows, pg_total_relation_size('botplatform_rollup') AS bytes FROM botplatform_rollup"
    )
    await db.close_pool()
    return {"whole": whole, "hours": hours, "longest": longest, "usual": usual, "busy": busy, **(row or {})}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, required=True)
    print(json.dumps(asyncio.run(measure(parser.parse_args().steps))))


if __name__ == "__main__":
    main()
