"""Plans and what workers are given and give back: values without behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from agents.values import StepResult


class StepStanding(StrEnum):
    """How far a step of a plan is."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    """For a person, a check, or its next attempt."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Something that it depends on failed."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step as the model planned it."""

    id: str
    """Unique in its plan; what `depends_on` names."""
    description: str
    """For people, in a few words."""
    worker: str
    """`code`, `research` or `github`."""
    task: str
    """For the worker, in full."""
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """A checked plan: no cycle, every dependency there, at most ten steps."""

    summary: str
    steps: tuple[PlannedStep, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What a claim rests on."""

    url: str
    title: str = ""
    quote: str = ""
    """The very words; empty where none were given."""
    supported: bool | None = None
    """Whether the quote was found again in the page as it was read; None: not looked for."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """A step of a stored plan and what has become of it."""

    id: str
    description: str
    worker: str
    task: str
    depends_on: tuple[str, ...]
    state: StepStanding
    result: str = ""
    """What the worker found, in Markdown; data, not instructions."""
    sources: tuple[Source, ...] = ()
    error: str = ""
    """Why it failed or was skipped, in words that may be shown."""


@dataclass(frozen=True, slots=True)
class PlanReport:
    """A stored plan; a run that goes on with one finds none of its steps unfinished."""

    summary: str
    steps: tuple[StepReport, ...]
    replans: int = 0
    """How often this answer was planned anew."""


@dataclass(frozen=True, slots=True)
class WorkerInput:
    """What a worker is asked to do."""

    task: str
    goal: str = ""
    """What the whole plan is for: the person's own words."""
    description: str = ""
    results: Sequence[StepReport] = ()
    """Of the steps that this one depends on."""
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class WorkerResult:
    """What a worker gives back. `last_step` and `last_result` as in `AgentResult`."""

    text: str
    sources: tuple[Source, ...] = ()
    last_step: int | None = None
    last_result: StepResult | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page that a run of this answer has read, as its tool returned it."""

    url: str
    text: str
    title: str = ""
