"""What a sandboxed process sees: the arguments of bubblewrap, bwrap(1)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence, Set
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
    return (environment,) if home in (Path("/usr"), environment) else (environment, home)


def environment(system: System, view: View) -> dict[str, str]:
    """The whole environment of bubblewrap and of everything inside."""
    path = [*(f"{place}/bin" for place in system.toolchains), ENVIRONMENT["PATH"]]
    return ENVIRONMENT | {"PATH": ":".join(path)} | dict(view.environment)


def arguments(system: System, view: View, limits: Limits, files: Mapping[str, int]) -> list[str]:
    """bubblewrap's, without the command. `files` are paths inside and descriptors to fill them from."""
    found = ["--unshare-user", "--unshare-all", "--die-with-parent", "--new-session", "--hostname", "sandbox"]
    found += ["--share-net"] if view.network else []
    for option in (*_parents([*SETTINGS, *files, *view.readable]), *_system(view), *_devices(limits)):
        found += option
    for option in _shown_and_hidden(system):
        found += option
    for inside, descriptor in files.items():
        found += ["--perms", "0444", "--ro-bind-data", str(descriptor), inside]
    found += ["--bind", str(view.workspace), WORKSPACE]
    for inside, outside in view.readable.items():
        found += ["--ro-bind", str(outside), inside]
    return [*found, "--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]


def _parents(places: Sequence[str], *, within: Set[Path] = frozenset()) -> Iterator[Sequence[str]]:
    """bubblewrap would make them for itself alone. What the system has is there, unless it is `within` something emptied."""
    parents = {parent for place in places for parent in Path(place).parents}
    for parent in sorted(parents - {Path("/")}):
        if not parent.is_relative_to("/usr") or not within.isdisjoint(parent.parents):
            yield "--perms", "0755", "--dir", str(parent)


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


def _shown_and_hidden(system: System) -> Iterator[Sequence[str]]:
    """Toolchains and emptied directories: whichever lies within another one comes after it, so that it counts."""
    hidden = {place for one in (*map(Path, EMPTIED), *system.hidden) for place in _seen(one, system.toolchains)}
    hidden -= set(system.toolchains)
    for place in sorted({*system.toolchains, *hidden}):
        if place in hidden:
            yield "--perms", "0755", "--size", "4096", "--tmpfs", str(place)
            continue
        # Here and no sooner: they may lie within what has been emptied, or in the new /tmp.
        yield from _parents([str(place)], within=hidden)
        yield "--ro-bind", str(place), str(place)
    for place in sorted(hidden):
        yield "--remount-ro", str(place)


def _seen(hidden: Path, toolchains: tuple[Path, ...]) -> Iterator[Path]:
    """Where inside a directory would be seen; what lies elsewhere is not there anyway, and is not even named inside.

    What is shown itself stays: whoever keeps other things beside a toolchain's has to hide those.
    """
    real = hidden.resolve()
    if not real.is_dir():
        return
    for shown in (*(Path(name) for name in SYSTEM if not os.path.islink(name)), *toolchains):
        beneath = shown.resolve()
        if real != beneath and real.is_relative_to(beneath):
            yield shown / real.relative_to(beneath)
