"""Updates that queued while no worker ran: how fast they drain, and whether each is answered exactly once."""

from __future__ import annotations

from bench.chats import UNANSWERED, UNSENT, answers, count, post, wait
from bench.report import Row
from bench.running import Outside, platform

ALL_SECONDS = 300
_LOST = "SELECT count(*) FROM botplatform_update WHERE batch_id IS NULL OR state <> 'done'"


def measure(quick: bool) -> list[Row]:
    updates, chats = (500, 100) if quick else (5000, 1000)
    outside = Outside()
    with outside.running(), platform(outside) as one:
        [worker] = one.processes()["worker"]
        worker.suspend()
        post(one, updates=updates, chats=chats)
        worker.resume()
        answered = wait(lambda: not count(one, UNANSWERED), ALL_SECONDS, what="all answered")
        sent = answered + wait(lambda: not count(one, UNSENT), ALL_SECONDS, what="all sent")
        found, batches = answers(outside.telegram), count(one, "SELECT count(*) FROM botplatform_batch")
        lost = count(one, _LOST) + chats - len(found)
    note = f"{batches} batches, {sum(found.values())} answers to {len(found)} chats, {lost} lost, all sent after {sent:.1f} s"
    once = "each batch once" if sum(found.values()) == batches else "NOT EACH BATCH ONCE"
    what = f"{updates:,} updates in {chats:,} chats"
    return [Row("backlog", what, f"{updates / answered:,.0f} updates/s", once, note)]
