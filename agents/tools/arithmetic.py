"""A small, bounded evaluator of arithmetic expressions."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

MAX_BITS = 4096
"""The largest integer that a step may give; about 1,200 digits."""
MAX_NODES = 200

Number = int | float


class CannotCompute(Exception):
    """The expression is not arithmetic, or its result is out of bounds."""


def compute(expression: str) -> str:
    """Return the result as text. Raises CannotCompute."""
    try:
        tree = ast.parse(expression.strip().replace("×", "*").replace("÷", "/").replace("−", "-"), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise CannotCompute("This is not an arithmetic expression.") from None
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise CannotCompute("The expression is too long.")
    try:
        return _written(_value(tree.body))
    except ZeroDivisionError:
        raise CannotCompute("Division by zero.") from None
    except (ArithmeticError, ValueError, TypeError) as error:
        raise CannotCompute(f"This cannot be worked out: {error}.") from None


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _bounded(number)
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in UNARY:
            return UNARY[type(sign)](_value(operand))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in BINARY:
            return _bounded(BINARY[type(sign)](_value(left), _value(right)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            return _bounded(FUNCTIONS[name](*[_value(argument) for argument in arguments]))
    raise CannotCompute("Only numbers, + - * / // % **, parentheses and the functions named are understood.")


def _bounded(value: Any) -> Number:
    if isinstance(value, complex):
        raise CannotCompute("The result is not a real number.")
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise CannotCompute("The number is too large.")
    if isinstance(value, float) and not math.isfinite(value):
        raise CannotCompute("The result is too large or undefined.")
    number: Number = value
    return number


def _power(base: Number, exponent: Number) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and max(base.bit_length(), 1) * abs(exponent) > MAX_BITS * 2:
        raise CannotCompute("The power is too large.")
    return base**exponent


def _factorial(number: Number) -> int:
    if number != int(number) or not 0 <= number <= 400:
        raise CannotCompute("factorial takes a whole number from 0 to 400.")
    return math.factorial(int(number))


def _round(number: Number, digits: Number = 0) -> Number:
    return round(number, int(digits)) if digits else round(number)


def _gcd(*numbers: Any) -> int:
    return math.gcd(*numbers)


def _written(value: Number) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    return str(value)


CONSTANTS: dict[str, Number] = {"pi": math.pi, "e": math.e, "tau": math.tau}

UNARY: dict[type, Callable[[Any], Number]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}

BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "ceil": math.ceil,
    "factorial": _factorial,
    "floor": math.floor,
    "gcd": _gcd,
    "max": max,
    "min": min,
    "round": _round,
    **{
        name: getattr(math, name)
        for name in (
            *("sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan"),
            *("asin", "acos", "atan", "degrees", "radians"),
        )
    },
}
