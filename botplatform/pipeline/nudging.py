"""Nudges: what rows ask for, gathered off the path that wrote them and announced together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from botplatform.pipeline.inbox import Receipt

KEPT = 20_000
"""Nudges that wait for a slow broker at most; the sweep finds what is dropped."""
AT_ONCE = timedelta(0)
GATHER_SECONDS = 0.005
"""Under load so much is announced together: to tell the broker costs as much as to commit an update."""


class Nudge(NamedTuple):
    """When it is worth looking, and the request that the look belongs to."""

    after: timedelta
    request_id: str = ""


@dataclass(slots=True)
class Nudges:
    """Work to announce, by id of session, update, trial or plan step."""

    sessions: dict[int, Nudge] = field(default_factory=dict)
    deliveries: dict[int, Nudge] = field(default_factory=dict)
    controls: dict[int, Nudge] = field(default_factory=dict)
    receipts: dict[int, Nudge] = field(default_factory=dict)
    trials: dict[int, Nudge] = field(default_factory=dict)
    steps: dict[int, Nudge] = field(default_factory=dict)

    def __len__(self) -> int:
        kinds = (self.sessions, self.deliveries, self.controls, self.receipts, self.trials, self.steps)
        return sum(map(len, kinds))

    def step(self, step_id: int, request_id: str = "") -> None:
        """A step of a plan may begin."""
        self.steps[step_id] = Nudge(AT_ONCE, request_id)

    def session(self, session_id: int, after: timedelta, request_id: str = "") -> None:
        """A batch of this session may be due; the earliest look counts."""
        nudge = Nudge(after, request_id)
        self.sessions[session_id] = min(nudge, self.sessions.get(session_id, nudge))

    def delivery(self, session_id: int, after: timedelta, request_id: str = "") -> None:
        """Replies of this session may be sent."""
        nudge = Nudge(after, request_id)
        self.deliveries[session_id] = min(nudge, self.deliveries.get(session_id, nudge))

    def received(self, receipt: Receipt, request_id: str = "", *, wants_receipt: bool) -> None:
        """What a committed update asks for."""
        for session_id in receipt.woken:
            self.session(session_id, AT_ONCE, request_id)
        if receipt.outcome != "queued":
            return
        if receipt.control:
            self.controls[receipt.update_id] = Nudge(AT_ONCE, request_id)
        if receipt.session_id is not None and receipt.due_in is not None:
            self.session(receipt.session_id, receipt.due_in, request_id)
        if wants_receipt and receipt.receipt:
            self.receipts[receipt.update_id] = Nudge(AT_ONCE, request_id)


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
            asked = len(self._waiting)
        if asked:  # waking the thread for nothing would make it compete with the caller for the interpreter
            self._wake.set()

    def _serve(self) -> None:
        while not self._ended:
            self._wake.wait()
            self._wake.clear()
            time.sleep(GATHER_SECONDS)
            with self._lock:
                nudges, self._waiting = self._waiting, Nudges()
            if len(nudges):
                self._announce(nudges)

    def stop(self) -> None:
        """Announce what waits, then end the thread; gives up after a few seconds."""
        self._ended = True
        self._wake.set()
        self._thread.join(timeout=6)
