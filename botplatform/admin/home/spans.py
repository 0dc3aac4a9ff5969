"""How far back the charts look, and how finely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botplatform.models import Rollup

_MIDNIGHT = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """So many buckets up to now; the last of them is not over yet."""

    key: str
    grain: str
    bucket: timedelta
    buckets: int
    form: str
    """How a bucket is written."""

    def starts(self, now: datetime) -> Sequence[datetime]:
        """Where each bucket begins, at whole multiples from midnight, UTC."""
        last = now - (now - _MIDNIGHT) % self.bucket
        return [last - self.bucket * back for back in reversed(range(self.buckets))]

    def named(self, start: datetime) -> str:
        return start.strftime(self.form)


SPANS = {
    span.key: span
    for span in (
        Span("1h", Rollup.Grain.MINUTE, timedelta(minutes=1), 60, "%H:%M"),
        Span("24h", Rollup.Grain.HOUR, timedelta(hours=1), 24, "%H:%M"),
        Span("7d", Rollup.Grain.HOUR, timedelta(hours=6), 28, "%a %d, %H:%M"),
        Span("30d", Rollup.Grain.DAY, timedelta(days=1), 30, "%d %b"),
    )
}
USUAL = "24h"


def chosen(key: str) -> Span:
    return SPANS.get(key, SPANS[USUAL])
