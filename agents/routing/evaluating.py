"""How good routing is, on labelled cases: figures, a comparison of two sets of patterns, and a text of both."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.routing.answers import asks
from agents.routing.labelled import NAMES, Case, load
from agents.routing.patterns import PatternSet
from agents.routing.target import TARGETS

__all__ = ["NAMES", "Case", "Decided", "Report", "by_patterns", "evaluate", "load", "loses"]

OPEN = "(model)"
"""The column of messages that no pattern settles and nobody has classified."""
SHARE_LOSS = 0.1
"""A new set that settles so much less of the cases is a loss."""


@dataclass(frozen=True, slots=True)
class Decided:
    """How one message was routed. Without a target nobody has settled it."""

    method: str = ""
    """`pattern`, `model` or `fallback`."""
    target: str = ""
    milliseconds: float = 0.0
    """The whole decision."""
    own_milliseconds: float | None = None
    """Of these, what passed outside the model's provider; None where none was asked."""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Figures on one set of cases."""

    outcomes: Sequence[tuple[Case, Decided]] = field(repr=False)

    @property
    def cases(self) -> int:
        return len(self.outcomes)

    @property
    def methods(self) -> list[str]:
        return [name for name in ("pattern", "model", "fallback") if self.settled(name)]

    def settled(self, method: str = "") -> int:
        """Cases that have a target, by one method or by any."""
        return sum(bool(got.target) and method in ("", got.method) for _, got in self.outcomes)

    def right(self, method: str = "") -> int:
        return sum(got.target == case.target and method in ("", got.method) for case, got in self.outcomes)

    def wrong(self) -> int:
        return self.settled() - self.right()

    def precision(self, method: str = "") -> float | None:
        """The share of right ones among what a method settled; None if it settled nothing."""
        return self.right(method) / self.settled(method) if self.settled(method) else None

    def share(self, method: str) -> float:
        """The share of all cases that a method settled."""
        return self.settled(method) / self.cases if self.cases else 0.0

    def accuracy(self) -> float | None:
        """The share of right ones among all cases; None while some are not settled."""
        return self.precision() if self.settled() == self.cases else None

    def matrix(self) -> dict[str, dict[str, int]]:
        """Right target → target given → cases; rows and columns without a case are left out."""
        counts = Counter((case.target, got.target or OPEN) for case, got in self.outcomes)
        rows, columns = (_ordered({key[place] for key in counts}) for place in (0, 1))
        return {row: {column: counts[row, column] for column in columns} for row in rows}

    def latency(self, method: str, *, own: bool = False) -> dict[str, float]:
        """Milliseconds of a method's decisions; `own`: without the model's provider. Empty if it took none."""
        taken = [got for _, got in self.outcomes if got.method == method and got.target]
        times = sorted(each for got in taken if (each := got.own_milliseconds if own else got.milliseconds) is not None)
        return {name: _percentile(times, percent) for name, percent in PERCENTILES.items()} if times else {}

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON, without the cases."""
        return {
            "cases": self.cases,
            "accuracy": self.accuracy(),
            "methods": {
                method: {
                    "settled": self.settled(method),
                    "share": self.share(method),
                    "right": self.right(method),
                    "precision": self.precision(method),
                    "milliseconds": self.latency(method),
                    "own_milliseconds": self.latency(method, own=True),
                }
                for method in self.methods
            },
            "open": self.cases - self.settled(),
            "matrix": self.matrix(),
        }


PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "max": 100.0}


def evaluate(cases: Sequence[Case], decide: Callable[[Case], Decided]) -> Report:
    """Route every case."""
    return Report([(case, decide(case)) for case in cases])


def by_patterns(patterns: PatternSet) -> Callable[[Case], Decided]:
    """Routing by patterns alone, timed."""

    def decide(case: Case) -> Decided:
        began = time.perf_counter()
        last = next((turn.text for turn in reversed(case.before) if turn.role == "assistant"), "")
        found = patterns.decide(case.text, case.platform, asked=asks(last))
        took = (time.perf_counter() - began) * 1000
        return Decided("pattern", found.target, took, rule=found.name) if found else Decided(milliseconds=took)

    return decide


def loses(before: Report, after: Report) -> str:
    """Why it would be a loss to go from one report to the other, on the same cases; empty if it would not."""
    turns = Counter(
        (_verdict(case, was), _verdict(case, now))
        for (case, was), (_, now) in zip(before.outcomes, after.outcomes, strict=True)
    )
    worse, better = turns["right", "wrong"], turns["wrong", "right"]
    if worse > better:
        return f"right now and wrong then: {worse} of the cases; wrong now and right then: {better}"
    was, now = (1.0 if (found := each.precision()) is None else found for each in (before, after))
    if after.wrong() > before.wrong() and now < was:
        return f"precision would fall from {was:.1%} to {now:.1%}"
    if before.share("pattern") - after.share("pattern") > SHARE_LOSS:
        return (
            f"patterns would settle {after.share('pattern'):.0%} of the cases instead of {before.share('pattern'):.0%}"
        )
    return ""


def _verdict(case: Case, got: Decided) -> str:
    return "open" if not got.target else "right" if got.target == case.target else "wrong"


def _ordered(names: set[str]) -> list[str]:
    known = [name for name in (*TARGETS, OPEN) if name in names]
    return [*known, *sorted(names - set(known))]


def _percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent do not exceed."""
    return round(ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1], 4)
