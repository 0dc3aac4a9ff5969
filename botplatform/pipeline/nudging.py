"""Nudges: what rows ask for, gathered off the path that wrote them and announced together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from botplatform.pipeline.inbox import Receipt

KEPT = 20_000
"""Nudges that wait for a slow broker at most; the sweep finds what is dropped."""
AT_ONCE = timedelta(0)


@dataclass(slots=True)
class Nudges:
    """Work to announce: ids, with the time after which it is worth looking."""

    sessions: dict[int, timedelta] = field(default_factory=dict)
    deliveries: dict[int, timedelta] = field(default_factory=dict)
    controls: set[int] = field(default_factory=set)
    receipts: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.sessions) + len(self.deliveries) + len(self.controls) + len(self.receipts)

    def session(self, session_id: int, after: timedelta) -> None:
        self.sessions[session_id] = min(after, self.sessions.get(session_id, after))

    def delivery(self, session_id: int, after: timedelta) -> None:
        self.deliveries[session_id] = min(after, self.deliveries.get(session_id, after))

    def received(self, receipt: Receipt, *, wants_receipt: bool) -> None:
        """What a committed update asks for."""
        if receipt.outcome != "queued":
            return
        if receipt.control:
            self.controls.add(receipt.update_id)
        if receipt.session_id is not None and receipt.due_in is not None:
            self.session(receipt.session_id, receipt.due_in)
        if wants_receipt and receipt.receipt:
            self.receipts.add(receipt.update_id)


class Announcer:
    """Announces from a thread of its own, so that a broker that hangs never delays anybody else."""

    def __init__(self, announce: Callable[[Nudges], None]) -> None:
        self._announce = announce
        self._waiting = Nudges()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._serve, name="nudges", daemon=True)
        self._thread.start()

    def add(self, note: Callable[[Nudges], None]) -> None:
        """Let `note` write down what to announce. Never blocks; drops when too much waits."""
        with self._lock:
            if len(self._waiting) < KEPT:
                note(self._waiting)
        self._wake.set()

    def _serve(self) -> None:
        while not self._ended:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                nudges, self._waiting = self._waiting, Nudges()
            if len(nudges):
                self._announce(nudges)

    def stop(self) -> None:
        """Announce what waits, then end the thread; gives up after a few seconds."""
        self._ended = True
        self._wake.set()
        self._thread.join(timeout=6)
