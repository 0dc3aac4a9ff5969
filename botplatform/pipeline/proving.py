"""prove(): what labelled cases and the linter say of patterns before they are published."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import structlog

from agents.routing.evaluating import Case, Report, by_patterns, evaluate, load, loses
from agents.routing.linting import lint_all
from agents.routing.patterns import Pattern, PatternError, PatternSet
from agents.routing.shipped import SHIPPED

log = structlog.get_logger(__name__)

_compiling = threading.Lock()


@dataclass(frozen=True, slots=True)
class Published:
    """What came of publishing, or what would come of it."""

    number: int
    """Of the version in force afterwards."""
    before: dict[str, Any]
    """What the cases say of the version in force until now: `Report.as_dict`."""
    after: dict[str, Any]
    """What they say of the enabled patterns as they are being edited; empty if those cannot be used."""
    refused: str = ""
    """Why it was not published; empty if it was."""
    can_be_forced: bool = False
    findings: dict[str, list[str]] = field(default_factory=dict)
    """What the linter says of patterns, by name."""


def prove(
    number: int, kept: tuple[Pattern, ...], draft: Sequence[Pattern], own: Sequence[Case], *, linted: bool = False
) -> Published:
    """Set version `number`, which keeps `kept`, beside the draft. Takes about a second of computing.

    `linted`: the linter has spoken before, when there were tests to read; a version keeps none.
    """
    cases = [*load("held_out"), *own]
    before = _report(cases, usable(number, kept))
    try:
        patterns = PatternSet(draft)
    except PatternError as error:
        return Published(number, before.as_dict(), {}, f"{error}.")
    after, findings = _report(cases, patterns), {} if linted else lint_all(patterns)
    if number and tuple(map(bare, draft)) == kept:
        return Published(number, before.as_dict(), after.as_dict(), f"Nothing has changed since version {number}.")
    refused = _objection(findings, loses(before, after))
    return Published(number, before.as_dict(), after.as_dict(), refused, bool(refused), findings)


def usable(number: int, kept: tuple[Pattern, ...]) -> PatternSet:
    """The patterns of a version, compiled once. One that can no longer be used settles nothing, rather than fail."""
    try:
        return _set(kept)
    except PatternError as error:
        log.error("routing.version_unusable", number=number, error=str(error))
        return _set(())


@cache
def shipped_figures() -> dict[str, Any]:
    """What the cases say of the shipped patterns."""
    return _report(load("held_out"), _set(tuple(map(bare, SHIPPED)))).as_dict()


def bare(pattern: Pattern) -> Pattern:
    """A pattern as a version keeps it: without its tests."""
    return Pattern(pattern.name, pattern.expression, pattern.target, pattern.platform)


def _objection(findings: dict[str, list[str]], loss: str) -> str:
    said = [f"{name}: {line}" for name, lines in findings.items() for line in lines]
    return " ".join([*([f"It would be a loss: {loss}."] if loss else []), *said])


def _report(cases: Sequence[Case], patterns: PatternSet) -> Report:
    return evaluate(cases, by_patterns(patterns))


def _set(patterns: tuple[Pattern, ...]) -> PatternSet:
    """Compiling takes some tenths of a second: whoever comes meanwhile waits for the same."""
    with _compiling:
        return _compiled(patterns)


@lru_cache(maxsize=2)
def _compiled(patterns: tuple[Pattern, ...]) -> PatternSet:
    return PatternSet(patterns)
