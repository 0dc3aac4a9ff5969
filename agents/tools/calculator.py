"""Arithmetic by walking the syntax tree: nothing is ever evaluated as code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.base import RunContext, Tool, ToolResult
from agents.tools.arithmetic import CannotCompute, compute


class Calculator(Tool):
    """Works out one expression."""

    name = "calculator"
    description = (
        "Works out an arithmetic expression exactly. Use it for any calculation beyond the trivial. "
        "Knows + - * / // % ** and parentheses, pi, e, tau, and the functions sqrt, abs, round, floor, ceil, min, max, "
        "log, log2, log10, exp, sin, cos, tan, asin, acos, atan, degrees, radians, factorial, gcd."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "expression": {
                "type": "string",
                "description": "For example: 12 * (3 + 4)",
                "minLength": 1,
                "maxLength": 500,
            }
        },
        "required": ["expression"],
        "additionalProperties": False,
    }
    repeatable = True
    timeout_seconds = 5.0

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        expression = arguments["expression"]
        try:
            return ToolResult(f"{expression} = {compute(expression)}")
        except CannotCompute as error:
            return ToolResult(str(error), is_error=True)
