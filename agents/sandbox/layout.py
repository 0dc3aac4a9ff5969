"""What a sandboxed process sees: the arguments of bubblewrap, bwrap(1)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agents.sandbox.values import Limits

WORKSPACE = "/workspace"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Read-only; links among them stay links."""
SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime")
EMPTIED = ("/usr/src", "/usr/etc", "/usr/home", "/usr/local/etc", "/usr/local/src")
"""Where people keep applications and their settings although it belongs to the system."""
NETWORKED = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl", "/etc/pki", "/etc/ca-certificates")
"""Read beside the rest where the network is shared."""
ACCOUNTS = {
    "/etc/passwd": b"worker:x:1000:1000::/tmp:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
    "/etc/group": b"worker:x:1000:\nnogroup:x:65534:\n",
}
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 - inside
    "TMPDIR": "/tmp",  # noqa: S108 - inside
    "USER": "worker",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "PAGER": "cat",
    "CI": "true",
    "NO_COLOR": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
}
"""All of it, whatever the platform's own environment holds."""


@dataclass(frozen=True, slots=True)
class System:
    """What an installation shows to its sandboxes beside the operating system's programs."""

    toolchains: tuple[Path, ...] = ()
    """Directories that are readable at their own paths; the `bin` in each comes first in the PATH."""
    hidden: tuple[Path, ...] = ()
    """Directories that are empty inside, even where they lie within something readable."""


@dataclass(frozen=True, slots=True)
class View:
    """What one command sees of the disk, and whether of the network."""

    workspace: Path
    """Becomes `/workspace`, the one writable place on a disk."""
    readable: Mapping[str, Path] = field(default_factory=dict)
    """Path inside → path outside, read-only."""
    network: bool = False
    """Shares the host's network: for our own fetches alone, never for what a model composed."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside the fixed variables. Handed over in bubblewrap's own environment, so that it stands on no command line."""


def toolchain(environment: Path) -> tuple[Path, ...]:
    """What a Python virtual environment needs to be run: itself, and the installation that it was made from."""
    interpreter = (environment / "bin" / "python").resolve()
    home = interpreter.parent.parent
    return (environment,) if home == Path("/usr") else (environment, home)


def environment(system: System, view: View) -> dict[str, str]:
    """The whole environment of bubblewrap and of everything inside."""
    path = [*(f"{place}/bin" for place in system.toolchains), ENVIRONMENT["PATH"]]
    return ENVIRONMENT | {"PATH": ":".join(path)} | dict(view.environment)


def arguments(system: System, view: View, limits: Limits, files: Mapping[str, int]) -> list[str]:
    """bubblewrap's, without the command. `files` are paths inside and descriptors to fill them from."""
    found = ["--unshare-user", "--unshare-all", "--die-with-parent", "--new-session", "--hostname", "sandbox"]
    found += ["--share-net"] if view.network else []
    places = [*SETTINGS, *map(str, system.toolchains), *files, *view.readable]
    for option in (*_parents(places), *_system(view), *_devices(limits)):
        found += option
    for place in system.toolchains:
        found += ["--ro-bind", str(place), str(place)]
    for place in (*map(Path, EMPTIED), *system.hidden):
        found += _emptied(place, system.toolchains)
    for inside, descriptor in files.items():
        found += ["--perms", "0444", "--ro-bind-data", str(descriptor), inside]
    found += ["--bind", str(view.workspace), WORKSPACE]
    for inside, outside in view.readable.items():
        found += ["--ro-bind", str(outside), inside]
    return [*found, "--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]


def _parents(places: Sequence[str]) -> Iterator[Sequence[str]]:
    """bubblewrap would make them for itself alone."""
    parents = {str(parent) for place in places for parent in Path(place).parents}
    for parent in sorted(parents - {"/"}):
        if not parent.startswith("/usr"):
            yield "--perms", "0755", "--dir", parent


def _system(view: View) -> Iterator[Sequence[str]]:
    for name in SYSTEM:
        if os.path.islink(name):
            yield "--symlink", os.readlink(name), name
        elif os.path.isdir(name):
            yield "--ro-bind", name, name
    for name in (*SETTINGS, *(NETWORKED if view.network else ())):
        if os.path.exists(name):
            yield "--ro-bind", os.path.realpath(name), name


def _devices(limits: Limits) -> Iterator[Sequence[str]]:
    yield "--proc", "/proc"
    yield "--dev", "/dev"
    yield "--size", str(limits.temporary_bytes // 4), "--perms", "1777", "--tmpfs", "/dev/shm"  # noqa: S108 - inside
    yield "--size", str(limits.temporary_bytes), "--perms", "1777", "--tmpfs", "/tmp"  # noqa: S108 - inside


def _emptied(place: Path, toolchains: tuple[Path, ...]) -> list[str]:
    """Cover what would be seen; what lies elsewhere is not there anyway, and is not even named inside."""
    real = place.resolve()
    shown = (*map(Path, SYSTEM), *toolchains)
    if not real.is_dir() or not any(real.is_relative_to(one.resolve()) for one in shown if one.exists()):
        return []
    return ["--perms", "0555", "--size", "4096", "--tmpfs", str(real), "--remount-ro", str(real)]
