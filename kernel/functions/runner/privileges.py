"""From root to nobody (capabilities(7), prctl(2))."""

from __future__ import annotations

import ctypes
import os
import struct

PR_SET_KEEPCAPS = 8
CAP_DAC_READ_SEARCH = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522


def become(user: int, group: int, *, may_read: bool) -> None:
    """Change the user for good. Every capability goes.

    With `may_read` the right to pass file permissions for reading stays, where root had it itself:
    for a process that Landlock is about to confine to the files it was given.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if may_read:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    if may_read and _set_capabilities(libc, CAP_DAC_READ_SEARCH):
        return
    if not _set_capabilities(libc, 0):
        raise OSError(ctypes.get_errno(), "capset")


def _set_capabilities(libc: ctypes.CDLL, capabilities: int) -> bool:
    # struct __user_cap_header_struct { version, pid };
    # struct __user_cap_data_struct { effective, permitted, inheritable } for bits 0-31 and 32-63
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION_3, 0))
    data = struct.pack("=6I", capabilities, capabilities, 0, 0, 0, 0)
    return bool(libc.capset(header, data) == 0)
