"""What a sandboxed command is allowed to use, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MEBIBYTE = 1024 * 1024


class SandboxError(Exception):
    """The sandbox could not be set up, or somebody outside of it failed; the message is fit for operators and model."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one command and everything that it starts."""

    memory_bytes: int = 2048 * MEBIBYTE
    """Resident anonymous and shared memory of all processes together."""
    address_space_bytes: int = 8192 * MEBIBYTE
    """Of each process; many runtimes reserve far more than they use."""
    processes: int = 256
    """Processes at a time."""
    cpu_seconds: float = 3600.0
    """Processor time of all processes together."""
    file_bytes: int = 512 * MEBIBYTE
    """One file."""
    workspace_bytes: int = 2048 * MEBIBYTE
    """Everything in the workspace, as the disk counts it."""
    workspace_files: int = 200_000
    """Files and directories in the workspace."""
    temporary_bytes: int = 256 * MEBIBYTE
    """`/tmp`, which is memory; `/dev/shm` has a quarter of it."""
    open_files: int = 1024
    """Descriptors of each process."""
    output_bytes: int = 256 * MEBIBYTE
    """Written to standard output and error; whoever writes more is killed."""
    kept_bytes: int = 60_000
    """Of the output: half from its beginning, half from its end."""


class Ended(StrEnum):
    """Why a command came to its end."""

    EXITED = "exited"
    """By itself."""
    TIME = "time"
    """It took longer than it was given."""
    CPU = "processor time"
    MEMORY = "memory"
    PROCESSES = "processes"
    OUTPUT = "output"
    DISK = "disk"
    """The workspace grew too large, or holds too many files."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ended, with everything that it started."""

    exit_code: int | None
    """None when it was killed by the sandbox. A command that a signal ended has 128 + the signal's number."""
    output: str
    """Standard output and error as they were mixed, the middle left out when it is long."""
    cut: int
    """Bytes left out of `output`."""
    why_ended: Ended
    seconds: float

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0
