"""What a section says: rows of one plain table, kept as JSON too."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"
TITLES = ("section", "what", "measured", "floor or goal", "note")


@dataclass(frozen=True, slots=True)
class Row:
    section: str
    what: str
    measured: str
    beside: str = ""
    """The floor measured in the same run, or the figure it must reach."""
    note: str = ""


def table(rows: Sequence[Row]) -> str:
    lines = [TITLES, *((row.section, row.what, row.measured, row.beside, row.note) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(TITLES))]
    drawn = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([drawn[0], "  ".join("-" * width for width in widths), *drawn[1:]])


def machine() -> dict[str, object]:
    load, _, _ = os.getloadavg()
    return {"cores": os.cpu_count(), "python": platform.python_version(), "load_before": round(load, 2)}


def keep(rows: Sequence[Row], on: dict[str, object]) -> Path:
    """Write the rows to bench/results/."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.json"
    path.write_text(json.dumps({"machine": on, "rows": [asdict(row) for row in rows]}, indent=1))
    return path
