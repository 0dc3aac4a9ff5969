"""The lines of a diff, and where in it a comment may stand.

https://docs.github.com/en/rest/pulls/comments#create-a-review-comment-for-a-pull-request
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Side = Literal["LEFT", "RIGHT"]
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk."""

    sign: str
    """`+`, `-` or a blank."""
    text: str
    hunk: int
    left: int | None
    """Its number in the file before; None for an added line."""
    right: int | None
    """Its number in the file after; None for a deleted one."""


def lines(patch: str) -> Iterator[Line]:
    """The lines of one file's patch as GitHub gives it. What cannot be read ends it."""
    hunk = left = right = 0
    # Only the newline ends a line: other separators may stand inside one, and would shift all numbers after it.
    for raw in patch.split("\n"):
        if found := _HUNK.match(raw):
            hunk, left, right = hunk + 1, int(found[1]), int(found[2])
        elif raw.startswith("\\") or not hunk:
            continue
        elif raw.startswith("+"):
            yield Line("+", raw[1:], hunk, None, right)
            right += 1
        elif raw.startswith("-"):
            yield Line("-", raw[1:], hunk, left, None)
            left += 1
        elif raw.startswith(" ") or raw == "":
            yield Line(" ", raw[1:], hunk, left, right)
            left, right = left + 1, right + 1
        else:
            return


class Positions:
    """Which lines of a pull request's files are in its diff."""

    def __init__(self, patches: dict[str, str]) -> None:
        """`patches` by the file's path."""
        self._hunks: dict[tuple[str, str, int], int] = {}
        for path, patch in patches.items():
            for line in lines(patch):
                if line.left is not None:
                    self._hunks[path, "LEFT", line.left] = line.hunk
                if line.right is not None:
                    self._hunks[path, "RIGHT", line.right] = line.hunk

    def has(self, path: str, side: Side, line: int) -> bool:
        return (path, side, line) in self._hunks

    def spans(self, path: str, side: Side, first: int, last: int) -> bool:
        """Whether the lines from one to another are in one hunk."""
        hunk = self._hunks.get((path, side, first))
        return first < last and hunk is not None and self._hunks.get((path, side, last)) == hunk


def numbered(patch: str) -> str:
    """A patch for reading: each line with its number before and after, as comments name them."""
    told, hunk = [], 0
    for line in lines(patch):
        if line.hunk != hunk:
            hunk = line.hunk
            told.append(f"  L{line.left or '-'} R{line.right or '-'} …")
        told.append(f"{line.left or '':>5} {line.right or '':>5} {line.sign}{line.text}")
    return "\n".join(told)
