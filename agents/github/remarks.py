"""Remarks on lines of a pull request, and the hidden markers by which the bot knows its own again.

A marker counts only in what the bot's own account has written.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.github.access import GitHub
from agents.github.bodies import written
from agents.github.client import Fields, count, part, text
from agents.github.patches import Positions, Side

_REMARK = re.compile(r"<!-- botplatform:remark:([0-9a-f]{24}) -->\s*\Z")
_REVIEW = re.compile(r"<!-- botplatform:review:([0-9a-f]{40,64}) -->\s*\Z")
_MORE = re.compile(r"<!-- botplatform:review-more:([0-9a-f]{40,64}) -->\s*\Z")


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said about some lines."""

    path: str
    line: int
    side: Side
    body: str
    start: int | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any], github: GitHub) -> Remark:
        """Raises GitHubError for a text that cannot be posted."""
        start, line = given.get("start_line"), given["line"]
        body = written(github, given["body"], what=f"the remark on {given['path']}:{line}", mentions=0)
        side: Side = "LEFT" if given.get("side") == "LEFT" else "RIGHT"
        return cls(given["path"], line, side, body, start if start and start < line else None)

    @property
    def fingerprint(self) -> str:
        """The same for the same words about the same file, wherever its lines have gone."""
        words = " ".join(self.body.split())
        return hashlib.sha256(f"{self.path}\n{words}".encode("utf-8", "replace")).hexdigest()[:24]

    @property
    def where(self) -> str:
        before = " (before the change)" if self.side == "LEFT" else ""
        return f"`{self.path.replace('`', '')}:{f'{self.start}-' if self.start else ''}{self.line}`{before}"

    def comment(self, positions: Positions) -> dict[str, Any]:
        """As GitHub takes it; a span that is not in one piece of the diff shrinks to its last line."""
        made: dict[str, Any] = {
            "path": self.path,
            "line": self.line,
            "side": self.side,
            "body": f"{self.body}\n\n<!-- botplatform:remark:{self.fingerprint} -->",
        }
        if self.start is not None and positions.spans(self.path, self.side, self.start, self.line):
            made |= {"start_line": self.start, "start_side": self.side}
        return made


def is_own(written_: Fields, own_id: str) -> bool:
    """Whether the bot's account wrote it; a name proves nothing."""
    return bool(own_id) and str(part(written_, "user").get("id")) == own_id


def standing_remarks(comments: Sequence[Fields], own_id: str) -> list[Fields]:
    """The bot's own remarks among a pull request's review comments."""
    return [comment for comment in comments if is_own(comment, own_id) and _REMARK.search(text(comment, "body"))]


def unsaid(remarks: Sequence[Remark], standing: Sequence[Fields]) -> list[Remark]:
    """Those that are not there yet; what is said twice has to be there twice."""
    there = Counter(_fingerprint(comment) for comment in standing)
    new = []
    for remark in remarks:
        if there[remark.fingerprint] > 0:
            there[remark.fingerprint] -= 1
        else:
            new.append(remark)
    return new


def outdated(standing: Sequence[Fields]) -> list[str]:
    """Remarks whose lines are no longer in the diff, one line each."""
    return [
        f"`{text(comment, 'path').replace('`', '')}:{count(comment, 'original_line')}`: {_start(comment)}"
        for comment in standing
        if comment.get("line") is None
    ]


def own_review(reviews: Sequence[Fields], own_id: str) -> Fields | None:
    """The bot's review with the summary, the newest that still counts."""
    found = [one for one in reviews if is_own(one, own_id) and _REVIEW.search(text(one, "body"))]
    return next((one for one in reversed(found) if text(one, "state") not in ("PENDING", "DISMISSED")), None)


def latest_verdict(reviews: Sequence[Fields], own_id: str) -> tuple[str, str]:
    """How the bot's latest review of its own ended, and at which commit; empty where there is none."""
    marked = [one for one in reviews if is_own(one, own_id) and _marked(one)]
    return (text(marked[-1], "state"), text(marked[-1], "commit_id")) if marked else ("", "")


def review_marker(commit: str) -> str:
    return f"<!-- botplatform:review:{commit} -->"


def more_marker(commit: str) -> str:
    return f"<!-- botplatform:review-more:{commit} -->"


def _marked(review: Fields) -> bool:
    body = text(review, "body")
    return bool(_REVIEW.search(body) or _MORE.search(body))


def _fingerprint(comment: Fields) -> str:
    found = _REMARK.search(text(comment, "body"))
    return found[1] if found else ""


def _start(comment: Fields) -> str:
    words = " ".join(_REMARK.sub("", text(comment, "body")).split())
    return words if len(words) <= 120 else f"{words[:119].rstrip()}…"
