"""Run inside a sandbox by the probes, as a program of its own: attempts to get out, each of which has to fail.

Takes JSON as its argument; prints a JSON object, name of the attempt → what it achieved (empty: it was denied).
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

NEW_USER_NAMESPACE, TRACE_ME, VSOCK = 0x10000000, 0, 40


def write_outside(given: dict[str, Any]) -> str:
    """The system's directories, above the workspace, through a link, and the kernel's own settings."""
    with contextlib.suppress(OSError):
        os.symlink(given["outside"], "link")
    places = ["/usr/bin", "/usr", "/etc", "/", "/dev", "/proc", "/home", "/root", "/var", "/run", "..", "link"]
    reached = []
    for place in [*places, given["outside"]]:
        with contextlib.suppress(OSError), open(os.path.join(place, given["mark"]), "w") as file:
            file.write("escaped")
            reached.append(place)
    for setting in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/kernel/uevent_helper"):
        with contextlib.suppress(OSError):
            os.close(os.open(setting, os.O_WRONLY))
            reached.append(setting)
    return ", ".join(reached)


def read_environments(given: dict[str, Any]) -> str:
    """Whether any process that can be seen carries the variable that one outside was started with."""
    found = []
    places = [f"/proc/{given['pid']}/environ", *glob.glob("/proc/*/environ"), *glob.glob("/proc/*/root/proc/*/environ")]
    for place in places:
        with contextlib.suppress(OSError), open(place, "rb") as file:
            if (given["variable"] + "=").encode() in file.read():
                found.append(place)
    return ", ".join(found)


def inherit_variables(given: dict[str, Any]) -> str:
    return ", ".join(sorted(set(os.environ) - set(given["expected"])))


def inherit_descriptors(given: dict[str, Any]) -> str:
    links = []
    for number in range(3, 1024):
        with contextlib.suppress(OSError):
            links.append(os.readlink(f"/proc/self/fd/{number}"))
    return ", ".join(links)


def connect_by_tcp(given: dict[str, Any]) -> str:
    with socket.create_connection(("127.0.0.1", given["port"]), timeout=1):
        return "connected"


def connect_to_a_unix_socket(given: dict[str, Any]) -> str:
    return _unix(given["socket"])


def connect_to_an_abstract_socket(given: dict[str, Any]) -> str:
    return _unix("\0" + given["abstract"])


def _unix(address: str) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.settimeout(1)
        one.connect(address)
        return "connected"


def open_other_sockets(given: dict[str, Any]) -> str:
    with socket.socket(VSOCK, socket.SOCK_STREAM):
        return "a socket to the machine's host"


def become_root(given: dict[str, Any]) -> str:
    os.setuid(0)
    return "user id 0"


def mount(given: dict[str, Any]) -> str:
    return _called("mount", b"none", b"/tmp", b"tmpfs", 0, None)


def make_a_user_namespace(given: dict[str, Any]) -> str:
    return _called("unshare", NEW_USER_NAMESPACE)


def trace(given: dict[str, Any]) -> str:
    return _called("ptrace", TRACE_ME, 0, 0, 0)


def take_uncounted_memory(given: dict[str, Any]) -> str:
    os.close(os.memfd_create("x"))
    return "memory that no limit counts"


def keep_privileges(given: dict[str, Any]) -> str:
    """What the kernel itself says of this process."""
    with open("/proc/self/status") as file:
        says = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    wanted = {"CapEff": "0000000000000000", "CapBnd": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2"}
    return ", ".join(f"{name} is {says.get(name)}" for name, value in wanted.items() if says.get(name) != value)


def _called(name: str, *arguments: object) -> str:
    done = getattr(ctypes.CDLL(None), name)(*arguments)
    return f"{name} succeeded" if done == 0 else ""


ATTEMPTS: tuple[Callable[[dict[str, Any]], str], ...] = (
    write_outside,
    read_environments,
    inherit_variables,
    inherit_descriptors,
    connect_by_tcp,
    connect_to_a_unix_socket,
    connect_to_an_abstract_socket,
    open_other_sockets,
    become_root,
    mount,
    make_a_user_namespace,
    keep_privileges,
    take_uncounted_memory,
    trace,
)


def main(given: dict[str, Any]) -> dict[str, str]:
    """Each attempt's achievement."""
    achieved = {}
    for attempt in ATTEMPTS:
        try:
            achieved[attempt.__name__.replace("_", " ")] = attempt(given)
        except OSError:
            achieved[attempt.__name__.replace("_", " ")] = ""
    return achieved


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
