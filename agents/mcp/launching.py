"""Runs a command and ends it, and whatever it has started, as soon as whoever started this is gone.

Run as a program: `launching.py LIFELINE COMMAND …`, as leader of a process group. LIFELINE is a descriptor that reaches
its end when the starter closes it or dies, however it dies. It imports nothing of ours.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

NOT_STARTED = 127


def main() -> None:
    lifeline, command = int(sys.argv[1]), sys.argv[2:]
    try:
        child = subprocess.Popen(command, close_fds=True)
    except OSError as error:
        sys.stderr.write(f"{command[0]} could not be started: {error.strerror}\n")
        sys.exit(NOT_STARTED)
    # The child alone speaks; with our ends open its end would go unnoticed.
    for descriptor in (0, 1):
        os.close(descriptor)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    child.wait()
    os.killpg(0, signal.SIGKILL)


def _end_with(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
