"""Answers about people and about nobody end at the same moments."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from idp.user_pools.services import equal_time
from idp.user_pools.services.equal_time import STEP_SECONDS


class Watch:
    """A clock of the test's own, which a sleep moves on, by a bit more than was asked for."""

    OVERSLEPT = 0.0003

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds + self.OVERSLEPT


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(equal_time, "time", made)
    return made


def context(*, hides: bool) -> Any:
    return SimpleNamespace(hides_missing_users=hides)


def late(seconds: float) -> bool:
    """Whether this is the end of a step, or a moment after it."""
    return seconds % STEP_SECONDS < 2 * Watch.OVERSLEPT


@pytest.mark.parametrize("work_seconds", [0.001, 0.004, STEP_SECONDS + 0.003])
def test_answer_waits_for_the_end_of_a_step(watch: Watch, work_seconds: float) -> None:
    began = watch.now
    with equal_time.answered(context(hides=True)):
        watch.now += work_seconds
    took = watch.now - began
    assert took // STEP_SECONDS == (2 if work_seconds > STEP_SECONDS else 1)
    assert late(took)


def test_refusal_waits_as_an_answer_does(watch: Watch) -> None:
    began = watch.now - 0.001
    with pytest.raises(LookupError), equal_time.answered(context(hides=True), began):
        raise LookupError
    assert late(watch.now - began)


def test_steps_are_counted_from_where_the_work_began(watch: Watch) -> None:
    began = watch.now - STEP_SECONDS * 0.4
    with equal_time.answered(context(hides=True), began):
        pass
    assert (watch.now - began) // STEP_SECONDS == 1
    assert late(watch.now - began)


def test_who_proves_himself_does_not_wait_and_who_does_not_waits(watch: Watch) -> None:
    began = watch.now
    watch.now += 0.001
    with equal_time.refused(context(hides=True), began):
        pass
    assert watch.now == began + 0.001
    with pytest.raises(LookupError), equal_time.refused(context(hides=True), began):
        raise LookupError
    assert late(watch.now - began)


def test_client_that_hides_nobody_is_answered_at_once(watch: Watch) -> None:
    began = watch.now
    with equal_time.answered(context(hides=False)):
        pass
    assert watch.now == began
