"""permit(): may a run make this tool call now? What was decided is found again by the call's id, whoever runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

import structlog
from django.conf import settings

from agents.base import Permission, Risk, ToolCall, Verdict
from agents.schema import unfit
from agents.text import strip_invisible
from botplatform.pipeline import approvals, db
from botplatform.pipeline.caching import cached
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.permits import Circumstances, Policy, decider, fingerprint, reason_to_ask, risk_of

log = structlog.get_logger(__name__)

OTHER_CALL = "The call was not made: its id is that of another call. If it is still wanted, make it again."
NOT_AGAIN = "Do not try it again unless you are asked to. Say plainly that it was not done."


_BEGUN = """
    SELECT 1 AS yes FROM botplatform_step st JOIN botplatform_run r ON r.id = st.run_id JOIN botplatform_batch b ON b.id = r.batch_id
    WHERE r.batch_id = %s AND r.plan_step_id IS NOT DISTINCT FROM %s AND r.id > coalesce(b.from_run, 0) AND st.kind = 'tool'
      AND st.state = 'running' AND st.tool_use_id = %s AND st.name = %s LIMIT 1"""


class Asking(Protocol):
    """What is known of the run that wants to make a call."""

    lease: Lease
    run_id: int
    circumstances: Circumstances
    untrusted: list[str]
    private: list[str]


async def policy(tool: str) -> Policy:
    """What operators ask of a tool, cached for a moment; the row named `*` holds for all."""

    async def load() -> dict[str, Policy]:
        rows = await db.rows("SELECT * FROM botplatform_toolpolicy")
        return {
            row["tool"]: Policy(
                row["always"], row["when"], Risk(row["risk"]) if row["risk"] else None, row["by_approver"]
            )
            for row in rows
        }

    known = await cached("tool policies", load)
    return known.get(tool) or known.get("*") or Policy()


async def permit(run: Asking, call: ToolCall, *, harmless: bool = False) -> Permission:
    """Decide, from what is stored, or ask. Asking is stored under the run's epoch, once for each call."""
    approval = await approvals.of_call(run.lease, call.tool_use_id)
    if approval is not None:
        return await _as_decided(run, call, approval)
    rules = await policy(call.tool.name)
    reason = reason_to_ask(
        call.tool, call.arguments, policy=rules, ask_from=run.circumstances.ask_from, untrusted=run.untrusted,
        private=run.private, harmless=harmless,
    )  # fmt: skip
    if not reason:
        return Permission(Verdict.ALLOWED, call.arguments)
    if denied := await approvals.denied_alike(run.lease.batch_id, call.tool.name, call.arguments):
        return Permission(Verdict.REFUSED, told=_denied(denied))
    request = approvals.Request(
        tool=call.tool.name, tool_use_id=call.tool_use_id, arguments=call.arguments,
        summary=call.tool.describe(call.arguments), said=call.said, risk=risk_of(call.tool, rules).value, reason=reason,
        decider=decider(call.tool, policy=rules, alone=run.circumstances.alone).value, requesters=run.circumstances.requesters,
        untrusted=run.untrusted, asks=call.tool.asks,
        options=_options(call.arguments) if call.tool.asks else (),
    )  # fmt: skip
    await approvals.ask(run.lease, run.run_id, request)
    return Permission(Verdict.WAITING)


def _options(arguments: Mapping[str, Any]) -> list[str]:
    """Those that a button can show: no platform takes an empty one, and two alike could not be told apart."""
    shown = (" ".join(strip_invisible(str(one)).split()) for one in arguments.get("options") or ())
    return list(dict.fromkeys(one for one in shown if one))


async def _as_decided(run: Asking, call: ToolCall, approval: db.Row) -> Permission:
    if not _is_of(call, approval):  # ids are one agent's own: the one that takes its place may give the same
        return Permission(Verdict.REFUSED, told=OTHER_CALL)
    if approval["state"] == "pending":
        async with db.transaction() as connection:
            if not await approvals.expire(connection, approval["id"]):
                return Permission(Verdict.WAITING)
        approval = {**approval, "state": "expired"}
    if (
        approval["state"] in ("approved", "executed")
        and fingerprint(approval["arguments"]) != approval["arguments_hash"]
    ):
        log.error("approval.tampered", approval_id=approval["id"], tool=approval["tool"])
        return Permission(Verdict.REFUSED, told=f"The arguments are not those that were approved. {NOT_AGAIN}")
    if approval["state"] == "approved":
        return _approved(call, approval)
    if approval["state"] == "executed" and call.tool.repeatable and await _goes_on(run.lease, call):
        return Permission(Verdict.ALLOWED, approval["arguments"], told=_changed(approval))
    return Permission(Verdict.REFUSED, told=_told(approval))


async def _goes_on(lease: Lease, call: ToolCall) -> bool:
    """Whether the very call that used the approval up was begun and has not ended: its run was broken off, or it waits."""
    values = (lease.batch_id, lease.step_id, call.tool_use_id, call.tool.name)
    return await db.row(_BEGUN, values) is not None


def _is_of(call: ToolCall, approval: db.Row) -> bool:
    """Whether it was asked for this very call."""
    proposed = approval["proposed"] if approval["proposed"] is not None else approval["arguments"]
    return bool(approval["tool"] == call.tool.name and fingerprint(proposed) == fingerprint(call.arguments))


def _approved(call: ToolCall, approval: db.Row) -> Permission:
    """What is executed is what was shown: the stored arguments, not those of the call."""
    if wrong := unfit(call.tool.input_schema, approval["arguments"]):
        return Permission(Verdict.REFUSED, told=f"The approved arguments are not valid: {wrong}. {NOT_AGAIN}")
    return Permission(Verdict.ALLOWED, approval["arguments"], approval["id"], _changed(approval))


def _changed(approval: db.Row) -> str:
    if approval["asks"]:
        return f"{approval['decided_by'] or 'Somebody'} answered: {approval['comment'] or '(no words)'}"
    if approval["proposed"] is None:
        return ""
    arguments = json.dumps(approval["arguments"], ensure_ascii=False)
    return f"{approval['decided_by']} approved this call with other arguments: {arguments}"


def _denied(approval: db.Row) -> str:
    why = f" They wrote: {approval['comment']}" if approval["comment"] else ""
    return f"{approval['decided_by'] or 'Somebody'} denied this call.{why} {NOT_AGAIN}"


def _told(approval: db.Row) -> str:
    if approval["asks"] and approval["state"] in ("denied", "expired"):
        nobody = "Nobody answered." if approval["state"] == "expired" else f"{approval['decided_by']} gives no answer."
        return f"{nobody} Go on without, with a sensible assumption, and say which. Do not ask the same again."
    if approval["state"] == "denied":
        return _denied(approval)
    if approval["state"] == "expired":
        seconds = round(settings.APPROVAL_TTL.total_seconds())
        return f"Nobody decided about this call within {seconds} seconds, so it was not made. {NOT_AGAIN}"
    if approval["state"] == "executed":
        return "The outcome of this call is unknown: it was begun and may or may not have had its effect. It was not repeated."
    return f"This call is no longer wanted. {NOT_AGAIN}"
