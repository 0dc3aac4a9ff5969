"""Drills: break a running installation on purpose and see that exactly one answer arrives.

A drill brings its own recipient and its own agent, whose model takes some seconds, so that the fault hits a model call.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings

from botplatform import sealing
from botplatform.models import AgentConfig, AgentConfigVersion, Bot
from botplatform.pipeline import db
from botplatform.recipient import Recipient

THINKING_SECONDS = 8
"""How long the drill's model takes: enough to be hit in the middle."""
QUIET_SECONDS = 5
"""Watched after the answer for a second one."""
SLUG = "drill"
QUESTION = "This is a drill. What is a batch?"


class DrillFailed(Exception):
    """What went wrong, in one line."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A drill that was passed."""

    seconds: float
    """From the fault to the answer, the model's own time included."""
    told: str


@dataclass(frozen=True, slots=True)
class Target:
    """A run in the middle of its model call."""

    batch_id: int
    pid: int


async def run(name: str, base_url: str) -> Verdict:
    """Carry out one drill against the installation at `base_url`. Raises DrillFailed."""
    recipient = Recipient()
    try:
        secret = await sync_to_async(_set_up)(recipient.url)
        chat = secrets.randbelow(10**9) + 1
        await _ask(base_url, secret, chat)
        target = await _hit_me()
        struck = time.monotonic()
        await FAULTS[name](target)
        return await _verdict(recipient, target.batch_id, struck)
    finally:
        await Bot.objects.filter(transport="telegram", slug=SLUG).aupdate(enabled=False)
        recipient.close()


def _set_up(api_url: str) -> str:
    """The drill's bot and agent, made anew each time; the webhook secret."""
    secret = secrets.token_urlsafe(24)
    credentials = sealing.seal({"token": "1:" + secrets.token_urlsafe(24), "secret": secret})
    Bot.objects.update_or_create(
        transport="telegram", slug=SLUG,
        defaults={"api_url": api_url, "credentials": credentials, "account_id": "1", "username": "drill_bot", "enabled": True},
    )  # fmt: skip
    agent, _ = AgentConfig.objects.get_or_create(
        name=SLUG, defaults={"behaviour": "simple-agent", "description": "For drills."}
    )
    if agent.published is None:
        agent.published = AgentConfigVersion.objects.create(
            config=agent, number=1, prompt="Answer briefly.", model=f"offline:patient-{THINKING_SECONDS}"
        )
        agent.save(update_fields=["published"])
    return secret


async def _ask(base_url: str, secret: str, chat: int) -> None:
    """Deliver the question over HTTP, and have its batch answered by the drill's agent."""
    person = {"id": chat, "is_bot": False, "first_name": "Drill"}
    message = {
        "message_id": 1,
        "date": int(time.time()),
        "chat": {"id": chat, "type": "private"},
        "from": person,
        "text": QUESTION,
    }
    async with httpx.AsyncClient(timeout=10) as client:
        for _ in range(20):  # the web process learns of a new secret within a few seconds
            answer = await client.post(
                f"{base_url}/webhooks/telegram/{SLUG}/",
                json={"update_id": secrets.randbelow(2**31), "message": message},
                headers={"X-Telegram-Bot-Api-Secret-Token": secret},
            )
            if answer.status_code not in (401, 404):
                break
            await asyncio.sleep(0.5)
    if answer.status_code != 200:
        raise DrillFailed(f"the webhook answered {answer.status_code}")
    routed = """
        INSERT INTO botplatform_route (batch_id, method, rule, target)
        SELECT batch_id, 'forced', 'drill', %s FROM botplatform_update WHERE id = %s"""
    await db.change(routed, (SLUG, int(answer.json()["update"])))


async def _hit_me() -> Target:
    """Wait for the model call, and find the process that holds its lease."""
    row = await _wait_for(
        """SELECT b.id, b.worker FROM botplatform_batch b JOIN botplatform_run r ON r.batch_id = b.id
           JOIN botplatform_step st ON st.run_id = r.id
           WHERE r.agent = 'drill' AND b.state = 'processing' AND st.state = 'running' AND b.worker <> '' ORDER BY b.id DESC LIMIT 1""",
        seconds=20,
        failing="no worker began to answer; is one running?",
    )
    host, _, pid = row["worker"].partition("@")[2].rpartition(":")
    if host != socket.gethostname():
        raise DrillFailed(f"the run went to {host}; a drill hits processes of this machine only")
    return Target(row["id"], int(pid))


async def _wait_for(sql: str, *, seconds: float, failing: str) -> db.Row:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if row := await db.row(sql):
            return row
        await asyncio.sleep(0.1)
    raise DrillFailed(failing)


async def _kill_worker(target: Target) -> None:
    os.kill(target.pid, signal.SIGKILL)


async def _pause_worker(target: Target) -> None:
    """Longer than the lease, then on again: by then the work belongs to somebody else, or is free."""
    os.kill(target.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(settings.LEASE.total_seconds() + 5)
    finally:
        os.kill(target.pid, signal.SIGCONT)


async def _flush_redis(target: Target) -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    try:
        await client.flushall()
    finally:
        await client.aclose()


FAULTS: dict[str, Callable[[Target], Awaitable[None]]] = {
    "kill-worker": _kill_worker,
    "flush-redis": _flush_redis,
    "pause-worker": _pause_worker,
}
"""Name → what it does to the installation."""


async def _verdict(recipient: Recipient, batch_id: int, struck: float) -> Verdict:
    limit = settings.LEASE.total_seconds() * 2 + THINKING_SECONDS + 30
    answer = await _wait_for(
        f"""SELECT text FROM botplatform_reply WHERE batch_id = {int(batch_id)} AND kind = 'answer' AND state = 'sent'""",  # noqa: S608
        seconds=limit,
        failing=f"no answer within {limit:.0f} s",
    )
    seconds = time.monotonic() - struck
    await asyncio.sleep(QUIET_SECONDS)
    arrived = sum(text == answer["text"] for text in recipient.messages.values())
    if arrived != 1:
        raise DrillFailed(f"{arrived} answers arrived instead of one")
    return Verdict(
        seconds, f"one answer arrived, {seconds:.1f} s after the fault ({recipient.sends} messages sent in all)"
    )
