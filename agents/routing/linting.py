"""What is wrong with a pattern, in words for whoever writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from agents.routing.labelled import load
from agents.routing.patterns import Pattern, PatternError, PatternSet, compiled
from agents.routing.target import ROUTER

EVERYTHING = 0.4
"""A pattern that matches more than this share of unrelated messages matches everything."""
NO_WORDS = "\N{REPLACEMENT CHARACTER}"
"""Stands for the empty message, which is never given to patterns."""


def lint(pattern: Pattern, earlier: Sequence[Pattern]) -> list[str]:
    """Return what is wrong, nothing if all is well. `earlier`: the patterns that are tried before it, in order."""
    found = _alone(pattern)
    if found:
        return found
    try:
        return _shadowed(pattern, PatternSet([*earlier, pattern]))
    except PatternError as error:
        return [f"It cannot be used with the others. {error}."]


def lint_all(patterns: PatternSet) -> dict[str, list[str]]:
    """What is wrong with each pattern of a set, by name; those without a finding are left out."""
    found = {pattern.name: _alone(pattern) or _shadowed(pattern, patterns) for pattern in patterns.patterns}
    return {name: said for name, said in found.items() if said}


def _alone(pattern: Pattern) -> list[str]:
    if pattern.target.endswith("-worker"):
        return [f"{pattern.target} is a worker: workers are dispatched by the orchestrator, never routed to."]
    if not all(_well_formed(test) for test in pattern.tests):
        return ['Each test must be {"text": "…", "matches": true} or the same with false.']
    try:
        compiled(pattern)
    except PatternError as error:
        return [f"The expression cannot be used. {error}."]
    alone = PatternSet([pattern])
    return [*_failed_tests(alone), *_too_wide(alone), *_never_matching(alone)]


def _well_formed(test: object) -> bool:
    return isinstance(test, Mapping) and isinstance(test.get("text"), str) and isinstance(test.get("matches"), bool)


def _matches(alone: PatternSet, text: str) -> bool:
    """Whether the only pattern of a set matches a text, on its own platform."""
    return any(hit for _, hit in alone.tried(text, alone.patterns[0].platform))


def _positive(pattern: Pattern) -> list[str]:
    return [str(test["text"]) for test in pattern.tests if test["matches"]]


def _failed_tests(alone: PatternSet) -> list[str]:
    failed = []
    for test in alone.patterns[0].tests:
        if _matches(alone, str(test["text"])) != test["matches"]:
            wanted = "should match and does not" if test["matches"] else "should not match and does"
            failed.append(f"A test fails: {str(test['text'])[:80]!r} {wanted}.")
    return failed


def _too_wide(alone: PatternSet) -> list[str]:
    if _matches(alone, NO_WORDS):
        return ["It matches a message without any words, and so every message: tie it to words with ^ and $."]
    texts = _corpus()
    hits = sum(_matches(alone, text) for text in texts)
    if hits > EVERYTHING * len(texts) and alone.patterns[0].target != ROUTER:
        return [f"It matches nearly everything: {hits} of {len(texts)} unrelated messages."]
    return []


def _never_matching(alone: PatternSet) -> list[str]:
    texts = (*_positive(alone.patterns[0]), *_corpus())
    if any(_matches(alone, text) for text in texts):
        return []
    return ["It never matches: neither its tests nor any of the usual messages. Give it a test that it should match."]


def _shadowed(pattern: Pattern, patterns: PatternSet) -> list[str]:
    """A pattern for one platform cannot shadow one for all of them."""
    takers = [_taker(pattern, text, patterns) for text in _positive(pattern)]
    if not takers or not all(takers):
        return []
    return [
        f"It is shadowed: everything that its tests want is taken by earlier patterns ({', '.join(sorted(set(takers)))})."
    ]


def _taker(pattern: Pattern, text: str, patterns: PatternSet) -> str:
    """The name of the earlier pattern that matches a text; empty if there is none."""
    for name, hit in patterns.tried(text, pattern.platform):
        if name == pattern.name:
            break
        if hit:
            return name
    return ""


@cache
def _corpus() -> tuple[str, ...]:
    return tuple(case.text for case in load("development"))
