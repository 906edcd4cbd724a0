"""One attempt for a subject at a time, and nothing remembered of who has gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from idp.user_pools.services.lockout import Turns


class Counter:
    """How many are inside at once, at most."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._inside = 0
        self.most = 0
        self.entered = 0

    def visit(self) -> None:
        with self._guard:
            self._inside += 1
            self.entered += 1
            self.most = max(self.most, self._inside)
        time.sleep(0.005)
        with self._guard:
            self._inside -= 1


def run(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def take(turns: Turns, subject: str, visit: Callable[[], None]) -> None:
    with turns.of(subject):
        visit()


def test_attempts_for_one_subject_come_one_after_the_other() -> None:
    turns, counter = Turns(), Counter()
    run(*[lambda: take(turns, "ada", counter.visit)] * 10)
    assert (counter.entered, counter.most) == (10, 1)


def test_subjects_do_not_wait_for_each_other() -> None:
    turns, meeting = Turns(), threading.Barrier(2, timeout=5)
    # Each waits for the other one inside its own turn.
    run(*[lambda s=subject: take(turns, s, meeting.wait) for subject in ("ada", "eve")])
    assert not meeting.broken


def test_subject_is_forgotten_when_the_last_one_is_done() -> None:
    turns = Turns()
    assert "ada" not in turns._waiting
    with turns.of("ada"):
        assert "ada" in turns._waiting
        assert "eve" not in turns._waiting
    assert "ada" not in turns._waiting
    run(*[lambda n=number: take(turns, f"{n % 3}", lambda: None) for number in range(30)])
    assert turns._waiting == {}


def test_subject_is_taken_while_others_still_wait() -> None:
    turns, second_is_in, may_go = Turns(), threading.Event(), threading.Event()

    def second() -> None:
        with turns.of("ada"):
            second_is_in.set()
            may_go.wait(5)

    with turns.of("ada"):
        waiting = threading.Thread(target=second)
        waiting.start()
        deadline = time.monotonic() + 5
        while turns._waiting["ada"][1] < 2 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert not second_is_in.is_set()
    assert second_is_in.wait(5)
    assert "ada" in turns._waiting
    may_go.set()
    waiting.join()
    assert "ada" not in turns._waiting


def test_failed_attempt_gives_its_turn_back() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="wrong"), turns.of("ada"):
        raise ValueError("wrong")
    assert "ada" not in turns._waiting
    with turns.of("ada"):
        pass
