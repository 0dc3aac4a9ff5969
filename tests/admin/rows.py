"""Rows as the pipeline would have written them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botplatform import sealing
from botplatform.models import (
    AgentConfig,
    AgentConfigVersion,
    Approval,
    Batch,
    Bot,
    Message,
    ModelPrice,
    PairingLink,
    Pattern,
    Process,
    ProgressText,
    Reply,
    Route,
    RoutingCase,
    RoutingVersion,
    Run,
    Session,
    Step,
    ToolPolicy,
    Update,
)
from botplatform.pipeline.permits import fingerprint

PIPELINE = (Session, Message, Update, Batch, Route, Run, Step, Approval, Reply, Process)
EVERY = (*PIPELINE, Bot, AgentConfig, AgentConfigVersion, ModelPrice, ProgressText)
TOKEN, SECRET = "424242:AAEhBOweik9ai_bot-token_0123456789", "webhook-secret-0123456789"
BODY = {
    "update_id": 7,
    "message": {"message_id": 5, "date": 1, "chat": {"id": 10, "type": "private", "first_name": "Ada"}},
}

Rows = SimpleNamespace
_numbers = itertools.count(1)


def bot() -> Bot:
    secrets = sealing.seal({"token": TOKEN, "secret": SECRET})
    fields = {"credentials": secrets, "account_id": "424242", "api_url": "http://127.0.0.1:1"}
    return Bot.objects.get_or_create(transport="telegram", slug="tested", defaults=fields)[0]


def agent() -> AgentConfigVersion:
    config, _ = AgentConfig.objects.get_or_create(name="tested-agent", behaviour="simple-agent")
    version, _ = AgentConfigVersion.objects.get_or_create(config=config, number=1, defaults={"prompt": "Be kind."})
    AgentConfig.objects.filter(pk=config.pk).update(published=version)
    return version


def batch(session: Session, state: str = "done", **fields: Any) -> Batch:
    lease = (
        {"lease_until": timezone.now() + timedelta(hours=1), "worker": "worker@there:1"}
        if state == "processing"
        else {}
    )
    due = timezone.now()
    return Batch.objects.create(
        **{"session": session, "state": state, "request_id": f"r{next(_numbers)}", "due_at": due} | lease | fields
    )


def approval(run: Run, **fields: Any) -> Approval:
    """An open question about a tool call of the run."""
    arguments = fields.pop("arguments", {})
    asked = {
        "session": run.batch.session, "batch": run.batch, "run": run, "number": next(_numbers), "tool": "delete_history",
        "tool_use_id": f"toolu_{next(_numbers)}", "arguments": arguments, "arguments_hash": fingerprint(arguments), "risk": "high",
        "summary": "Delete what was said in this conversation.", "reason": "its risk is high", "decider": "requester",
        "requesters": ["10"], "expires_at": timezone.now() + timedelta(minutes=5),
    }  # fmt: skip
    return Approval.objects.create(**asked | fields)


def decided(run: Run) -> Approval:
    """One that was denied."""
    return approval(run, state="denied", decided_by="Ada", decided_via="button", decided_at=timezone.now())


def conversation(*, text: str = "What is it?", author: str = "Ada", title: str = "Ada", state: str = "done") -> Rows:
    """One message that was answered by two model calls' worth of rows: a row of every kind, linked."""
    n = next(_numbers)
    tested = bot()
    session = Session.objects.create(bot=tested, key=f"chat-{n}", kind="private", title=title)
    made = batch(session, state, size=1)
    person = {"author_id": f"author-{n}", "author_name": author}
    raw = {
        **BODY,
        "message": {**BODY["message"], "text": text, "from": {"id": 10, "is_bot": False, "first_name": author}},
    }
    update = Update.objects.create(
        bot=tested, external_id=f"ext-{n}", kind="message", state="done", session=session, batch=made,
        request_id=made.request_id, text=text, raw=json.dumps(raw).encode(), **person,
    )  # fmt: skip
    message = Message.objects.create(session=session, batch=made, update=update, text=text, **person)
    Message.objects.create(session=session, batch=made, role="assistant", text="It is that.")
    route = Route.objects.create(batch=made, method="direct", target="tested-agent")
    run = Run.objects.create(batch=made, epoch=1, state="succeeded", agent="tested-agent", config_version=agent())
    step = Step.objects.create(
        run=run, kind="model", name="anthropic:some-model", state="succeeded", stop_reason="end_turn", tokens_in=11, tokens_out=7,
        request={"messages": [text]}, response={"text": "It is that."},
    )  # fmt: skip
    reply = Reply.objects.create(
        session=session, batch=made, run=run, kind="answer", text="It is that.", state="sent", provider_id="99"
    )
    process = Process.objects.create(name=f"worker@there:{n}", role="worker")
    return Rows(
        bot=tested, session=session, batch=made, update=update, message=message, route=route, run=run, step=step, reply=reply,
        approval=decided(run), process=process, agentconfig=run.config_version.config, agentconfigversion=run.config_version,
        modelprice=ModelPrice.objects.create(model=f"anthropic:m{n}", input_usd=1, output_usd=2),
        progresstext=ProgressText.objects.create(text=f"Thinking {n}"),
    )  # fmt: skip


def _version(n: int) -> RoutingVersion:
    kept = [{"name": f"p{n}", "expression": "^x$", "target": "simple-agent", "platform": ""}]
    return RoutingVersion.objects.create(number=n, patterns=kept)


APART: dict[type[Model], Callable[[int], Model]] = {
    Pattern: lambda n: Pattern.objects.create(name=f"p{n}", expression="^x$", target="simple-agent"),
    RoutingVersion: _version,
    RoutingCase: lambda n: RoutingCase.objects.create(text=f"x{n}", platform="telegram", target="simple-agent"),
    ToolPolicy: lambda n: ToolPolicy.objects.create(tool=f"tool-{n}", always=True),
    PairingLink: lambda n: PairingLink.objects.create(
        bot=bot(), role="admin", token_hash=f"hash-{n}", expires_at=timezone.now()
    ),
}
"""Rows that belong to no conversation, and how one more is made."""


def apart(model: type[Model]) -> Model:
    """One more row of a kind in APART."""
    return APART[model](next(_numbers))


def row_of(rows: Rows, model: type[Model]) -> Model:
    """The conversation's row of a kind."""
    found: Model = getattr(rows, model._meta.model_name or "")
    return found


def listed(model: type[Model], query: str = "") -> str:
    return reverse(f"admin:botplatform_{model._meta.model_name}_changelist") + query


def page(row: Model) -> str:
    return reverse(f"admin:botplatform_{row._meta.model_name}_change", args=[row.pk])


def shown_ids(client: Client, model: type[Model], query: str = "") -> list[int]:
    """The ids of a list, in its order."""
    answer = client.get(listed(model, query))
    assert answer.status_code == 200, answer.headers
    return [row.pk for row in answer.context["cl"].result_list]


def operate(client: Client, name: str, *chosen: Model, **more: str) -> Any:
    """What the browser sends when an action is run on these rows; the answer after redirects."""
    data = {"action": name, "_selected_action": [row.pk for row in chosen], "select_across": "0", **more}
    return client.post(listed(type(chosen[0])), data, follow=True)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]
