"""An evaluation as text."""

from __future__ import annotations

from collections.abc import Sequence

from agents.routing.evaluating import PERCENTILES, Report

NAMES = {"pattern": "patterns", "model": "the model", "fallback": "the fallback"}
_SETTLE = {"pattern": "settle"}


def text_of(name: str, report: Report, *, model: str = "") -> str:
    """The whole report. `model`: which one was asked; empty if none was."""
    lines = [f"{name}: {report.cases} cases", "", *_figures(report, model), "", *_matrix(report), "", *_latency(report)]
    return "\n".join(lines)


def _figures(report: Report, model: str) -> list[str]:
    lines = []
    for method in report.methods:
        settled, right = report.settled(method), report.right(method)
        share, precision = report.share(method), report.precision(method) or 0.0
        lines.append(
            f"{NAMES[method]} {_SETTLE.get(method, 'settles')} {settled} of {report.cases} ({share:.1%}), "
            f"{right} of them right: precision {precision:.1%}"
        )
    if "pattern" not in report.methods:
        lines.insert(0, f"patterns settle 0 of {report.cases}")
    lines.append(f"model: {model}" if model else "model: not measured")
    accuracy = report.accuracy()
    left = report.cases - report.settled()
    lines.append(
        f"accuracy: not measured ({left} cases are left to the model)"
        if accuracy is None
        else f"accuracy: {report.right()} of {report.cases} ({accuracy:.1%})"
    )
    return lines


def _matrix(report: Report) -> list[str]:
    matrix = report.matrix()
    columns = list(next(iter(matrix.values()), {}))
    rows = [["right target \\ routed to", *columns]]
    rows += [[name, *(str(row[column] or ".") for column in columns)] for name, row in matrix.items()]
    return ["confusion matrix", *_table(rows)]


def _latency(report: Report) -> list[str]:
    rows = [["milliseconds", *PERCENTILES]]
    for method in report.methods:
        rows.append([NAMES[method], *_times(report.latency(method))])
        if own := report.latency(method, own=True):
            rows.append([f"{NAMES[method]}, our own part", *_times(own)])
    return ["latency of a decision", *_table(rows)]


def _times(latency: dict[str, float]) -> list[str]:
    return [f"{value:.3f}" if value < 10 else f"{value:.0f}" for value in latency.values()]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
