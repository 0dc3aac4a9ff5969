"""needs_decision(): whether a tool call may simply be made, or a person has to decide, and who."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agents.base import Risk, Tool
from agents.rules import fits
from botplatform.models.approval import Decider

RISKS = tuple(Risk)
NEVER_BELOW = Risk.HIGH
"""A call of this risk needs a decision whatever a bot's settings say."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator asks of one tool beyond its code; it only makes things stricter."""

    always: bool = False
    when: Mapping[str, Any] | None = None
    risk: Risk | None = None
    by_approver: bool = False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a run's surroundings mean for permissions."""

    requesters: Sequence[str]
    """Provider ids of those whose messages the run answers."""
    alone: bool
    """Whether nobody else shares the conversation."""
    ask_from: Risk


def canonical(arguments: Mapping[str, Any]) -> str:
    """The arguments as one text, the same for the same values. Source: RFC 8785 in spirit; keys sorted, no spaces."""
    return json.dumps(_stored(arguments), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _stored(value: Any) -> Any:
    """Numbers as they come back from the database: without an exponent, and zero without a sign."""
    if isinstance(value, float) and value.is_integer():
        return int(Decimal(repr(value)))
    if isinstance(value, Mapping):
        return {key: _stored(item) for key, item in value.items()}
    return [_stored(item) for item in value] if isinstance(value, list | tuple) else value


def fingerprint(arguments: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical arguments: what a decision is bound to."""
    return hashlib.sha256(canonical(arguments).encode("utf-8", "replace")).hexdigest()


def risk_of(tool: Tool, policy: Policy) -> Risk:
    """The higher of what the code states and what an operator says."""
    return max(tool.risk, policy.risk or tool.risk, key=RISKS.index)


def reason_to_ask(
    tool: Tool, arguments: Mapping[str, Any], *, policy: Policy, ask_from: Risk, untrusted: Sequence[str],
    private: Sequence[str] = (), harmless: bool = False,
) -> str:  # fmt: skip
    """Why this call needs a person's decision, in words for whoever decides; empty when it may simply be made.

    `harmless`: the tool says that this very call does no more than an answer would.
    """
    risk = risk_of(tool, policy)
    if tool.asks:
        return "it asks for an answer"
    if (tool.needs_approval and not harmless) or policy.always:
        return "every call of this tool needs a decision"
    if RISKS.index(risk) >= min(RISKS.index(ask_from), RISKS.index(NEVER_BELOW)):
        return f"its risk is {risk.value}"
    if policy.when is not None and _fits(arguments, policy.when):
        return "a rule about its arguments asks for a decision"
    if tool.writes and untrusted and not harmless:
        return f"it changes something, and the agent has read what strangers wrote ({', '.join(untrusted[:3])})"
    if tool.reaches_out and untrusted and private:
        return (
            "it sends words of the agent's to somebody outside, and the agent has read both what strangers wrote "
            f"({', '.join(untrusted[:3])}) and what not everybody may read ({', '.join(private[:3])})"
        )
    return ""


def decider(tool: Tool, *, policy: Policy, alone: bool) -> Decider:
    """The requester answers questions and decides what touches only his own conversation, where nobody else shares it;
    approvers the rest."""
    own = tool.asks or (tool.confined and alone and not policy.by_approver)
    return Decider.REQUESTER if own else Decider.APPROVER


def _fits(arguments: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    """A rule that cannot be used asks for a decision."""
    try:
        return fits(rule, arguments)
    except (ValueError, TypeError, RecursionError):
        return True
