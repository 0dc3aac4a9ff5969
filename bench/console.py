"""The console's lists and pages at a million updates, over HTTP, beside Django's own list of the same rows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from psutil import Process

from bench import seeding
from bench.chats import wait
from bench.report import Row
from bench.running import ROOT, Outside, platform
from bench.statistics import median, percentile
from tests.system.environment import free_port
from tests.system.platform import Platform

GOAL_MS = 300
STOCK = "/stock/botplatform/update/"
SEARCHED = ("update", "message", "batch", "session", "reply", "run")
FILTERS = {
    "update": ("state=quarantined", "state=failed", "state=ignored", "state=queued", "kind=command", "kind=edit"),
    "batch": (
        "attention=stuck", "attention=failed", "attention=waiting", "attention=half", "state=collecting", "state=processing",
        "state=cancelled", "state=done",
    ),
    "session": ("mode=muted", "mode=held", "kind=group"),
    "message": ("role=user", "role=note"),
    "run": ("state=failed", "state=lost", "state=running"),
    "step": ("kind=tool", "state=failed", "state=unknown"),
    "reply": ("state=unknown", "state=failed", "state=pending", "kind=notice"),
    "route": ("method=forced", "method=direct", "target=info-agent", "verdict=wrong"),
    "approval": ("attention=waiting", "state=expired"),
    "auditentry": (),
}  # fmt: skip
"""List → its filters: values that are common, that are rare, and that no row has."""


_SETTLE = """
    UPDATE botplatform_batch SET state = 'cancelled', finished_at = now(), worker = ''
    WHERE state IN ('collecting', 'processing', 'waiting')"""


@dataclass(frozen=True, slots=True)
class Times:
    what: str
    median_ms: float
    p95_ms: float


def _lists(top: dict[str, int], rare_bot: int) -> Iterator[tuple[str, str]]:
    """What it is called, and its address."""
    for name, filters in FILTERS.items():
        yield name, f"{name}/"
        if name != "session":
            yield f"{name}, page in the middle", f"{name}/?before={top[name] // 2}"
        for one in filters:
            yield f"{name}, {one}", f"{name}/?{one}"
    middle = top["update"] // 2
    yield "update, a bot with few rows", f"update/?bot__id__exact={rare_bot}"
    yield "update, search by external id", f"update/?q={800_000_000 + middle}"
    for name in SEARCHED:
        yield f"{name}, search by number", f"{name}/?q={top[name] // 2}"
        yield f"{name}, search for a text", f"{name}/?q=invoice"
        yield f"{name}, search for what is not there", f"{name}/?q={quote('no such text')}"


def _pages(top: dict[str, int]) -> Iterator[tuple[str, str]]:
    yield "story", f"update/{top['update'] // 2}/story/"
    for name in ("session", "batch", "update", "run", "step", "reply", "message", "route"):
        yield f"page of a {name}", f"{name}/{top[name] // 2}/change/"


def _signed_in(one: Platform) -> httpx.Client:
    client = httpx.Client(base_url=one.url, timeout=60, follow_redirects=True)
    client.get("/admin/login/")
    token = client.cookies["csrftoken"]
    form = {"username": "admin", "password": one.env["ADMIN_PASSWORD"], "csrfmiddlewaretoken": token}
    answer = client.post("/admin/login/?next=/admin/", data=form, headers={"referer": one.url})
    if "/login/" in str(answer.url):
        raise RuntimeError("the admin could not sign in")
    return client


def _time(client: httpx.Client, what: str, address: str, *, requests: int) -> Times:
    found = []
    for number in range(requests + 1):
        began = time.perf_counter()
        answer = client.get(address)
        answer.raise_for_status()
        if number:  # the first one fills caches of templates and of the database
            found.append((time.perf_counter() - began) * 1000)
    if re.search("would have taken too long", answer.text):
        raise RuntimeError(f"{address} was stopped")
    return Times(what, median(found), percentile(found, 95))


@contextmanager
def _stock_site(one: Platform) -> Iterator[str]:
    """Django's admin with its own templates and paginator on the same database; its address."""
    port = free_port()
    env = {**one.env, "DJANGO_SETTINGS_MODULE": "bench.stock_settings", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "uvicorn", "bench.stock:application", "--port", str(port), "--log-level", "error"]
    with subprocess.Popen(command, cwd=ROOT, env=env) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            wait(lambda: _answers(address), 30, what="the stock admin")
            yield address
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/stock/login/").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def _only_web(one: Platform) -> Iterator[None]:
    """The seeded batches are not to be answered."""
    others: list[Process] = [process for role in ("worker", "beat") for process in one.processes().get(role, [])]
    for process in others:
        process.suspend()
    try:
        yield
    finally:
        one.sql(_SETTLE)
        for process in others:
            process.resume()


def _row(found: Times, beside: Times | None = None) -> Row:
    ratio = f"; {found.median_ms / beside.median_ms:.2f} of stock" if beside else ""
    return Row(
        "console", found.what, f"{found.median_ms:.0f} ms", f"< {GOAL_MS} ms{ratio}", f"p95 {found.p95_ms:.0f} ms"
    )


def _stock(client: httpx.Client, address: str, top: int, *, requests: int) -> dict[str, Times]:
    """The same rows by page numbers: the first page, one in the middle, a filter, a search."""
    site = f"{address}{STOCK}"
    wanted = {"update": "", "update, page in the middle": f"?p={top // 100}", "update, state=failed": "?state=failed",
              "update, search for what is not there": f"?q={quote('no such text')}"}  # fmt: skip
    return {
        name: _time(client, f"stock ModelAdmin: {name}", site + query, requests=requests)
        for name, query in wanted.items()
    }


def measure(quick: bool) -> list[Row]:
    size, requests = (seeding.QUICK, 2) if quick else (seeding.WHOLE, 20)
    with Outside().running() as outside, platform(outside) as one, ExitStack() as stack:
        stack.enter_context(_only_web(one))
        seeded = seeding.seed(one.database_url, updates=size)
        top = {name: one.sql(f"SELECT max(id) AS top FROM botplatform_{name}")[0]["top"] for name in FILTERS}
        [bot] = one.sql("SELECT id FROM botplatform_bot WHERE slug = 'seeded-3'")
        client = stack.enter_context(closing(_signed_in(one)))
        stock = _stock(client, stack.enter_context(_stock_site(one)), top["update"], requests=min(requests, 5))
        asked = [*_lists(top, bot["id"]), *_pages(top)]
        found = [_time(client, what, f"/admin/botplatform/{url}", requests=requests) for what, url in asked]
    counted = ", ".join(f"{number:,} {name}" for name, number in seeded.rows.items())
    return [
        Row("console", "rows seeded", f"{sum(seeded.rows.values()):,} in {seeded.seconds:.0f} s", "", counted),
        *(_row(times, stock.get(times.what)) for times in found),
        *(
            Row("console", times.what, f"{times.median_ms:.0f} ms", "", f"p95 {times.p95_ms:.0f} ms")
            for times in stock.values()
        ),
    ]
