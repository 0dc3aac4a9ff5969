"""ask(): a trial as the playground asks for it. The row is the order; a worker finds it by its id."""

from __future__ import annotations

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.utils import timezone

from botplatform.models import AgentConfig, AgentDraft, Batch, Bot, Message, Trial
from botplatform.pipeline import vetting
from botplatform.pipeline.history import JOINER
from botplatform.pipeline.trials.trying import LOST_AFTER

TEXT_CHARS = 20_000
_MESSAGES = 200
"""Of one batch; the row holds them for the page, the run reads the conversation itself."""


def ask(config: AgentConfig, bot: Bot, *, by: str, text: str = "", batch: Batch | None = None) -> Trial:
    """Store an order to try what the agent's draft says now beside what is published now.

    With a batch, its messages in the place of `text`. Without a draft, the published version alone.
    """
    draft = AgentDraft.objects.filter(config=config).first()
    return Trial.objects.create(
        config=config, bot=bot, batch=batch, version=config.published, created_by=by,
        says=_says(draft) if draft else {}, text=_text(batch) if batch else text[:TEXT_CHARS],
    )  # fmt: skip


def ask_again(trial: Trial) -> bool:
    """Have a trial that failed, or whose worker is gone, made anew, with the same draft; whether it was one."""
    over = Q(state=Trial.State.FAILED) | Q(state=Trial.State.RUNNING, started_at__lt=timezone.now() - LOST_AFTER)
    anew: dict[str, Any] = {"state": Trial.State.QUEUED, "created_at": timezone.now(), "started_at": None}
    return bool(Trial.objects.filter(over, pk=trial.pk).update(**anew, finished_at=None, error="", sides={}))


def is_lost(trial: Trial) -> bool:
    """Whether its worker has ended without a word."""
    return (
        trial.state == Trial.State.RUNNING
        and trial.started_at is not None
        and trial.started_at < timezone.now() - LOST_AFTER
    )


def _says(draft: AgentDraft) -> dict[str, Any]:
    """The draft's fields as JSON."""
    says: dict[str, Any] = json.loads(json.dumps(vetting.fields_of(draft), cls=DjangoJSONEncoder))
    return says


def _text(batch: Batch) -> str:
    rows = Message.objects.filter(batch=batch, role=Message.Role.USER).order_by("update_id", "pk")
    return JOINER.join(rows.values_list("text", flat=True)[:_MESSAGES])[:TEXT_CHARS]
