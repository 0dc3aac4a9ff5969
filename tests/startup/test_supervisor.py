from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from botplatform import supervisor
from botplatform.supervisor import Child, Supervisor
from tests.startup.conftest import ROOT, is_running

# One write a line: print may make two, and another child's line come between them.
TELLS = (
    "import json, os, time; os.write(1, json.dumps({'pid': os.getpid(), 'group': os.getpgrp()}).encode() + b'\\n'); "
)
STAYS = (sys.executable, "-c", TELLS + "time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + TELLS + "time.sleep(60)",
)
LEAVES_A_CHILD = ("/bin/sh", "-c", "sleep 60 & echo '{\"pid\": '$!'}'")
FAILS = ("/bin/sh", "-c", "exit 3")


class Supervised:
    """A process that supervises children; what they and it print are JSON lines."""

    def __init__(self, stop_seconds: float, **children: tuple[str, ...]) -> None:
        arguments = [str(stop_seconds), json.dumps(children)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.startup.supervised", *arguments], cwd=ROOT, stdout=subprocess.PIPE
        )

    def said(self) -> dict[str, int | float | str]:
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline()))

    def pid(self) -> int:
        return int(self.said()["pid"])


Supervise = Callable[..., Supervised]


@pytest.fixture
def supervise() -> Iterator[Supervise]:
    started: list[Supervised] = []

    def start(stop_seconds: float = supervisor.STOP_SECONDS, **children: tuple[str, ...]) -> Supervised:
        started.append(Supervised(stop_seconds, **children))
        return started[-1]

    yield start
    for each in started:
        each.process.terminate()
        each.process.communicate()


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_signal_ends_all_children_and_returns(supervise: Supervise, number: signal.Signals) -> None:
    supervised = supervise(one=STAYS, two=STAYS)
    pids = [supervised.pid(), supervised.pid()]
    supervised.process.send_signal(number)
    assert supervised.said() == {"event": "returned"}
    assert supervised.process.wait(5) == 0
    assert not any(is_running(pid) for pid in pids)


def test_a_child_that_dies_is_started_again(supervise: Supervise) -> None:
    supervised = supervise(one=STAYS)
    first = supervised.pid()
    os.kill(first, signal.SIGKILL)
    assert supervised.said() == {"event": "child.ended", "child": "one", "code": -9, "restart_in_s": 0.5}
    assert supervised.pid() != first


def test_the_back_off_doubles(supervise: Supervise) -> None:
    supervised = supervise(one=FAILS)
    assert [supervised.said()["restart_in_s"] for _ in range(3)] == [0.5, 1.0, 2.0]


def test_one_childs_back_off_does_not_delay_another(supervise: Supervise) -> None:
    supervised = supervise(one=FAILS, two=STAYS)
    said = [supervised.said(), supervised.said()]
    os.kill(next(int(line["pid"]) for line in said if "pid" in line), signal.SIGKILL)
    wait_until(lambda: supervised.said().get("child") == "two")


@pytest.mark.parametrize(
    ("lived", "expected"), [(59.0, [0.5, 1.0, 2.0]), (61.0, [0.5, 0.5, 0.5])], ids=["short", "long"]
)
def test_only_a_long_life_resets_the_back_off(
    monkeypatch: pytest.MonkeyPatch, lived: float, expected: list[float]
) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    child = Supervisor([Child("one", ("false",))], os.environ)._children[0]
    pauses: list[float] = []
    for _ in expected:
        child.tend()
        wait_until_ended(child)
        clock[0] += lived
        pauses.append(child.tend())
        clock[0] += pauses[-1]
    assert pauses == expected


def wait_until_ended(child: supervisor._Watched) -> None:
    while child.is_running():
        os.sched_yield()


def test_a_command_that_cannot_be_run_is_tried_again(supervise: Supervise) -> None:
    supervised = supervise(one=("/no/such/program",))
    assert supervised.said()["restart_in_s"] == 0.5


def test_a_child_that_ignores_the_signal_is_killed_in_the_end(supervise: Supervise) -> None:
    supervised = supervise(stop_seconds=0.2, one=STUBBORN)
    pid = supervised.pid()
    supervised.process.terminate()
    assert supervised.said() == {"event": "returned"}
    assert not is_running(pid)


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs util-linux")
def test_no_child_outlives_a_killed_supervisor(supervise: Supervise) -> None:
    supervised = supervise(one=STAYS, two=STUBBORN)
    pids = [supervised.pid(), supervised.pid()]
    supervised.process.kill()
    wait_until(lambda: not any(is_running(pid) for pid in pids))


def test_what_a_dead_child_left_behind_is_killed(supervise: Supervise) -> None:
    left = supervise(one=LEAVES_A_CHILD).pid()
    wait_until(lambda: not is_running(left))


def test_ctrl_c_in_the_terminal_reaches_the_supervisor_alone(supervise: Supervise) -> None:
    supervised = supervise(one=STAYS)
    assert supervised.said()["group"] != os.getpgid(supervised.process.pid)


def test_the_signal_handlers_are_put_back() -> None:
    before = {number: signal.getsignal(number) for number in (*supervisor.STOP_SIGNALS, signal.SIGCHLD)}
    with supervisor._signals(signal.SIG_IGN):
        pass
    assert {number: signal.getsignal(number) for number in before} == before
