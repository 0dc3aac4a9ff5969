"""One worker process holding many runs that stream at the same time, and handing them back when it is told to stop."""

from __future__ import annotations

import signal
import time

import psutil

from bench.chats import PROCESSING, UNANSWERED, UNSENT, answers, count, post, wait
from bench.report import Row
from bench.running import Outside, platform
from tests.system.platform import Platform

MODEL_SECONDS = [5.0, 20.0]
RSS_MB, HEARTBEAT_SECONDS, DRAIN_SECONDS = 400, 10, 5
ALL_SECONDS = 180
_AGE = "SELECT extract(epoch FROM max(now() - heartbeat_at)) FROM botplatform_batch WHERE state = 'processing'"
_OLD = "SELECT count(*) FROM botplatform_run WHERE state = 'running' AND id <= {}"


def _all_answered(one: Platform) -> bool:
    return not count(one, UNANSWERED) and not count(one, UNSENT)


def _watch(one: Platform, worker: psutil.Process) -> dict[str, float]:
    """Until all is answered: the most of each that was seen."""
    most = {"runs": 0.0, "rss_mb": 0.0, "age_s": 0.0}

    def ended() -> bool:
        [age] = one.sql(_AGE)[0].values()
        seen = {"runs": count(one, PROCESSING), "rss_mb": worker.memory_info().rss / 1e6, "age_s": float(age or 0)}
        most.update({name: max(most[name], float(value)) for name, value in seen.items()})
        return _all_answered(one)

    wait(ended, ALL_SECONDS, what="all answered", every=0.5)
    return most


def _once_each(outside: Outside, one: Platform, runs: int) -> str:
    found = answers(outside.telegram)
    doubled, lost = sum(times > 1 for times in found.values()), runs - len(found)
    return f"{len(found)} chats answered, {lost} lost, {doubled} doubled"


def _hold(outside: Outside, one: Platform, runs: int) -> list[Row]:
    [worker] = one.processes()["worker"]
    idle_mb = worker.memory_info().rss / 1e6
    post(one, updates=runs, chats=runs)
    most = _watch(one, worker)
    return [
        Row("holding", "runs at the same time", f"{most['runs']:.0f}", f"{runs}", _once_each(outside, one, runs)),
        Row(
            "holding", "worker's memory at most", f"{most['rss_mb']:.0f} MB", f"< {RSS_MB} MB", f"idle {idle_mb:.0f} MB"
        ),
        Row("holding", "oldest heartbeat", f"{most['age_s']:.1f} s", f"< {HEARTBEAT_SECONDS} s"),
    ]


def _drain(outside: Outside, one: Platform, runs: int) -> Row:
    """SIGTERM while all runs stream; `up` starts the worker again, which takes up what was handed back."""
    outside.telegram.reset()
    [worker] = one.processes()["worker"]
    post(one, updates=runs, chats=runs, number=1)
    began = time.monotonic()
    while count(one, PROCESSING) < runs * 0.9 and time.monotonic() - began < MODEL_SECONDS[0] * 2:
        time.sleep(0.1)
    held, last = count(one, PROCESSING), count(one, "SELECT max(id) FROM botplatform_run")
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    gone = wait(
        lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, 30, what="its end", every=0.02
    )
    kept = count(one, _OLD.format(last))
    wait(lambda: _all_answered(one), ALL_SECONDS, what="all answered after the restart")
    note = f"{held} runs held, {kept} not handed back; then {_once_each(outside, one, runs)} after {time.monotonic() - began:.0f} s"
    return Row("holding", "drain after SIGTERM", f"{gone:.1f} s", f"< {DRAIN_SECONDS} s", note)


def measure(quick: bool) -> list[Row]:
    runs = 50 if quick else 500
    outside = Outside()
    with outside.running(), platform(outside) as one:
        outside.model.configure(streaming=MODEL_SECONDS)
        return [*_hold(outside, one, runs), _drain(outside, one, runs)]
