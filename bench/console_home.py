"""The console's home page beside ten million steps, and what it costs to sum them up."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable

import httpx
import psycopg

from bench.report import Row
from bench.running import ROOT, Outside, platform
from bench.seeding_steps import seed
from bench.statistics import median, percentile
from botplatform.embedded import addresses
from tests.system.platform import Platform

STEPS, QUICK_STEPS = 10_000_000, 20_000
BUSY_STEPS = 6000
ROUNDS = 30
PAGE_MS, ROLL_UP_MS = 300, 1000
FLOOR = "/admin/botplatform/progresstext/"
"""A list of a few rows: what any page of the console costs."""
_INDEXES = """
    SELECT coalesce(sum(pg_relation_size(indexrelid)), 0) AS bytes FROM pg_stat_user_indexes
    WHERE indexrelname IN ('batch_finished', 'run_finished', 'step_finished', 'reply_answered', 'route_recent')"""


def _signed_in(one: Platform) -> httpx.Client:
    client = httpx.Client(base_url=one.url, timeout=60, follow_redirects=True)
    token = client.get("/login/").cookies["csrftoken"]
    form = {"username": "admin", "password": one.env["ADMIN_PASSWORD"], "csrfmiddlewaretoken": token}
    client.post("/login/", data=form, headers={"referer": f"{one.url}/login/"})
    return client


def _milliseconds(client: httpx.Client, path: str) -> list[float]:
    """Of ROUNDS requests, after two that warm up."""
    found = []
    for _ in range(ROUNDS + 2):
        began = time.perf_counter()
        answer = client.get(path)
        found.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200 or "/login/" in str(answer.url):
            raise RuntimeError(f"{path}: {answer.status_code} at {answer.url}")
    return found[2:]


def _page(client: httpx.Client, path: str, what: str, floor: float) -> Row:
    found = _milliseconds(client, path)
    note = f"p95 {percentile(found, 95):.0f} ms; a short list takes {floor:.0f} ms"
    return Row("console home", what, f"{median(found):.0f} ms", f"< {PAGE_MS} ms", note)


def _rolled_up(one: Platform) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.rolling_up", f"--steps={BUSY_STEPS}"]
    found: dict[str, float] = json.loads(subprocess.check_output(command, cwd=ROOT, env=one.env).splitlines()[-1])
    return found


def _sums(one: Platform, steps: int) -> list[Row]:
    found, row = _rolled_up(one), Row
    [[size]] = [list(line.values()) for line in one.sql(_INDEXES)]
    rows = f"{found['rows']:,} sums, {found['bytes'] / 1e6:.0f} MB; the indexes it goes by: {int(size) / 1e6:.0f} MB"
    longest = f"in bites of at most {found['longest']:.1f} s"
    return [
        row("console home", f"summing {steps:,} steps of 30 days, once", f"{found['whole']:.0f} s", longest, rows),
        row("console home", "rolling up, every 20 s", f"{found['usual'] * 1000:.0f} ms", f"< {ROLL_UP_MS} ms"),
        row(
            "console home", f"the same with {BUSY_STEPS:,} steps in a minute", f"{found['busy'] * 1000:.0f} ms",
            f"< {ROLL_UP_MS} ms", f"{(found['busy'] - found['usual']) * 1e6 / BUSY_STEPS:.0f} µs a step",
        ),
    ]  # fmt: skip


def _inserting(one: Platform) -> Row:
    """What the indexes by moment cost whoever ends a step: the same rows, with the index and without it."""
    url = addresses(one.data_dir).database_url
    statement = b"""INSERT INTO botplatform_step (run_id, kind, name, state, started_at, finished_at)
        SELECT r.id, 'tool', 'none', 'succeeded', now(), now() + n * interval '1 us' FROM generate_series(1, 100000) n,
        (SELECT min(id) AS id FROM botplatform_run) r"""

    def per_row(prepare: Callable[[psycopg.Connection], object]) -> float:
        with psycopg.connect(url) as connection:
            prepare(connection)
            began = time.perf_counter()
            connection.execute(statement)
            took = time.perf_counter() - began
            connection.rollback()
        return took * 1e6 / 100_000

    pairs = [(per_row(lambda _: None), per_row(lambda c: c.execute("DROP INDEX step_finished"))) for _ in range(3)]
    with_it, without = (median(times) for times in zip(*pairs, strict=True))
    note = "inserted; in bulk, so that nothing but the row and its indexes counts"
    return Row(
        "console home", "a step with its index by moment", f"{with_it:.1f} µs", f"{without:.1f} µs without", note
    )


def measure(quick: bool) -> list[Row]:
    steps = QUICK_STEPS if quick else STEPS
    with Outside().running() as outside, platform(outside) as one:
        [worker] = one.processes()["worker"]
        worker.suspend()  # or it would be at the same sums
        took = seed(addresses(one.data_dir).database_url, steps)
        sums = _sums(one, steps)
        client = _signed_in(one)
        floor = median(_milliseconds(client, FLOOR))
        pages = [_page(client, f"/admin/?range={span}", f"home, {span}", floor) for span in ("1h", "24h", "7d", "30d")]
        pages.append(_page(client, "/admin/home/now/", "home, its live part", floor))
        client.close()
        seeded = Row("console home", f"{steps:,} steps seeded", f"{took:.0f} s")
        rows = [seeded, *sums, _inserting(one), *pages]
        worker.resume()
    return rows
