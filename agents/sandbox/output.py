"""What a command writes, kept within bounds: its beginning, its end, and how much there was."""

from __future__ import annotations

import asyncio


class Output:
    """Takes bytes without end and keeps `kept_bytes` of them."""

    def __init__(self, kept_bytes: int, most_bytes: int) -> None:
        self.total = 0
        """Bytes taken."""
        self.overflow = asyncio.Event()
        """Set when there were more than `most_bytes`."""
        self._most = most_bytes
        self._half = max(kept_bytes // 2, 1)
        self._head = bytearray()
        self._tail = bytearray()

    def take(self, chunk: bytes) -> None:
        self.total += len(chunk)
        if self.total > self._most:
            self.overflow.set()
        room = self._half - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:] if room > 0 else chunk
        if len(self._tail) > 4 * self._half:
            del self._tail[: -self._half]

    @property
    def cut(self) -> int:
        """Bytes that were left out."""
        return max(0, self.total - len(self._head) - min(len(self._tail), self._half))

    def text(self) -> str:
        """What was kept; what is not UTF-8 is replaced."""
        tail = bytes(self._tail[-self._half :])
        if not self.cut:
            return (bytes(self._head) + tail).decode(errors="replace")
        notice = f"\n[… {self.cut} bytes left out …]\n"
        return self._head.decode(errors="replace") + notice + tail.decode(errors="replace")

    def recent(self, length_bytes: int = 2000) -> str:
        """The last of it, for those who wait."""
        last = self._tail[-length_bytes:] or self._head[-length_bytes:]
        return last.decode(errors="replace")
