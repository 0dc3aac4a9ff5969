"""How an agent's configuration changes: a draft is written, published as an immutable version, rolled back.

One change to agents at a time in the whole installation, each in one transaction: what is checked is what is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Max

from botplatform.models import AgentConfig, AgentConfigVersion, AgentDraft
from botplatform.models.agent import AgentFields
from botplatform.pipeline import configs, standing, vetting
from botplatform.pipeline.comparing import diff
from botplatform.pipeline.measuring import Measured
from botplatform.pipeline.vetting import Problems

log = structlog.get_logger(__name__)

LOCK = 0x6167656E
"""The advisory lock of whoever changes agents."""


class Refused(Exception):
    """The configuration would not work. `problems` says why, by field."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(" ".join(f"{name}: {line}" if name else line for name in problems for line in problems[name]))
        self.problems = problems


class Outdated(Exception):
    """Somebody else changed it since it was looked at. Look again."""

    def __init__(self) -> None:
        super().__init__("Somebody else has changed this agent meanwhile. Look at it again.")


@contextmanager
def exclusively() -> Iterator[None]:
    """A transaction in which nobody else changes agents. Afterwards this process reads configurations afresh."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield
    configs.forget()


def seen(config: AgentConfig) -> str:
    """What somebody who looks at the agent sees of it now; handed back with a change, it shows whether that still holds."""
    draft = draft_of(config)
    return f"{config.published_id or 0}/{draft.updated_at.isoformat() if draft else ''}"


def draft_of(config: AgentConfig) -> AgentDraft | None:
    """The agent's draft, if there is one."""
    return AgentDraft.objects.filter(config=config).first()


def save_draft(config: AgentConfig, says: Mapping[str, Any], *, by: str, as_seen: str = "") -> AgentDraft:
    """Write the agent's draft. `says` has every field of `vetting.FIELDS`. Raises Refused, Outdated."""
    with exclusively():
        config = current(config, as_seen)
        must_work(config, AgentDraft(**says))
        begun = {"based_on": config.published, **says, "updated_by": by}
        draft, _ = AgentDraft.objects.update_or_create(
            config=config, defaults={**says, "updated_by": by}, create_defaults=begun
        )
    return draft


def discard_draft(config: AgentConfig, *, by: str, as_seen: str = "") -> bool:
    """Throw the draft away; whether there was one. Raises Outdated."""
    with exclusively():
        deleted, _ = AgentDraft.objects.filter(config=current(config, as_seen)).delete()
    if deleted:
        log.info("agent.draft_discarded", agent=config.name, by=by)
    return bool(deleted)


def publish(
    config: AgentConfig,
    *,
    by: str,
    note: str = "",
    as_seen: str = "",
    measured: Measured | None = None,
    force: bool = False,
) -> AgentConfigVersion:
    """Make the draft a version, and that version what runs use from now on. Raises Refused, Outdated.

    `measured`: what it does to routing, where it is the router's; a loss is refused unless forced.
    """
    with exclusively():
        config = current(config, as_seen)
        draft = draft_of(config)
        if draft is None:
            raise Refused({"": ["There is no draft to publish."]})
        must_work(config, draft)
        if config.published and not diff(config.published, draft):
            raise Refused({"": [f"The draft says what version {config.published.number} says already."]})
        if measured and measured.loss and not force:
            raise Refused({"": [f"It would be a loss: {measured.loss}."]})
        version = add_version(config, vetting.fields_of(draft), by=by, note=_note(note, measured))
        draft.delete()
    log.info("agent.published", agent=config.name, version=version.number, by=by)
    return version


def roll_back(config: AgentConfig, version: AgentConfigVersion, *, by: str, as_seen: str = "") -> None:
    """Let runs use an older version again; the draft stays. Raises Refused, Outdated."""
    with exclusively():
        config = current(config, as_seen)
        if version.config_id != config.pk:
            raise Refused({"": [f"{version} is a version of another agent."]})
        if version.pk == config.published_id:
            raise Refused({"": [f"Version {version.number} is the published one."]})
        must_work(config, version)
        AgentConfig.objects.filter(pk=config.pk).update(published=version)
    log.info("agent.rolled_back", agent=config.name, version=version.number, by=by)


def add_version(config: AgentConfig, says: Mapping[str, Any], *, by: str, note: str) -> AgentConfigVersion:
    """Within `exclusively`: the next version, published. What it says has been checked."""
    version = new_version(config, says, by=by, note=note)
    AgentConfig.objects.filter(pk=config.pk).update(published=version)
    return version


def new_version(config: AgentConfig, says: Mapping[str, Any], *, by: str, note: str) -> AgentConfigVersion:
    """Within `exclusively`: the next version, which no run uses yet. What it says has been checked."""
    last: int | None = config.versions.aggregate(last=Max("number"))["last"]
    return AgentConfigVersion.objects.create(config=config, number=(last or 0) + 1, note=note, created_by=by, **says)


def check(config: AgentConfig, says: AgentFields) -> Problems:
    """Why runs could not use this; empty when they could."""
    among = standing.peers()
    among[config.name] = standing.peer(config, says)
    found = {**vetting.check_fields(vetting.fields_of(says)), **standing.check_standing(config.name, among)}
    if fallback := standing.check_fallback(config.name, among):
        found["fallback_agent"] = fallback
    return found


def _note(note: str, measured: Measured | None) -> str:
    """What is said of the version, figures included."""
    spite = ", published in spite of the loss" if measured and measured.loss else ""
    return "; ".join(filter(None, (note, f"{measured}{spite}" if measured else "")))


def must_work(config: AgentConfig, says: AgentFields) -> None:
    """Raises Refused when runs could not use this."""
    if problems := check(config, says):
        raise Refused(problems)


def current(config: AgentConfig, as_seen: str) -> AgentConfig:
    """Within `exclusively`: the row as it is now. Raises Outdated when that is not what was seen."""
    now = AgentConfig.objects.select_related("published").get(pk=config.pk)
    if as_seen and as_seen != seen(now):
        raise Outdated
    return now
