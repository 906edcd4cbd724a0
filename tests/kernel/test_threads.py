"""Where work runs: under a hub in threads, of which those that compute are few and polite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kernel.threads import NICENESS, compute, in_thread, threads_to_compute

ROOT = Path(__file__).parents[2]

GEVENT = """
from gevent.monkey import patch_all
patch_all()
import json, os, sys, time
import gevent
from kernel.threads import compute, in_thread, share_cpus
from threading import get_native_id

share_cpus(len(os.sched_getaffinity(0)))

def who():
    time.sleep(0.01)
    return get_native_id(), os.getpriority(os.PRIO_PROCESS, get_native_id())

def fail():
    raise LookupError("expected")

hub = get_native_id(), os.getpriority(os.PRIO_PROCESS, 0)
computing = [gevent.spawn(compute, who) for _ in range(8)]
waiting = [gevent.spawn(in_thread, who) for _ in range(8)]
gevent.joinall(computing + waiting)
raised = []
for run in (compute, in_thread):
    try:
        run(fail)
    except LookupError as error:
        raised.append(str(error))
print(json.dumps({"hub": hub, "computing": [g.value for g in computing],
    "waiting": [g.value for g in waiting], "raised": raised}))
"""


def test_work_runs_in_place_where_there_is_no_hub() -> None:
    assert in_thread(threading.get_ident) == threading.get_ident()
    assert compute(threading.get_ident) == threading.get_ident()


@pytest.mark.parametrize(
    ("cpus", "workers", "threads"), [(4, 2, 2), (4, 1, 4), (2, 4, 1), (1, 1, 1), (8, 3, 2)]
)
def test_workers_share_the_cpus(cpus: int, workers: int, threads: int) -> None:
    assert threads_to_compute(cpus, workers) == threads


def test_computing_threads_are_few_and_come_after_the_hub() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GEVENT], capture_output=True, check=True, cwd=ROOT, timeout=40
    )
    found = json.loads(done.stdout)
    hub, priority = found["hub"]
    computing = {thread for thread, _ in found["computing"]}
    assert len(computing) == 1
    assert {each for _, each in found["computing"]} == {min(priority + NICENESS, 19)}
    waiting = {thread for thread, _ in found["waiting"]}
    assert len(waiting) > 1
    assert {each for _, each in found["waiting"]} == {priority}
    assert hub not in computing | waiting
    assert found["raised"] == ["expected", "expected"]
    assert done.stderr == b""
    assert os.getpriority(os.PRIO_PROCESS, 0) == priority
