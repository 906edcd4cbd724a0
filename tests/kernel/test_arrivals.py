"""Watching a connection, on threads and on greenlets alike."""

from __future__ import annotations

import subprocess
import sys

import pytest

ON_GREENLETS = """
from gevent import monkey; monkey.patch_all()
"""

WATCHED = """
import socket, time
from kernel import arrivals

here, there = socket.socketpair()
watched = arrivals.watch(here)
there.sendall(b"answer")
watched.wait(5)
assert here.recv(100) == b"answer"
watched.expect()
time.sleep(0.05)
assert not watched.are_there
there.sendall(b"unasked")
time.sleep(0.05)
assert watched.are_there
assert here.recv(100) == b"unasked"
watched.expect()
time.sleep(0.05)
assert not watched.are_there
there.close()
time.sleep(0.05)
assert watched.are_there
watched.close()
print(type(watched).__name__)
"""

UNANSWERED = """
import gevent, socket, time
from kernel import arrivals

here, there = socket.socketpair()
watched = arrivals.watch(here)
began = time.monotonic()
try:
    watched.wait(0.1)
except TimeoutError:
    assert 0.05 < time.monotonic() - began < 5
# The time-out is over: the next wait is a wait of its own.
waiting = gevent.spawn(watched.wait, 5)
gevent.sleep(0.2)
assert not waiting.dead
waiting.kill()
gevent.spawn_later(0.05, there.sendall, b"x")
watched.wait(5)
assert here.recv(1) == b"x"
print(type(watched).__name__)
"""


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(("patching", "kind"), [("", "_Asked"), (ON_GREENLETS, "_Watched")])
def test_what_nobody_waits_for_is_noticed_and_what_is_expected_is_not(
    patching: str, kind: str
) -> None:
    assert run(patching + WATCHED) == kind


def test_wait_ends_with_its_time_and_leaves_nothing_behind() -> None:
    assert run(ON_GREENLETS + UNANSWERED) == "_Watched"


def test_idle_connection_does_not_keep_the_loop_from_ending() -> None:
    program = "import gevent, socket\nfrom kernel import arrivals\n"
    program += "pair = socket.socketpair(); watched = arrivals.watch(pair[0])\n"
    assert run(ON_GREENLETS + program + "gevent.wait(timeout=20); print('ended')") == "ended"
