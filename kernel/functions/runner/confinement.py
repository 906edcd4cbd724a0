"""What a runner gives up before it runs the function's code.

Limits hold everywhere. A worker that is root makes its runners `nobody`. Where the kernel has
Landlock (Linux 5.13), a runner opens only the files that it was given, so that a function of the
worker's own user does not read the sealing key, the database or the worker's memory; elsewhere file
permissions alone decide, and they do not separate processes of one user.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
import signal
import sys

from kernel.functions.runner import landlock
from kernel.functions.runner.privileges import become
from kernel.functions.runner.seccomp import keep_in_group
from kernel.functions.setup import Limits, Setup

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38

MAX_CPU_SECONDS = 3600


def confine(setup: Setup) -> None:
    """Apply everything but the number of processes. Called before any thread is started."""
    _limit(setup.limits)
    _offer_to_the_memory_killer()
    if setup.user is not None:
        may_read = not setup.is_readable_by_user and landlock.is_available()
        become(*setup.user, may_read=may_read)
    if sys.platform == "linux":
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        if landlock.is_available():
            landlock.restrict(setup.readable, setup.writable)
        keep_in_group()
        # Last, because a change of user clears it (prctl(2), PR_SET_PDEATHSIG).
        if setup.parent is not None:
            _die_with(setup.parent)


def limit_cpu_time(seconds: float) -> None:
    """End this process when the next call takes more CPU time than it has wall-clock time."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (min(soft, MAX_CPU_SECONDS), MAX_CPU_SECONDS))


def limit_processes(limits: Limits) -> None:
    """Leave room for `limits.processes` more processes and threads of this user."""
    # The limit counts all processes of the user (getrlimit(2), RLIMIT_NPROC).
    most = _tasks_of(os.getuid()) + limits.processes
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def _limit(limits: Limits) -> None:
    for which, amount in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(which, (amount, amount))


def _offer_to_the_memory_killer() -> None:
    # Where memory runs out, the kernel ends a runner rather than a worker.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("500")


def _die_with(parent: int) -> None:
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It died before it could be watched.
        os.kill(os.getpid(), signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _tasks_of(user: int) -> int:
    tasks = 0
    try:
        processes = [entry for entry in os.scandir("/proc") if entry.name.isdigit()]
    except OSError:
        return tasks
    for process in processes:
        try:
            if process.stat().st_uid == user:
                tasks += len(os.listdir(f"{process.path}/task"))
        except OSError:
            continue
    return tasks
