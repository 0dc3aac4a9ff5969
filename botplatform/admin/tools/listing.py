"""Every tool of the registry: what its code says of it, who lists it, what operators ask of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from agents.base import Tool
from agents.registry import TOOLS, WORKERS
from botplatform.admin import showing
from botplatform.admin.tool_policy import ALL_TOOLS, asks
from botplatform.admin.tools.needs import TITLES, Met
from botplatform.models import AgentConfig, ToolPolicy


@dataclass(frozen=True, slots=True)
class Shown:
    """One tool on the page."""

    name: str
    description: str
    risk: SafeString
    traits: Sequence[str]
    lacks: Sequence[str]
    """Why it is not offered here; empty where it is."""
    agents: Sequence[SafeString]
    policy: SafeString | str
    policy_asks: str

    @property
    def missing(self) -> SafeString:
        return showing.label("failed", "not offered here")


def tools(needs: Sequence[Met], *, sees_agents: bool) -> list[Shown]:
    """In the registry's order."""
    lacking = {met.need: met.why for met in needs if not met.has}
    listed = _listed() if sees_agents else {}
    policies = {policy.tool: policy for policy in ToolPolicy.objects.all()}
    return [
        _shown(
            tool, [f"{TITLES[need]}: {why}" for need, why in lacking.items() if need in tool.needs], listed.get(name, []),
            policies.get(name) or policies.get(ALL_TOOLS),
        )
        for name, tool in TOOLS.items()
    ]  # fmt: skip


def _listed() -> Mapping[str, list[SafeString]]:
    """Tool → agents whose published version lists it."""
    found: dict[str, list[SafeString]] = defaultdict(list)
    for config in AgentConfig.objects.select_related("published").exclude(published=None).order_by("name"):
        for name in dict.fromkeys(map(str, config.published.tools if config.published else ())):
            found[name].append(showing.anchor(config))
    return found


def _shown(tool: Tool, lacks: Sequence[str], agents: Sequence[SafeString], policy: ToolPolicy | None) -> Shown:
    return Shown(
        name=tool.name,
        description=showing.visible(tool.description),
        risk=showing.label(tool.risk.value, f"{tool.risk.value} risk"),
        traits=traits(tool),
        lacks=lacks,
        agents=agents,
        policy=showing.anchor(policy, f"policy for {policy.tool}") if policy else "",
        policy_asks=str(asks(policy)) if policy else "",
    )


def traits(tool: Tool) -> list[str]:
    """What its code says of it, in words."""
    said = (
        ("repeated after a crash" if tool.repeatable else "never repeated after a crash", True),
        ("asks the person" if tool.asks else "every call needs a decision", tool.needs_approval or tool.asks),
        ("writes: needs a decision once strangers' text was read", tool.writes),
        ("touches the requester's own conversation alone", tool.confined),
        ("kept from strangers", tool.trusted_only),
        ("reaches out: needs a decision once strangers' and private text have met", tool.reaches_out),
        ("returns strangers' text", tool.returns_untrusted),
        ("may return private text", tool.returns_private),
        (f"on {', '.join(sorted(tool.platforms))} only", bool(tool.platforms)),
        (f"needs {', '.join(TITLES[need].lower() for need in TITLES if need in tool.needs)}", bool(tool.needs)),
        (f"at most {tool.timeout_seconds:g} s", True),
        (f"by default of {', '.join(_workers(tool.name))}", bool(_workers(tool.name))),
    )
    return [text for text, holds in said if holds]


def _workers(name: str) -> list[str]:
    """Workers that have it by default."""
    return sorted({worker.name for worker in WORKERS.values() if name in worker.default_tools})
