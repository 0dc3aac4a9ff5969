"""What tests of faults judge by: the platform's rows and the fakes' logs, never its code."""

from __future__ import annotations

from collections import Counter
from typing import Any

import psutil

from tests.fakes.model_prompts import complaint
from tests.system.fakes import Fakes
from tests.system.platform import Platform

Rows = list[dict[str, Any]]

RECOVERY_SECONDS = 45.0
"""The longest that recovery may take; its usual time is a lease and a sweep."""

_OF_CHAT = "JOIN botplatform_session s ON s.id = {}.session_id WHERE s.key = %s ORDER BY {}.id"
_THIS_CHAT = "session_id = (SELECT id FROM botplatform_session WHERE key = %s)"
_OPEN_BATCHES = """
    SELECT id, state, attempts, error FROM botplatform_batch WHERE state NOT IN ('done', 'failed', 'cancelled')"""
_OVERTAKEN = """
    SELECT id, batch_id FROM (
        SELECT id, batch_id, lag(batch_id) OVER (PARTITION BY session_id ORDER BY id) AS before
        FROM botplatform_update WHERE batch_id IS NOT NULL) u
    WHERE batch_id < before"""
_SIDE_BY_SIDE = """
    SELECT a.id, b.id AS other FROM botplatform_run a JOIN botplatform_run b ON a.id < b.id
    JOIN botplatform_batch x ON x.id = a.batch_id JOIN botplatform_batch y ON y.id = b.batch_id
    WHERE x.session_id = y.session_id AND a.plan_step_id IS NULL AND b.plan_step_id IS NULL
      AND b.started_at < coalesce(a.finished_at, 'infinity')"""
_ENDED_TWICE = """
    SELECT batch_id, count(*) FROM botplatform_reply WHERE batch_id IS NOT NULL AND kind IN ('answer', 'notice') AND part = 1
    GROUP BY batch_id HAVING count(*) > 1"""


def batches(platform: Platform, chat: int | str) -> Rows:
    """The chat's batches, oldest first."""
    return platform.sql(f"SELECT b.* FROM botplatform_batch b {_OF_CHAT.format('b', 'b')}", str(chat))


def runs(platform: Platform, chat: int | str) -> Rows:
    query = (
        f"SELECT r.* FROM botplatform_run r JOIN botplatform_batch b ON b.id = r.batch_id {_OF_CHAT.format('b', 'r')}"
    )
    return platform.sql(query, str(chat))


def steps(platform: Platform, chat: int | str) -> Rows:
    """The steps of all runs of the chat, in order."""
    query = f"""SELECT st.* FROM botplatform_step st JOIN botplatform_run r ON r.id = st.run_id
                JOIN botplatform_batch b ON b.id = r.batch_id {_OF_CHAT.format("b", "st")}"""
    return platform.sql(query, str(chat))


def replies(platform: Platform, chat: int | str, kind: str = "") -> Rows:
    """The chat's replies in order, placeholders only when asked for."""
    found = platform.sql(f"SELECT r.* FROM botplatform_reply r {_OF_CHAT.format('r', 'r')}", str(chat))
    return [row for row in found if (row["kind"] == kind if kind else row["kind"] != "placeholder")]


def session(platform: Platform, chat: int | str) -> dict[str, Any]:
    query = "SELECT *, not_before - now() AS silent_for FROM botplatform_session WHERE key = %s"
    return platform.sql(query, str(chat))[0]


def states(rows: Rows) -> list[str]:
    return [row["state"] for row in rows]


def holder(platform: Platform, chat: int | str) -> psutil.Process:
    """The worker that ran, or runs, the latest run of the chat."""
    latest = platform.wait_until(lambda: runs(platform, chat), what=f"a run in chat {chat}")[-1]
    return psutil.Process(int(latest["worker"].rpartition(":")[2]))


def wait_for_end(platform: Platform, chat: int | str, *ends: str, timeout: float = RECOVERY_SECONDS) -> None:
    """Wait until the chat's batches have ended in these states, in order, and every reply has left or never will."""
    platform.wait_until(
        lambda: (
            tuple(states(batches(platform, chat))) == ends
            and not {"pending", "sending"} & set(states(replies(platform, chat)))
        ),
        timeout,
        what=f"the ends {ends} in chat {chat}, with all replies settled",
    )


def hasten(platform: Platform, chat: int | str) -> None:
    """Let every wait of the chat end now: back-offs of its batches and replies, and what the provider asked for."""
    platform.sql(f"UPDATE botplatform_batch SET retry_at = now() WHERE retry_at > now() AND {_THIS_CHAT}", str(chat))
    platform.sql(f"UPDATE botplatform_batch SET wake_at = now() WHERE wake_at > now() AND {_THIS_CHAT}", str(chat))
    platform.sql("UPDATE botplatform_session SET not_before = NULL WHERE key = %s", str(chat))
    platform.sql(
        f"UPDATE botplatform_reply SET not_before = now() WHERE not_before > now() AND {_THIS_CHAT}", str(chat)
    )


def lapse(platform: Platform, chat: int | str) -> None:
    """End the leases and claims of the chat now; whoever lives and holds one will notice at the next heartbeat."""
    platform.sql(
        f"UPDATE botplatform_batch SET lease_until = now() WHERE state = 'processing' AND {_THIS_CHAT}", str(chat)
    )
    old = "claimed_at = claimed_at - interval '1 day'"
    platform.sql(f"UPDATE botplatform_reply SET {old} WHERE state = 'sending' AND {_THIS_CHAT}", str(chat))


def broken_invariants(platform: Platform, fakes: Fakes) -> list[str]:
    """Which of the rules that hold whatever happens do not, over all rows and all that the fakes have seen."""
    texts = platform.sql("SELECT text FROM botplatform_progresstext")
    progress = {row["text"] for row in texts}
    shown = {chat: Counter(fakes.telegram.texts(chat)) for chat in fakes.telegram.chats.ids()}
    found = {
        "a batch never ended": platform.sql(_OPEN_BATCHES),
        "an update was overtaken": platform.sql(_OVERTAKEN),
        "two runs of a session at once": platform.sql(_SIDE_BY_SIDE),
        "a batch was answered twice": platform.sql(_ENDED_TWICE),
        "a text was shown twice": [
            (chat, text) for chat, count in shown.items() for text, n in count.items() if n > 1 and text not in progress
        ],
        "a tool call without its result": [why for prompt in fakes.model.requests if (why := complaint(prompt))],
    }
    return [f"{rule}: {rows}" for rule, rows in found.items() if rows]
