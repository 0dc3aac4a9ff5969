"""How canaries begin and end by hand: one change to agents at a time, checked as publishing is."""

from __future__ import annotations

import structlog
from django.utils import timezone

from agents.routing.target import ROUTER
from botplatform.models import AgentConfig, AgentConfigVersion, AgentDraft, Canary
from botplatform.pipeline import publishing, vetting
from botplatform.pipeline.canaries.verdict import Thresholds
from botplatform.pipeline.comparing import diff
from botplatform.pipeline.publishing import Refused
from botplatform.pipeline.vetting import Problems

log = structlog.get_logger(__name__)

LIMITS = {
    "share_percent": (1, 100),
    "min_runs": (5, 10_000),
    "max_error_percent": (0, 100),
    "max_cost_percent": (0, 10_000),
    "max_wrong_percent": (0, 100),
}
SAME = "It is the published version; there would be nothing to compare."


def start(
    config: AgentConfig,
    share_percent: int,
    allowed: Thresholds,
    *,
    by: str,
    version: AgentConfigVersion | None = None,
    note: str = "",
    as_seen: str = "",
) -> Canary:
    """Let a version answer a share of the agent's conversations; without one, the draft, which becomes a version.

    Raises Refused, Outdated.
    """
    with publishing.exclusively():
        config = publishing.current(config, as_seen)
        values = {name: getattr(allowed, name) for name in Thresholds.__dataclass_fields__}
        beside = config.published
        wrong = {**_standing(config), **_bounds({"share_percent": share_percent, **values})}
        if beside is None or wrong:
            raise Refused(wrong)
        chosen = _checked(config, version) if version else _from_draft(config, by=by, note=note)
        canary = Canary.objects.create(
            config=config, version=chosen, beside=beside, share_percent=share_percent, started_by=by, **values
        )
    log.info(
        "canary.started", canary_id=canary.pk, agent=config.name, version=chosen.number, share=share_percent, by=by
    )
    return canary


def stop(canary_id: int, *, by: str, why: str = "") -> bool:
    """Let the published version answer everything again; whether it was running."""
    with publishing.exclusively():
        return _end(canary_id, Canary.State.STOPPED, by=by, reason=why)


def promote(canary_id: int, *, by: str) -> bool:
    """Publish the canary's version; whether it was running. Raises Refused when it no longer stands beside what is published."""
    with publishing.exclusively():
        canary = Canary.objects.select_related("config", "version").get(pk=canary_id)
        if canary.config.published_id != canary.beside_id:
            raise Refused({"": ["Another version has been published since the canary began."]})
        publishing.must_work(canary.config, canary.version)
        if not _end(canary_id, Canary.State.PROMOTED, by=by):
            return False
        AgentConfig.objects.filter(pk=canary.config_id).update(published=canary.version)
    log.info("agent.published", agent=canary.config.name, version=canary.version.number, by=by)
    return True


def problems(config: AgentConfig, version: AgentConfigVersion | None) -> Problems:
    """Why no canary can begin with this version, or with the draft; empty when one can."""
    draft = publishing.draft_of(config)
    found, says = _standing(config), version or draft
    if says is None:
        return {**found, "": ["There is no draft to try."]}
    if config.published and not diff(config.published, says):
        found = {**found, "": [SAME]}
    return {**publishing.check(config, says), **found}


def _standing(config: AgentConfig) -> Problems:
    """What of the agent itself forbids a canary."""
    if config.name == ROUTER:
        return {"": ["It answers nobody: its prompt is measured on the labelled cases before it is published."]}
    if config.published is None:
        return {"": ["Nothing is published yet that it could be compared with."]}
    if Canary.objects.filter(config=config, state=Canary.State.RUNNING).exists():
        return {"": ["A canary is running already. Stop or promote it first."]}
    return {}


def _bounds(given: dict[str, float]) -> Problems:
    return {
        name: [f"From {least} to {most}, please."]
        for name, (least, most) in LIMITS.items()
        if not least <= given[name] <= most
    }


def _checked(config: AgentConfig, version: AgentConfigVersion) -> AgentConfigVersion:
    if version.config_id != config.pk:
        raise Refused({"": [f"{version} is a version of another agent."]})
    if version.pk == config.published_id:
        raise Refused({"": [SAME]})
    publishing.must_work(config, version)
    return version


def _from_draft(config: AgentConfig, *, by: str, note: str) -> AgentConfigVersion:
    """The draft as a version that is not published; a draft of the same no longer stands in the way."""
    draft = AgentDraft.objects.filter(config=config).first()
    if draft is None:
        raise Refused({"": ["There is no draft to try."]})
    publishing.must_work(config, draft)
    if config.published and not diff(config.published, draft):
        raise Refused({"": [f"The draft says what version {config.published.number} says already."]})
    version = publishing.new_version(config, vetting.fields_of(draft), by=by, note=note or "for a canary")
    draft.delete()
    return version


def _end(canary_id: int, state: str, *, by: str, reason: str = "") -> bool:
    """Within `exclusively`."""
    running = Canary.objects.filter(pk=canary_id, state=Canary.State.RUNNING)
    ended = bool(running.update(state=state, ended_by=by, ended_at=timezone.now(), reason=reason))
    if ended:
        log.info("canary.ended", canary_id=canary_id, state=str(state), reason=reason, by=by)
    return ended
