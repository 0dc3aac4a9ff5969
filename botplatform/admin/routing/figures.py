"""Routing's figures on labelled cases, and where its errors lie: two reports beside each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from agents.routing.evaluating import OPEN
from agents.routing.target import TARGETS
from botplatform.admin import showing


@dataclass(frozen=True, slots=True)
class Cell:
    """How often messages for the row's agent went to the column's."""

    count: int
    kind: str
    """right, wrong, open or empty"""
    url: str = ""
    """Where they are listed."""


def beside(*reports: tuple[str, Mapping[str, Any] | None]) -> SafeString:
    """Titled reports, each as `Report.as_dict` gives it, with their confusion matrices."""
    sides = [
        {"title": title, "figures": _figures(report), "columns": _columns(report), "rows": _rows(report)}
        for title, report in reports
        if report
    ]
    return mark_safe(render_to_string("admin/routing/figures.html", {"sides": sides}))  # noqa: S308 - escaped in the template


def matrix(counts: Mapping[str, Mapping[str, int]], link: Callable[[str, str], str]) -> dict[str, Any]:
    """A confusion matrix (right agent → where they went → how many) for the page; `link` gives a cell's address."""
    given = _given({"matrix": counts})
    rows = [
        (_short(right), [_linked(right, went, counts[right].get(went, 0), link) for went in given])
        for right in _ordered(set(counts))
    ]
    return {"columns": [_short(went) for went in given], "rows": rows}


def _linked(right: str, given: str, count: int, link: Callable[[str, str], str]) -> Cell:
    return Cell(count, _kind(right, given, count), link(right, given) if count else "")


def _figures(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    cases, found = report["cases"], [("cases", str(report["cases"]))]
    for method, said in report["methods"].items():
        found += [
            (f"settled by {method}", f"{said['settled']} of {cases} ({_percent(said['share'])})"),
            (f"of these right ({method})", f"{said['right']} ({_percent(said['precision'])})"),
        ]
    left = [("left to the model", str(report["open"]))] if report["open"] else []
    accuracy = [("accuracy", _percent(report["accuracy"]))] if report["accuracy"] is not None else []
    return [*found, *left, *accuracy]


def _percent(share: float | None) -> str:
    return showing.NOTHING if share is None else f"{share:.1%}"


def _given(report: Mapping[str, Any]) -> list[str]:
    return _ordered({given for row in report["matrix"].values() for given in row})


def _columns(report: Mapping[str, Any]) -> list[str]:
    return [_short(given) for given in _given(report)]


def _rows(report: Mapping[str, Any]) -> list[tuple[str, list[Cell]]]:
    matrix, columns = report["matrix"], _given(report)
    return [
        (_short(right), [_cell(right, given, matrix[right].get(given, 0)) for given in columns])
        for right in _ordered(set(matrix))
    ]


def _ordered(names: set[str]) -> list[str]:
    """A stored report has lost its order."""
    others = sorted(names - {*TARGETS, OPEN})
    return [*(name for name in TARGETS if name in names), *others, *([OPEN] if OPEN in names else [])]


def _cell(right: str, given: str, count: int) -> Cell:
    return Cell(count, _kind(right, given, count))


def _short(agent: str) -> str:
    return showing.visible(agent.removesuffix("-agent"))


def _kind(right: str, given: str, count: int) -> str:
    if not count:
        return "empty"
    return "open" if given == OPEN else "right" if right == given else "wrong"
