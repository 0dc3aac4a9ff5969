"""Short words for the tests of the pipeline: a platform that can be watched, agents of one line, steps that lead to a state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from psycopg.types.json import Jsonb

from agents.base import Agent, AgentError, AgentResult, RunContext
from botplatform.models import Batch, Reply, Run, Session
from botplatform.pipeline import batching, configs, db, leases, replying, running
from transports.base import Author, Conversation, ConversationKind, Headers, InboundUpdate, Part
from transports.fake import FakeTransport
from transports.http import before_sending


class WatchedTransport(FakeTransport):
    """The in-memory platform with groups (`group`, `name`), buttons (`button`), and a door in front of every send and edit."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.shown: list[tuple[str, str]] = []
        """Everything people saw: message id and text, in order."""
        self.found: dict[str, str] = {}
        """What `find` can find: marker and message id."""
        self.pressed: list[tuple[str, str]] = []
        """Buttons that were answered: the callback's id and what the person read."""
        self.refuses_reactions: Exception | None = None
        self.knocked = asyncio.Event()
        self.door = asyncio.Event()
        self.door.set()
        self.as_it_leaves: Callable[[], Awaitable[None]] | None = None

    def parse(self, headers: Headers, body: bytes) -> InboundUpdate:
        data, update = json.loads(body), super().parse(headers, body)
        kind = ConversationKind.GROUP if data.get("group") else ConversationKind.PRIVATE
        return replace(
            update,
            conversation=Conversation(data["chat"], kind),
            author=Author(data["user"], data.get("name", "")),
            callback_id=data.get("button", ""),
            callback_data=data.get("data", ""),
        )

    async def send(self, to: Conversation, part: Part, *, reply_to: str = "", marker: str = "") -> str:
        await self._leave()
        message_id = await super().send(to, part, reply_to=reply_to, marker=marker)
        self.shown.append((message_id, part.text))
        self.found[marker] = message_id
        return message_id

    async def edit(self, to: Conversation, message_id: str, part: Part, *, final: bool = True) -> None:
        await self._leave()
        await super().edit(to, message_id, part, final=final)
        self.shown.append((message_id, part.text))

    async def _leave(self) -> None:
        if self.as_it_leaves:
            await self.as_it_leaves()
        if check := before_sending.get():
            check()
        self.knocked.set()
        await self.door.wait()

    async def react(self, to: Conversation, message_id: str, reaction: str) -> None:
        if self.refuses_reactions:
            raise self.refuses_reactions
        await super().react(to, message_id, reaction)

    async def find(self, to: Conversation, marker: str) -> str:
        return self.found.get(marker, "")

    async def answer_callback(self, callback_id: str, text: str = "", *, alert: bool = False) -> None:
        self.pressed.append((callback_id, text))

    @property
    def texts(self) -> list[str]:
        """The messages as they read now."""
        return [message.text for message in self.sent.values()]


class _TestAgent(Agent):
    name = "simple-agent"
    description = "Stands in for the agent."


class Saying(_TestAgent):
    """Answers at once."""

    def __init__(self, text: str = "the answer") -> None:
        self.text = text

    async def run(self, query: str, context: RunContext) -> AgentResult:
        return AgentResult(self.text)


class Failing(_TestAgent):
    """Cannot answer."""

    def __init__(self, error: Exception | None = None, *, retryable: bool = True, **more: Any) -> None:
        self.error = error or AgentError("the model is away", retryable=retryable, **more)

    async def run(self, query: str, context: RunContext) -> AgentResult:
        raise self.error


class Waiting(_TestAgent):
    """Answers when it is told to `go`."""

    def __init__(self) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def run(self, query: str, context: RunContext) -> AgentResult:
        self.begun.set()
        await self.go.wait()
        context.check()
        return AgentResult("the answer")


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def ended(task: asyncio.Task[Any]) -> None:
    """Wait for a task's end; raises what it raised."""
    async with asyncio.timeout(10):
        await task


async def said() -> list[str]:
    """What has been sent, placeholders apart, in order; also through a transport that was made anew."""
    rows = await db.rows(
        "SELECT text FROM botplatform_reply WHERE state = 'sent' AND kind <> 'placeholder' ORDER BY id"
    )
    return [row["text"] for row in rows]


async def due() -> None:
    """Every window has closed."""
    await db.change("UPDATE botplatform_batch SET due_at = now() WHERE state = 'collecting'")


async def claimed(session_id: int) -> batching.Work:
    """The session's next work, due at once."""
    await due()
    work = await batching.claim(session_id)
    assert isinstance(work, batching.Work)
    return work


async def started(work: batching.Work) -> int:
    """An open run of claimed work, as a worker that died would leave it; returns its id."""
    run = await Run.objects.acreate(batch_id=work.lease.batch_id, epoch=work.lease.epoch, agent="simple-agent")
    return int(run.pk)


async def executed(session_id: int) -> batching.Work:
    """Claim and run, without sending."""
    work = await claimed(session_id)
    await running.execute(work)
    return work


async def answered(session_id: int) -> None:
    """Claim, run and send."""
    await executed(session_id)
    await replying.deliver(session_id)


async def run_in_background(work: batching.Work) -> asyncio.Task[None]:
    return asyncio.create_task(running.execute(work))


async def lapse() -> None:
    """The workers of all claimed batches have been silent for longer than their lease."""
    await db.change(
        "UPDATE botplatform_batch SET lease_until = now() - interval '1 second' WHERE state = 'processing' AND worker <> ''"
    )


async def stored(session_id: int, text: str = "hello", **fields: Any) -> Reply:
    """A reply ready to be sent."""
    defaults = {"kind": "answer", "text": text, "request_id": "r1"}
    return await Reply.objects.acreate(session_id=session_id, **{**defaults, **fields})


async def give_tools(*names: str) -> None:
    """As if the published versions had been published with these tools: the database itself refuses to change them."""
    async with db.transaction() as connection:
        await connection.execute(b"SET LOCAL session_replication_role = replica")
        await connection.execute(b"UPDATE botplatform_agentconfigversion SET tools = %s", (Jsonb(list(names)),))
    configs.forget()


async def session_of(bot_id: int, key: str = "c1", **fields: Any) -> Session:
    return await Session.objects.acreate(bot_id=bot_id, key=key, **{"kind": "private", **fields})


async def the_batch() -> Batch:
    """The only batch there is."""
    return await Batch.objects.aget()


def held(lease: leases.Lease) -> leases.Lease:
    """As if this process ran it."""
    leases.held().add(lease)
    return lease


async def renew() -> None:
    """One heartbeat, as the worker's loop gives it."""
    async with db.connection() as connection:
        await leases.renew(connection)
