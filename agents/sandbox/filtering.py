"""The system calls that a sandboxed process may not make, as a classic BPF program for the kernel's seccomp.

What is refused: the memory that no limit counts (memfd, SysV shared memory), other kinds of sockets (vsock leaves a
virtual machine), new namespaces and mounts, tracing, keyrings, and rarely used doors into the kernel.
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass

LOAD, EQUALS, AT_LEAST, HAS_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Operations of classic BPF: load a word, three conditional jumps, return."""
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, ARCHITECTURE, FIRST, SECOND = 0, 4, 16, 24
"""Offsets into the kernel's `struct seccomp_data`; arguments are 64 bits wide, little-endian, 32 of them are read."""
NEW_NAMESPACES = 0x7E020000
"""CLONE_NEW{CGROUP,UTS,IPC,USER,PID,NET,NS}."""
TTY_INPUT, TTY_CONSOLE = 0x5412, 0x541C
"""TIOCSTI and TIOCLINUX type into a terminal."""
UNIX, INET, INET6 = 1, 2, 10
X32 = 0x40000000

# Name: number on x86-64, number on aarch64 (None: it does not exist there).
REFUSED: dict[str, tuple[int | None, int | None]] = {
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "mq_open": (240, 180), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "kcmp": (312, 272), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "open_tree": (428, 428), "move_mount": (429, 429), "mount_setattr": (442, 442), "unshare": (272, 97),
    "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "fanotify_init": (300, 262),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "acct": (163, 89), "swapon": (167, 224), "swapoff": (168, 225),
    "reboot": (169, 142), "syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "iopl": (172, None), "ioperm": (173, None),
    "modify_ldt": (154, None), "uselib": (134, None), "lookup_dcookie": (212, 18), "vhangup": (153, 58),
}  # fmt: skip
ABSENT: dict[str, tuple[int, int]] = {
    "clone3": (435, 435),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
"""Answered as by an older kernel, so that programs take the older way: their arguments cannot be looked at."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What differs between processors."""

    audit: int
    column: int
    clone: int
    socket: int
    socketpair: int
    ioctl: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 0, clone=56, socket=41, socketpair=53, ioctl=16),
    "aarch64": Machine(0xC00000B7, 1, clone=220, socket=198, socketpair=199, ioctl=29),
}


def program(machine: str = "") -> bytes | None:
    """The filter for a processor as `uname -m` names it (empty: this one); None when it is not known here."""
    known = MACHINES.get(machine or platform.machine())
    if known is None:
        return None
    code = [_one(LOAD, ARCHITECTURE), _one(EQUALS, known.audit, yes=1), _one(RETURN, KILL), _one(LOAD, NUMBER)]
    if known.column == 0:
        code += [_one(AT_LEAST, X32, no=1), _one(RETURN, KILL)]
    for numbers in REFUSED.values():
        if (number := numbers[known.column]) is not None:
            code += _refuse(number, errno.EPERM)
    for numbers in ABSENT.values():
        code += _refuse(numbers[known.column], errno.ENOSYS)
    code += _looked_at(known.clone, FIRST, [_one(HAS_BITS, NEW_NAMESPACES, no=1), _one(RETURN, REFUSE | errno.EPERM)])
    code += _looked_at(known.ioctl, SECOND, _refuse(TTY_INPUT, errno.EPERM) + _refuse(TTY_CONSOLE, errno.EPERM))
    for number in (known.socket, known.socketpair):
        others = [_one(EQUALS, UNIX, yes=3), _one(EQUALS, INET, yes=2), _one(EQUALS, INET6, yes=1)]
        code += _looked_at(number, FIRST, [*others, _one(RETURN, REFUSE | errno.EAFNOSUPPORT)])
    return b"".join([*code, _one(RETURN, ALLOW)])


def _one(operation: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """One `struct sock_filter`: how many instructions to skip when the condition holds, and when it does not."""
    return struct.pack("=HBBI", operation, yes, no, value)


def _refuse(value: int, error: int) -> list[bytes]:
    return [_one(EQUALS, value, no=1), _one(RETURN, REFUSE | error)]


def _looked_at(number: int, argument: int, checks: list[bytes]) -> list[bytes]:
    """Checks of one argument of one system call, which is allowed when none of them refuses."""
    inner = [_one(LOAD, argument), *checks, _one(RETURN, ALLOW)]
    return [_one(EQUALS, number, no=len(inner)), *inner]
