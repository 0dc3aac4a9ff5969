"""The charts, each with the table of its numbers. Nothing is drawn that is not in a rollup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from botplatform.admin.home.figures import Figures, Sum, by_bucket
from botplatform.admin.home.writing import written
from botplatform.admin.showing import shorten
from botplatform.models import Route
from botplatform.pipeline.rollups.histogram import percentile
from botplatform.pipeline.rollups.sources import SIZES

NAMED = 6
"""Agents and models with a colour of their own; the rest is one."""
OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or one colour of bars. `None` is drawn as a gap."""

    name: str
    values: Sequence[float | None]
    unit: str = "count"
    form: str = "bar"
    colour: int = 0
    right: bool = False
    """By the axis on the right."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What the page shows, and what the script draws."""

    name: str
    title: str
    hint: str
    labels: Sequence[str]
    series: Sequence[Series]
    stacked: bool = False
    first: str = "from (UTC)"
    """What the labels are."""

    @property
    def empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    @property
    def rows(self) -> list[list[str]]:
        """Its numbers in words, without the buckets in which nothing happened."""
        lines = zip(self.labels, *(series.values for series in self.series), strict=True)
        return [
            [label, *(written(value, series.unit) for value, series in zip(values, self.series, strict=True))]
            for label, *values in lines
            if any(values)
        ]

    def drawn(self) -> dict[str, Any]:
        """For the script."""
        return {
            "name": self.name, "title": self.title, "labels": list(self.labels), "stacked": self.stacked,
            "series": [
                {"name": one.name, "unit": one.unit, "form": one.form, "colour": one.colour, "right": one.right,
                 "values": [None if value is None else round(float(value), 6) for value in one.values]}
                for one in self.series
            ],
        }  # fmt: skip


def _labels(figures: Figures) -> list[str]:
    return [figures.span.named(start) for start in figures.starts]


def _percentiles(histograms: Sequence[list[int]], percents: Iterable[int], *, form: str, right: bool) -> list[Series]:
    return [
        Series(f"p{percent}", [percentile(one, percent) for one in histograms], "ms", form, 2 + position, right)
        for position, percent in enumerate(percents)
    ]


def answers(figures: Figures) -> Chart:
    counts = by_bucket(figures, figures.sums["answer"], "count")
    histograms = [figures.histogram("answer", bucket=number) for number in range(len(figures.starts))]
    return Chart(
        "answers", "Answers and time to answer", "from the first message of a batch until the platform took its answer",
        _labels(figures), [Series("answers", counts, colour=1), *_percentiles(histograms, (50, 95), form="line", right=True)],
    )  # fmt: skip


def _shares(name: str, title: str, hint: str, figures: Figures, sums: Sequence[Sum], names: Sequence[str]) -> Chart:
    """Bars that are parted by what the sums are of."""
    series = [
        Series(
            shorten(one, 40) or "–",
            by_bucket(figures, [s for s in sums if (s.name if s.name in names else OTHERS) == one], "count"),
            colour=number,
        )
        for number, one in enumerate(names, 1)
    ]
    return Chart(name, title, hint, _labels(figures), series, stacked=True)


def _most(counts: Counter[str]) -> list[str]:
    """Names in the order of the alphabet, so that each keeps its colour; the rarest are together at the end."""
    named = sorted(name for name, _ in counts.most_common(NAMED))
    return [*named, OTHERS] if len(counts) > NAMED else named


def agents(figures: Figures) -> Chart:
    sums, counts = figures.sums["answer"], Counter[str]()
    for one in sums:
        counts[one.name] += one.count
    return _shares("agents", "Who answered", "answers of each agent", figures, sums, _most(counts))


def routing(figures: Figures) -> Chart:
    sums = figures.sums["route"]
    methods = [method for method in Route.Method.values if any(one.name == method for one in sums)]
    return _shares("routing", "Pattern or model", "how the agent was chosen", figures, sums, methods)


def _spent(name: str, by: Callable[[Sum], str], title: str, figures: Figures) -> Chart:
    tokens_in, tokens_out, cost = Counter[str](), Counter[str](), Counter[str]()
    for one in figures.sums["model"]:
        tokens_in[by(one)] += one.tokens_in
        tokens_out[by(one)] += one.tokens_out
        cost[by(one)] += one.cost  # type: ignore[assignment]  # money is a Decimal
    names = [found for found, _ in (tokens_in + tokens_out).most_common(NAMED * 2)]
    series = [
        Series("tokens in", [tokens_in[one] for one in names], "tokens", colour=1),
        Series("tokens out", [tokens_out[one] for one in names], "tokens", colour=2),
        Series("cost", [float(cost[one]) for one in names], "usd", "point", 4, right=True),
    ]
    return Chart(
        name, title, "model calls, the router's too", [shorten(one, 40) or "–" for one in names], series, first=name
    )


def spent_by_agent(figures: Figures) -> Chart:
    return _spent("agent", lambda one: one.name, "Tokens and cost by agent", figures)


def spent_by_model(figures: Figures) -> Chart:
    return _spent("model", lambda one: one.detail, "Tokens and cost by model", figures)


def sizes(figures: Figures) -> Chart:
    counts: Counter[str] = Counter()
    for one in figures.sums["batch"]:
        counts[one.detail] += one.count
    total, messages = sum(counts.values()), sum(one.amount for one in figures.sums["batch"])
    hint = f"{messages / total:.1f} on average" if total else "messages that were answered together"
    return Chart(
        "sizes", "Messages per batch", hint, SIZES, [Series("batches", [counts[size] for size in SIZES], colour=1)], first="messages"
    )  # fmt: skip


def window(figures: Figures) -> Chart:
    sums = figures.sums["batch"]
    shares, counts = by_bucket(figures, sums, "share"), by_bucket(figures, sums, "count")
    used = [share / count if count else None for share, count in zip(shares, counts, strict=True)]
    return Chart(
        "window", "Share of the window used", "until the claim, of the longest time a batch may collect", _labels(figures),
        [Series("used", used, "share", "line", 1)],
    )  # fmt: skip


def sizes_and_times(figures: Figures) -> Chart:
    histograms = [figures.histogram("answer", detail=size) for size in SIZES]
    series = _percentiles(histograms, (50, 95), form="bar", right=False)
    return Chart("times", "Batch size and time to answer", "by messages in the batch", SIZES, series, first="messages")


def calls(figures: Figures) -> Chart:
    histograms = [figures.histogram("model", bucket=number) for number in range(len(figures.starts))]
    return Chart(
        "calls", "Model calls", "how long those took that succeeded", _labels(figures),
        _percentiles(histograms, (50, 95, 99), form="line", right=False),
    )  # fmt: skip


CHARTS: Sequence[tuple[str, Callable[[Figures], Chart]]] = (
    ("answer", answers), ("answer", agents), ("route", routing), ("model", calls), ("model", spent_by_agent),
    ("model", spent_by_model), ("batch", sizes), ("answer", sizes_and_times), ("batch", window),
)  # fmt: skip
"""In the order of the page, with the kind of sum that one must be allowed to see."""


def drawn(figures: Figures) -> list[Chart]:
    return [make(figures) for kind, make in CHARTS if kind in figures.kinds]
