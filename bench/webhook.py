"""Durable acknowledgement of webhooks at 32 connections, beside servers that keep nothing and beside the bare database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

import psutil

from bench.report import Row
from bench.requests import CHATS_FROM, UPDATES_FROM
from bench.running import RIVAL_PYTHON, ROOT, Outside, own_python, platform, rival
from bench.statistics import median
from tests.system.platform import Platform

SECRET = "bench-secret"
GOAL = "python-telegram-bot"
RIVALS = {
    GOAL: ("python_telegram_bot", RIVAL_PYTHON),
    "python-telegram-bot, updates read and thrown away": ("python_telegram_bot_server", RIVAL_PYTHON),
    "aiogram": ("aiogram_server", RIVAL_PYTHON),
    "empty ASGI function": ("empty_asgi", own_python()),
}
CHATS = {"1,000 chats": 1000, "dense: 20 chats": 20, "sparse: a chat each": 0}
"""0: every update is the first of its chat, so that each opens a session and a batch."""
Results = dict[str, list[dict[str, float]]]


def _fire(port: int | str, path: str, secret: str, *, size: int, chats: int, first: int) -> dict[str, float]:
    first_chat = CHATS_FROM if chats else CHATS_FROM + 100_000_000 + first - UPDATES_FROM
    options = {"port": port, "path": path, "secret": secret, "count": size, "chats": chats or size}
    options |= {"first-update": first, "first-chat": first_chat}
    command = [sys.executable, "-m", "bench.load", *(f"--{name}={value}" for name, value in options.items())]
    found: dict[str, float] = json.loads(subprocess.check_output(command, cwd=ROOT))
    if found["refused"]:
        raise RuntimeError(f"port {port}: {found['refused']:.0f} requests were not answered with 200")
    return found


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    found = [process.cpu_times() for one in processes for process in [one, *one.children(recursive=True)]]
    return sum(times.user + times.system for times in found)


def _ours(one: Platform, *, size: int, chats: int, first: int) -> dict[str, float]:
    roles = {role: one.processes()[role] for role in ("web", "postgres")}
    before = {role: _cpu_seconds(processes) for role, processes in roles.items()}
    secret = one.env["TELEGRAM_WEBHOOK_SECRET"]
    found = _fire(one.env["PORT"], "/webhooks/telegram/default/", secret, size=size, chats=chats, first=first)
    used = {f"{role}_us": (_cpu_seconds(roles[role]) - before[role]) / size * 1e6 for role in roles}
    [stored] = one.sql(
        "SELECT count(*) AS n FROM botplatform_message m JOIN botplatform_update u ON u.id = m.update_id "
        "WHERE u.external_id::bigint BETWEEN %s AND %s",
        first,
        first + size - 1,
    )
    if stored["n"] != size:
        raise RuntimeError(f"{size} updates were acknowledged, {stored['n']} stored")
    return found | used


def _bare(one: Platform, *, size: int, first: int) -> dict[str, float]:
    [bot] = one.sql("SELECT id FROM botplatform_bot WHERE transport = 'telegram' AND slug = 'default'")
    command = [sys.executable, "-m", "bench.bare_sql", "--bot", str(bot["id"]), "--count", str(size)]
    done = subprocess.check_output([*command, "--first-update", str(first)], cwd=ROOT, env=one.env)
    found: dict[str, float] = json.loads(done.splitlines()[-1])
    return found


@contextmanager
def _workers_stopped(one: Platform) -> Iterator[None]:
    """Web alone: what is measured is the acknowledgement. The worker's share of the cores is measured by a row of its own."""
    workers = one.processes()["worker"]
    for worker in workers:
        worker.suspend()
    try:
        yield
    finally:
        for worker in workers:
            worker.resume()


def _rounds(outside: Outside, *, rounds: int, size: int) -> Results:
    results: Results = defaultdict(list)
    firsts = (UPDATES_FROM + number * size for number in count())
    with ExitStack() as stack:
        one = stack.enter_context(platform(outside))
        ports = {
            name: stack.enter_context(rival(module, python, secret=SECRET, telegram=outside.telegram.url))
            for name, (module, python) in RIVALS.items()
        }
        for _ in range(rounds):
            with _workers_stopped(one):
                for name, chats in CHATS.items():
                    results[name].append(_ours(one, size=size, chats=chats, first=next(firsts)))
                    results[GOAL].append(_fire(ports[GOAL], "/hook", SECRET, size=size, chats=1000, first=UPDATES_FROM))
                for name in RIVALS.keys() - {GOAL}:
                    results[name].append(_fire(ports[name], "/hook", SECRET, size=size, chats=1000, first=UPDATES_FROM))
                results["bare"].append(_bare(one, size=size // 4, first=next(firsts)))
    return results


def _with_everything(outside: Outside, *, size: int) -> list[dict[str, float]]:
    """The same while the worker answers what arrives, with an instant model."""
    with platform(outside) as one:
        return [_ours(one, size=size, chats=1000, first=UPDATES_FROM)]


def _middle(found: list[dict[str, float]], name: str) -> float:
    return median([one[name] for one in found])


def _row(what: str, found: list[dict[str, float]], goal: float) -> Row:
    rate = _middle(found, "rate")
    note = f"p50 {_middle(found, 'p50_ms'):.1f} ms, p99 {_middle(found, 'p99_ms'):.1f} ms"
    if "web_us" in found[0]:
        note += (
            f"; CPU a request: web {_middle(found, 'web_us'):.0f} us, PostgreSQL {_middle(found, 'postgres_us'):.0f} us"
        )
    return Row("webhook", what, f"{rate:,.0f}/s", f"{rate / goal:.2f} of {GOAL}", note)


def measure(quick: bool) -> list[Row]:
    rounds, size = (1, 2000) if quick else (5, 6000)
    with Outside().running() as outside:
        results = _rounds(outside, rounds=rounds, size=size)
        everything = _with_everything(outside, size=size)
    goal: Any = _middle(results[GOAL], "rate")
    rows = [_row(f"ours, {name}", results[name], goal) for name in CHATS]
    rows.append(_row("ours, 1,000 chats, worker answering", everything, goal))
    rows += [_row(name, results[name], goal) for name in RIVALS]
    for name, what in (("one_row", "bare psycopg, INSERT of one row"), ("receive", "bare psycopg, our statement")):
        rate = _middle(results["bare"], name)
        rows.append(Row("webhook", what, f"{rate:,.0f}/s", f"{rate / goal:.2f} of {GOAL}", "one after the other"))
    return rows
