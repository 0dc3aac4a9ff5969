"""What tools said when a stored batch was answered, found again by tool and arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.base import ToolResult
from botplatform.pipeline import db
from botplatform.pipeline.permits import canonical

# The latest of several; what was only ever begun says nothing.
_RESULTS = """
    SELECT st.name, st.request, st.response FROM botplatform_step st JOIN botplatform_run r ON r.id = st.run_id
    WHERE r.batch_id = %s AND st.kind = 'tool' AND st.state IN ('succeeded', 'failed')
      AND st.request IS NOT NULL AND st.response IS NOT NULL ORDER BY st.id"""


@dataclass(frozen=True, slots=True)
class Records:
    """Results by tool and canonical arguments."""

    results: Mapping[tuple[str, str], ToolResult] = field(default_factory=dict)

    def of(self, tool: str, arguments: Mapping[str, Any]) -> ToolResult | None:
        """What this very call returned then; None if it was not made, or has been forgotten since."""
        return self.results.get((tool, canonical(arguments)))


async def load(batch_id: int) -> Records:
    """Of all runs of a batch."""
    rows = await db.rows(_RESULTS, (batch_id,))
    return Records({(row["name"], canonical(row["request"])): _result(row["response"]) for row in rows})


def _result(response: Mapping[str, Any]) -> ToolResult:
    return ToolResult(str(response.get("content", "")), bool(response.get("is_error")))
