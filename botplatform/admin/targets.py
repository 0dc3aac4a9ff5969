"""Agents and platforms as choices of a form."""

from __future__ import annotations

from agents.registry import STAND_INS
from agents.routing.target import ROUTER, TARGETS
from botplatform.models import AgentConfig
from transports.registry import TRANSPORTS

Choices = list[tuple[str, str]]
_NONE = ("", "choose one")


def agents(*, kept: str = "") -> Choices:
    """Whom a message can be given to, workers never; `kept` stays among them even if it is gone."""
    rows = AgentConfig.objects.exclude(name__endswith="-worker").exclude(name=ROUTER).order_by("name")
    known = dict(rows.values_list("name", "enabled"))
    names = sorted({*known, *TARGETS, *([kept] if kept else [])} - {ROUTER})
    return [(name, f"{name}{_remark(name, known)}") for name in names]


def _remark(name: str, known: dict[str, bool]) -> str:
    if name in known:
        return "" if known[name] else " (disabled)"
    return f" (for now {STAND_INS[name]} answers)" if name in STAND_INS else " (there is no such agent)"


def choose_agent() -> Choices:
    """The same, none of them chosen yet."""
    return [_NONE, *agents()]


def agents_or_model(*, kept: str = "") -> Choices:
    """The same, and to leave it to the router's model; `kept` as above."""
    return [_NONE, *agents(kept=kept), (ROUTER, f"{ROUTER} (the model decides, whatever later patterns say)")]


def choose_platform() -> Choices:
    """Transports, none of them chosen yet."""
    return [_NONE, *((name, name) for name in TRANSPORTS)]


def any_platform() -> Choices:
    """Transports, and all of them together."""
    return [("", "all platforms"), *((name, name) for name in TRANSPORTS)]
