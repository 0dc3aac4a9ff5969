"""A canary's figures beside those of the published version."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from botplatform.admin import showing
from botplatform.models import Batch, Canary, Run

Side = dict[str, Any]


def evidence(canary: Canary) -> SafeString:
    """The last look: both sides, what is allowed, and which runs failed."""
    seen = canary.evidence
    context = {
        "canary": canary,
        "reason": showing.visible(canary.reason),
        "version": showing.anchor(canary.version, f"v{canary.version.number}"),
        "beside": showing.anchor(canary.beside, f"v{canary.beside.number}"),
        "lines": _lines(canary, seen["canary"], seen["beside"]) if seen else [],
        "compared_with": showing.visible(seen.get("compared_with", "")),
        "looked": showing.short_moment(canary.looked_at),
        "waits": _waits(canary),
        "failing": [showing.anchor(Run(pk=pk), f"run {pk}") for pk in seen.get("failing_runs", [])],
        "wrong": [showing.anchor(Batch(pk=pk), f"batch {pk}") for pk in seen.get("wrong_batches", [])],
    }
    return mark_safe(render_to_string("admin/canary/evidence.html", context))  # noqa: S308 - escaped in the template


def _waits(canary: Canary) -> str:
    """What has to happen before it is judged."""
    ended = canary.evidence.get("canary", {}).get("runs", 0)
    if canary.state != Canary.State.RUNNING or ended >= canary.min_runs:
        return ""
    return f"{ended} of {canary.min_runs} runs have ended; it is judged from then on."


def _lines(canary: Canary, own: Side, other: Side) -> list[tuple[str, ...]]:
    """What is measured: of the canary, of the published version, and how much more is allowed."""
    return [
        ("runs", str(own["runs"]), str(other["runs"]), f"judged from {canary.min_runs}"),
        ("failed", *_shares("failed", "runs", own, other), f"+{canary.max_error_percent:g} points"),
        ("cost of a run", *(f"${side['cost_usd']:.6f}" for side in (own, other)), f"+{canary.max_cost_percent:g} %"),
        ("wrong, of the judged", *_shares("wrong", "judged", own, other), f"+{canary.max_wrong_percent:g} points"),
        ("tokens of a run", *(f"{side['tokens']:.0f}" for side in (own, other)), "–"),
        ("95 % are quicker than", *(f"{side['p95_ms'] / 1000:.2f} s" for side in (own, other)), "–"),
    ]


def _shares(hits: str, of: str, *sides: Side) -> list[str]:
    return [f"{side[hits] / side[of]:.1%} ({side[hits]} of {side[of]})" if side[of] else "–" for side in sides]
