"""The log of a job, cut down to what failed, without what looks like a secret."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from agents.github.client import Fields, items, text
from agents.text import strip_invisible

BEFORE, AFTER = 40, 8
"""Lines kept around each that tells of an error."""
WITHOUT_ERRORS = 150
"""Lines kept from the end where none does."""
LIMIT = 14_000
"""Characters."""
LONGEST_LINE = 600
MASK = "[masked]"

_STAMP = re.compile(r"^\ufeff?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z ?")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*(?:\x07|$)")
_ERROR = re.compile(
    r"##\[error\]|^::error|\bTraceback \(most recent call last\)|^E {2,}|^(?:FAILED|ERROR|FAIL|panic|fatal|error)\b"
    r"|\b[Ee]rror:|\bnpm ERR!|\bAssertionError\b"
)
_SECRETS = (
    re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,})"),
    re.compile(
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}\b|\bsk-[\w-]{16,}|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{40,}"
    ),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    re.compile(r"(?<=://)[^\s/:@]{1,200}:[^\s/@]{1,200}(?=@)"),
    re.compile(r"(?i)(?<=\bbearer )[\w.~+/=-]{8,}|(?<=\bbasic )[A-Za-z0-9+/=]{12,}"),
)
_NAMED = re.compile(
    r"(?i)((?:[\w.-]{0,40}(?:secret|token|passw(?:or)?d|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credential)[\w.-]{0,40})"
    r"[\"']?\s*[:=]\s*[\"']?)(?!\*\*\*)([^\s\"',;]{6,})"
)
_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


def trimmed(log: str, steps: Sequence[Fields] = ()) -> str:
    """What a reader needs of a log. `steps` are the job's, as GitHub's API gives them: those that failed have a time."""
    lines = [_Line.of(raw) for raw in log.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    chosen = _during(lines, steps) or lines
    # Keys go first: what is left out below must not take the line away that tells of them.
    whole = _KEY.sub(MASK, "\n".join(line.text for line in chosen))
    words = masked("\n".join(_around_errors(whole.split("\n"))).strip()[-4 * LIMIT :])
    if len(words) > LIMIT:
        words = f"[… {len(words) - LIMIT} characters were left out here …]\n{words[-LIMIT:]}"
    return words or "(the log is empty)"


def masked(text_: str) -> str:
    """The text without what looks like a credential. GitHub masks only those that it was told of."""
    text_ = _KEY.sub(MASK, text_)
    for pattern in _SECRETS:
        text_ = pattern.sub(MASK, text_)
    return _NAMED.sub(lambda found: found[1] + MASK, text_)


class _Line:
    __slots__ = ("at", "text")

    def __init__(self, at: datetime | None, words: str) -> None:
        self.at, self.text = at, words

    @classmethod
    def of(cls, raw: str) -> _Line:
        stamp = _STAMP.match(raw)
        words = strip_invisible(_ANSI.sub("", raw[stamp.end() :] if stamp else raw))
        return cls(datetime.fromisoformat(f"{stamp[1]}+00:00") if stamp else None, words[:LONGEST_LINE])


def _during(lines: Sequence[_Line], steps: Sequence[Fields]) -> list[_Line]:
    """The lines written while the failed steps ran; none where that cannot be told."""
    spans = [span for step in steps if text(step, "conclusion") in ("failure", "timed_out") if (span := _span(step))]
    kept, inside = [], False
    for line in lines:
        if line.at is not None:
            inside = any(first <= line.at <= last for first, last in spans)
        if inside:
            kept.append(line)
    return kept


def _span(step: Fields) -> tuple[datetime, datetime] | None:
    try:
        first = datetime.fromisoformat(text(step, "started_at"))
        last = datetime.fromisoformat(text(step, "completed_at"))
    except ValueError:
        return None
    if first.tzinfo is None or last.tzinfo is None:
        return None
    # The API rounds to seconds.
    return first - timedelta(seconds=1), last + timedelta(seconds=1)


def _around_errors(lines: Sequence[str]) -> list[str]:
    found = [number for number, line in enumerate(lines) if _ERROR.search(line)]
    if not found:
        cut = [f"[… {len(lines) - WITHOUT_ERRORS} lines before …]"] if len(lines) > WITHOUT_ERRORS else []
        return [*cut, *lines[-WITHOUT_ERRORS:]]
    wanted = sorted({near for number in found for near in range(number - BEFORE, number + AFTER + 1)})
    kept, previous = [], -1
    for number in (number for number in wanted if 0 <= number < len(lines)):
        if number > previous + 1:
            kept.append(f"[… {number - previous - 1} lines …]")
        kept.append(lines[number])
        previous = number
    return kept


def failed_steps(job: Fields) -> list[str]:
    """The names of the steps that did not succeed."""
    return [
        f"{text(step, 'name')} ({text(step, 'conclusion')})"
        for step in items(job.get("steps"))
        if text(step, "conclusion") not in ("success", "skipped", "")
    ]
