"""Redis is a nudge: wiped, stopped, hung or restarted, it delays no acceptance and loses nothing."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from botplatform.embedded.binaries import redis_program
from tests.system.fakes import Fakes
from tests.system.load import Load, fresh_chats
from tests.system.platform import Platform

ACCEPTED_SECONDS = 5.0
"""Within this time a provider gets its 2xx."""


class Broker:
    """A Redis of the tests' own, on a socket with a short path."""

    def __init__(self, directory: Path) -> None:
        self.socket = directory / "redis.sock"
        self.url = f"unix://{self.socket}?db=0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(redis_program()), "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self._process = subprocess.Popen(command, cwd=self.socket.parent, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self.socket.unlink(missing_ok=True)

    def restart(self) -> None:
        self.stop()
        self.start()

    def flush(self) -> None:
        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            client.flushall()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def hung(self) -> Iterator[None]:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with tempfile.TemporaryDirectory(prefix="bp-", dir="/tmp") as directory:
        broker = Broker(Path(directory))
        broker.start()
        yield broker
        broker.stop()


@pytest.fixture(scope="module")
def platform(outside: Fakes, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    platform = Platform(outside, tmp_path_factory.mktemp("platform"), REDIS_URL=broker.url, SWEEP_SECONDS="2")
    try:
        platform.start()
        yield platform
    finally:
        platform.close()


@pytest.fixture
def load(platform: Platform, fakes: Fakes) -> Load:
    platform.wait_healthy()
    return Load(platform, fresh_chats(8))


def assert_accepted_in_time(load: Load) -> None:
    assert load.statuses == {200}
    assert load.slowest_seconds < ACCEPTED_SECONDS


def worker_listens(platform: Platform) -> bool:
    """Whether somebody waits for tasks."""
    try:
        with platform.redis() as client:
            return any(one["cmd"] == "brpop" for one in client.client_list())
    except redis.ConnectionError:
        return False


def test_redis_flushed_under_load(broker: Broker, load: Load) -> None:
    with load:
        for _ in range(5):
            load.wait_accepted(15)
            broker.flush()
    assert_accepted_in_time(load)
    load.wait_answered()


@pytest.mark.slow
def test_without_redis_everything_is_accepted_and_answered(broker: Broker, load: Load) -> None:
    with load:
        load.wait_accepted(15)
        with broker.stopped():
            load.wait_accepted(100)
            load.stop()
            load.wait_answered()
    assert_accepted_in_time(load)


@pytest.mark.slow
def test_with_a_hung_redis_everything_is_accepted_and_answered(broker: Broker, load: Load) -> None:
    with load:
        load.wait_accepted(15)
        with broker.hung():
            load.wait_accepted(100)
            load.stop()
            load.wait_answered()
    assert_accepted_in_time(load)


@pytest.mark.slow
def test_redis_restarted_five_times_under_load(broker: Broker, load: Load) -> None:
    with load:
        for _ in range(5):
            with broker.stopped():
                load.wait_accepted(10)
            load.wait_accepted(10)
    assert_accepted_in_time(load)
    load.wait_answered()


def nudges(platform: Platform) -> list[bytes]:
    with platform.redis() as client:
        return [message for message in client.lrange("botplatform", 0, -1) if b'"task": "answer"' in message]


@pytest.mark.parametrize("fault", ["flushed", "restarted"])
def test_web_nudges_again_afterwards(platform: Platform, fakes: Fakes, broker: Broker, fault: str) -> None:
    chats = iter(fresh_chats(600))
    platform.wait_healthy()
    platform.say(next(chats), "so that web has been connected")
    platform.kill("worker", signal.SIGSTOP)
    try:
        broker.flush() if fault == "flushed" else broker.restart()
        platform.wait_until(lambda: platform.say(next(chats), "hello") and nudges(platform))
    finally:
        platform.kill("worker", signal.SIGCONT)


@pytest.mark.slow
def test_a_worker_that_starts_without_redis_works(platform: Platform, fakes: Fakes, broker: Broker, chat: int) -> None:
    with broker.stopped():
        platform.kill("worker")
        platform.say(chat, "hello")
        fakes.telegram.wait_for_text(chat, "answer to: hello", 60)
    platform.wait_until(lambda: worker_listens(platform), 60, what="a worker that waits for tasks")


@pytest.mark.slow
def test_the_platform_stops_in_time_while_redis_hangs(platform: Platform, fakes: Fakes, broker: Broker) -> None:
    """`stop` fails unless all has ended within 15 s with exit code 0."""
    platform.wait_healthy()
    with broker.hung():
        platform.stop()
    platform.start()


def test_the_worker_waits_for_tasks_again_when_redis_is_back(platform: Platform, broker: Broker) -> None:
    with broker.stopped():
        platform.wait_until(lambda: not worker_listens(platform))
    platform.wait_until(lambda: worker_listens(platform), what="a worker that waits for tasks")


@pytest.mark.parametrize("fault", ["stopped", "hung"])
def test_health_names_the_redis_that_is_away(platform: Platform, broker: Broker, fault: str) -> None:
    with getattr(broker, fault)():
        answer = platform.http.get("/health/")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["redis"] == "unreachable"
