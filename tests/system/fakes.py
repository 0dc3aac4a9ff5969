"""The three outside services together."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from tests.fakes.github import FakeGitHub
from tests.fakes.model import FakeModel
from tests.fakes.telegram import FakeTelegram


class Fakes:
    """Context manager over one fake of each kind."""

    def __init__(self) -> None:
        self.telegram = FakeTelegram()
        self.github = FakeGitHub()
        self.model = FakeModel()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for fake in (self.telegram, self.github, self.model):
                stack.enter_context(fake)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def reset(self) -> None:
        """Forget logs, rules and scripts, release what is held, unblock everybody."""
        for fake in (self.telegram, self.github, self.model):
            fake.reset()
        self.telegram.blocked.clear()
        self.telegram.strict = False
        self.model.instant()
