"""The controls with which a test breaks a fake."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tests.fakes.calls import Call, Match
from tests.fakes.rules import Delay, Drop, Hold, Refuse, Response, Rule, json_response

R = TypeVar("R", bound=Rule)


class Faults(ABC):
    """Rules, of which the oldest that matches and is not used up applies to a call.

    Every control takes a name pattern and the conditions of Match, and `times`: how many calls it is for, None for all.
    `accepted`: whether the request takes effect before the fault.
    """

    lock: threading.RLock
    _rules: list[Rule]

    @abstractmethod
    def run(self, function: Callable[[], object], /) -> None:
        """Call a function in the server's loop."""

    @abstractmethod
    def error_body(self, status: int) -> Any:
        """What the service says with an error when a test asked for nothing else."""

    def hold(
        self,
        name: str = "*",
        *,
        times: int | None = None,
        accepted: bool = False,
        after_bytes: int | None = None,
        **conditions: Any,
    ) -> Hold:
        """Pin requests until `release()`; with `after_bytes`, pin accepted ones after so many bytes of the answer."""
        accepted = accepted or after_bytes is not None
        rule = Hold(Match(name, **conditions), times=times, accepted=accepted, run=self.run)
        rule.after_bytes = after_bytes
        return self._add(rule)

    def drop(self, name: str = "*", *, times: int | None = None, accepted: bool = True, **conditions: Any) -> Drop:
        """Close the connection without an answer."""
        return self._add(Drop(Match(name, **conditions), times=times, accepted=accepted))

    def delay(
        self, seconds: float, name: str = "*", *, times: int | None = None, accepted: bool = True, **conditions: Any
    ) -> Delay:
        """Answer so much later."""
        rule = Delay(Match(name, **conditions), times=times, accepted=accepted)
        rule.seconds = seconds
        return self._add(rule)

    def refuse(
        self,
        status: int,
        name: str = "*",
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        times: int | None = None,
        accepted: bool = False,
        **conditions: Any,
    ) -> Refuse:
        """Answer with an error. Body: JSON, or bytes as they are; the service's usual one by default."""
        rule = Refuse(Match(name, **conditions), times=times, accepted=accepted)
        body = self.error_body(status) if body is None else body
        raw = isinstance(body, bytes)
        rule.response = Response(status, body, headers or {}) if raw else json_response(body, status, headers)
        return self._add(rule)

    def release(self) -> None:
        """Release every hold."""
        with self.lock:
            holds = [rule for rule in self._rules if isinstance(rule, Hold)]
        for rule in holds:
            rule.release()

    def _rule_for(self, call: Call, *, by_name: bool = False) -> Rule | None:
        """`by_name`: not those for all calls or for a pattern."""
        rules = [rule for rule in self._rules if rule.match.name == call.name] if by_name else self._rules
        return next((rule for rule in rules if rule.take(call)), None)

    def _add(self, rule: R) -> R:
        with self.lock:
            self._rules.append(rule)
        return rule
