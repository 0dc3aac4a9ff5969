"""What all fakes share: a server, a log that is the tests' oracle, and rules that break things."""

from __future__ import annotations

import json
import time
from abc import abstractmethod
from collections.abc import Callable
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from tests.fakes import control
from tests.fakes.calls import Call
from tests.fakes.faults import Faults
from tests.fakes.listener import Listener
from tests.fakes.log import Log
from tests.fakes.rules import Response, Rule
from tests.fakes.wire import Connection, Dropped, Request


class Fake(Log, Faults):
    """A context manager that serves on `url`; its public methods may be called from any thread.

    A bug in the fake itself is raised when the context ends, so that no test passes over it.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        self.failures: list[Exception] = []
        self._rules: list[Rule] = []
        self._listener = Listener(self._serve, port)

    # -- filled in by each fake

    @abstractmethod
    async def answer(self, request: Request, call: Call) -> Response:
        """Let the request take effect. Whatever waits must do so before it changes anything."""

    @abstractmethod
    def describe(self, request: Request, body: Any) -> tuple[str, int | str | None, str]:
        """Name, chat and text of a call."""

    def is_apart(self, call: Call) -> bool:
        """Whether a call is none of those which tests count: it has a log of its own, and only its name selects it."""
        return False

    def configure(self, **options: Any) -> None:
        """Change the behaviour from outside the process."""
        raise ValueError(f"{self.kind} has no options {sorted(options)}")

    # -- life

    def start(self) -> Self:
        self._listener.start()
        return self

    def stop(self) -> None:
        self._listener.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()
        if self.failures and error is None:
            raise self.failures[0]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.port}"

    def run(self, function: Callable[[], object], /) -> None:
        if (loop := self._listener.loop) is None:
            function()
        else:
            loop.call_soon_threadsafe(function)

    def reset(self) -> None:
        """Forget the log and every rule; what is held goes on. What the service stores stays."""
        self.release()
        with self.lock:
            self._calls.clear()
            self._apart.clear()
            self._rules.clear()

    # -- serving

    async def _serve(self, request: Request, connection: Connection) -> None:
        try:
            if request.path.startswith(control.PREFIX):
                response = control.answer(self, request)
                assert isinstance(response.body, bytes)
                connection.whole(response.status, response.headers, response.body)
            else:
                await self._handle(request, connection)
        except Dropped:
            raise
        except Exception as error:
            self.failures.append(error)
            raise Dropped from error

    async def _handle(self, request: Request, connection: Connection) -> None:
        call, rule = self._record(request)
        response = None
        if rule is not None and not rule.accepted:
            response = await rule.act(None)
        if response is None:
            response = await self.answer(request, call)
            self.changed(call, accepted=response.status < 400)
            if rule is not None and rule.accepted:
                response = await rule.act(response) or response
        await self._write(connection, response, call)

    def _record(self, request: Request) -> tuple[Call, Rule | None]:
        body = parse_body(request)
        name, chat, text = self.describe(request, body)
        now = (time.monotonic(), time.time())
        call = Call(name, request.method, request.path, request.query, request.headers, body, chat, text, *now)
        apart = self.is_apart(call)
        with self._changed:
            rule = self._rule_for(call, by_name=apart)
            (self._apart if apart else self._calls).append(call)
            self._changed.notify_all()
        return call, rule

    async def _write(self, connection: Connection, response: Response, call: Call) -> None:
        if isinstance(response.body, bytes):
            connection.whole(response.status, response.headers, response.body)
        else:
            connection.start(response.status, response.headers)
            async with aclosing(response.body) as pieces:
                async for piece in pieces:
                    connection.chunk(piece)
                    call.first_byte = call.first_byte or time.monotonic()
            connection.finish()
        self.answered(call, response.status)


def parse_body(request: Request) -> Any:
    """The JSON or the form of a request; None when it holds neither."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    try:
        return json.loads(request.body)
    except ValueError:
        return None
