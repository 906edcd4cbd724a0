"""A system call filter: no process leaves the runner's process group (seccomp(2)).

The worker ends a function by ending its group; a child that made a session of its own would stay.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2

# By machine: its name in the audit interface, then its numbers of setsid and setpgid.
MACHINES = {
    "x86_64": (0xC000003E, 112, 109),
    "aarch64": (0xC00000B7, 157, 154),
}
# x86-64 has a second set of numbers, from here on (the x32 interface).
X32 = 0x40000000

LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE = 0, 4
"""Where struct seccomp_data holds them."""

ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM


def keep_in_group() -> None:
    """Refuse setsid and setpgid from now on, where the kernel and machine are known.

    Needs PR_SET_NO_NEW_PRIVS.
    """
    known = MACHINES.get(platform.machine())
    if known is None:
        return
    program = _program(*known)
    instructions = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog { unsigned short len; struct sock_filter *filter; }
    whole = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, whole, 0, 0)


def _program(architecture: int, setsid: int, setpgid: int) -> bytes:
    """Calls of another architecture and of x32 are refused whole: their numbers differ."""
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_IF_EQUAL, 0, 4, architecture),
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_AT_LEAST, 2, 0, X32),
        (JUMP_IF_EQUAL, 1, 0, setsid),
        (JUMP_IF_EQUAL, 0, 1, setpgid),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    ]
    # struct sock_filter { __u16 code; __u8 jt; __u8 jf; __u32 k; }
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
