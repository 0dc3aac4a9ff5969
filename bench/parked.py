"""A thousand runs that wait for a decision: what they cost those who do not wait."""

from __future__ import annotations

from bench.chats import count, wait
from bench.report import Row
from bench.requests import CHATS_FROM
from bench.running import Outside, platform
from bench.statistics import median, percentile
from tests.system.platform import Platform

WISH = "delete this chat's history"
_WAITING = "SELECT count(*) FROM botplatform_batch WHERE state = 'waiting'"
_HELD = "SELECT count(*) FROM botplatform_batch WHERE worker <> ''"
_ENDED = """
    SELECT count(*) FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id
    WHERE s.key = '{}' AND b.state = 'done'"""
_SECONDS = """
    SELECT extract(epoch FROM b.finished_at - b.due_at)::float8 AS seconds FROM botplatform_batch b
    JOIN botplatform_session s ON s.id = b.session_id WHERE s.key = %s"""


def _answer_ms(one: Platform, chat: int) -> float:
    """From the end of the window to the stored answer, for one question in a chat of its own."""
    one.say(chat, "hello")
    wait(lambda: bool(count(one, _ENDED.format(chat))), 30, what="an answer", every=0.02)
    return float(one.sql(_SECONDS, str(chat))[0]["seconds"]) * 1000


def _park(one: Platform, runs: int) -> None:
    for number in range(runs):
        one.say(CHATS_FROM + 100_000 + number, WISH)
    wait(lambda: count(one, _WAITING) == runs, 300, what="all parked")


def measure(quick: bool) -> list[Row]:
    runs, questions = (50, 5) if quick else (1000, 30)
    outside = Outside()
    offline: dict[str, str | None] = {
        "ANTHROPIC_API_KEY": None,
        "ANTHROPIC_BASE_URL": None,
        "APPROVAL_TTL_SECONDS": "3600",
    }
    with outside.running(), platform(outside, **offline) as one:
        [worker] = one.processes()["worker"]
        before = [_answer_ms(one, CHATS_FROM + number) for number in range(questions)]
        idle_mb = worker.memory_info().rss / 1e6
        _park(one, runs)
        after = [_answer_ms(one, CHATS_FROM + 50_000 + number) for number in range(questions)]
        held, rss_mb = count(one, _HELD), worker.memory_info().rss / 1e6
    ratio = median(after) / median(before)
    note = f"{median(before):.0f} → {median(after):.0f} ms, p90 {percentile(before, 90):.0f} → {percentile(after, 90):.0f} ms"
    return [
        Row("parked", f"answer beside {runs} parked runs, to without", f"{ratio:.2f}", "about 1", note),
        Row("parked", "slots that they hold", str(held), "0", f"worker {idle_mb:.0f} → {rss_mb:.0f} MB"),
    ]
