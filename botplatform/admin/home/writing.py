"""How figures are written: few digits, with their unit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from botplatform.admin import showing


def plain(number: float) -> str:
    """Whole, or with one digit behind the point where it is small."""
    return f"{number:.1f}" if number < 10 and number != int(number) else f"{number:,.0f}"


def short(number: float) -> str:
    """Large numbers by thousands and millions."""
    for size, unit in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if number >= size:
            return f"{number / (1e3 if unit == 'k' else size):.3g} {unit}"
    return plain(number)


def duration(milliseconds: float) -> str:
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return showing.distance(timedelta(milliseconds=milliseconds))


def percent(share: float) -> str:
    """A share of 1."""
    value = share * 100
    return f"{value:.1f} %" if 0 < value < 10 else f"{value:.0f} %"


def dollars(amount: float | Decimal) -> str:
    value = float(amount)
    return f"${value:.4f}" if 0 < value < 0.1 else f"${value:,.2f}"


UNITS = {"count": plain, "ms": duration, "share": percent, "usd": dollars, "tokens": short}


def written(value: Any, unit: str) -> str:
    """A figure of a chart in words; nothing known is a dash."""
    return showing.NOTHING if value is None else UNITS[unit](float(value))
