"""Rows that need somebody, each as its name, its cause and its moment."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from botplatform.models import Approval, Batch, Bot, Canary, PlanStep, Reply, Update

Told = tuple[str, str, datetime | None]


def stuck(batch: Batch) -> Told:
    now = timezone.now()
    why = "no heartbeat" if batch.lease_until and batch.lease_until < now else "no progress"
    since = batch.progress_at if why == "no progress" else batch.heartbeat_at
    return str(batch.session), f"{why}, {batch.worker or 'no worker has it'}", since or batch.lease_until


def plan_step(step: PlanStep) -> Told:
    why = "no heartbeat" if step.lease_until and step.lease_until < timezone.now() else "no progress"
    since = step.progress_at if why == "no progress" else step.heartbeat_at
    return (
        str(step.plan.batch.session),
        f"step {step.key}: {why}, {step.process or 'no worker has it'}",
        since or step.lease_until,
    )


def failed(batch: Batch) -> Told:
    return str(batch.session), batch.error or batch.reason or "no error is stored", batch.finished_at


def reply(reply: Reply) -> Told:
    return str(reply.session), reply.error or "no error is stored", reply.claimed_at or reply.created_at


def approval(approval: Approval) -> Told:
    what = "asks" if approval.asks else approval.tool
    return str(approval.session), f"{what}: {approval.summary}", approval.expires_at


def update(update: Update) -> Told:
    return f"{update.bot}, {update.external_id}", update.reason or "unreadable", update.received_at


def bot(bot: Bot) -> Told:
    return str(bot), bot.problem, None


def canary(canary: Canary) -> Told:
    return str(canary.version), canary.reason, canary.ended_at
