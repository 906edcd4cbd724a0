"""Landlock: a process takes the right to open files away from itself (landlock(7))."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable

# Linux gives new system calls one number on every architecture.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
RULE_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
EVERY_RIGHT = (1 << 16) - 1
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
# From version 6 on: no abstract Unix sockets and no signals out of the domain.
EVERY_SCOPE = 0b11


def is_available() -> bool:
    """Whether the kernel has Landlock, and has it on."""
    return sys.platform == "linux" and _version() >= 1


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Leave this thread, and those it starts, the named files and folders alone.

    Paths that do not exist are passed over. A restricted process also traces no process outside,
    and where the kernel knows how, signals none. Needs PR_SET_NO_NEW_PRIVS.
    """
    version = _version()
    rights = _rights(version)
    ruleset = _create(version, rights)
    try:
        for paths, granted in (
            (readable, EXECUTE | READ_FILE | READ_DIR),
            (writable, rights & ~EXECUTE),
        ):
            for path in paths:
                _grant(ruleset, path, granted & rights)
        if _call(RESTRICT_SELF, ruleset, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    finally:
        os.close(ruleset)


def _version() -> int:
    return _call(CREATE_RULESET, None, 0, VERSION_FLAG)


def _rights(version: int) -> int:
    missing = (REFER if version < 2 else 0) | (TRUNCATE if version < 3 else 0)
    return EVERY_RIGHT & ~missing & ~(IOCTL_DEVICE if version < 5 else 0)


def _create(version: int, rights: int) -> int:
    # struct landlock_ruleset_attr { handled_access_fs, handled_access_net, scoped }
    attributes = struct.pack("=Q", rights)
    if version >= 6:
        attributes = struct.pack("=QQQ", rights, 0, EVERY_SCOPE)
    ruleset = _call(CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    return ruleset


def _grant(ruleset: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            rights &= FILE_RIGHTS
        # struct landlock_path_beneath_attr { allowed_access, parent_fd }, packed
        rule = struct.pack("=Qi", rights, beneath)
        if _call(ADD_RULE, ruleset, RULE_PATH_BENEATH, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_add_rule")
    finally:
        os.close(beneath)


def _call(number: int, *arguments: int | bytes | None) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    typed = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return int(libc.syscall(ctypes.c_long(number), *typed))
