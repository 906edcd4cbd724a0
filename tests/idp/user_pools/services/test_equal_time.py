"""Answers about people and about nobody end at the same moments."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from idp.user_pools.services import equal_time
from idp.user_pools.services.equal_time import STEP_SECONDS


def context(*, hides: bool) -> Any:
    return SimpleNamespace(hides_missing_users=hides)


@pytest.mark.parametrize("work_seconds", [0.0, 0.004, STEP_SECONDS + 0.003])
def test_answer_waits_for_the_end_of_a_step(work_seconds: float) -> None:
    began = time.monotonic()
    with equal_time.answered(context(hides=True)):
        time.sleep(work_seconds)
    steps, rest = divmod(time.monotonic() - began, STEP_SECONDS)
    assert steps == (2 if work_seconds > STEP_SECONDS else 1)
    assert rest < STEP_SECONDS / 2


def test_refusal_waits_as_an_answer_does() -> None:
    began = time.monotonic()
    with pytest.raises(LookupError), equal_time.answered(context(hides=True)):
        raise LookupError
    assert time.monotonic() - began >= STEP_SECONDS


def test_steps_are_counted_from_where_the_work_began() -> None:
    began = time.monotonic() - STEP_SECONDS * 0.4
    with equal_time.answered(context(hides=True), began):
        pass
    steps, rest = divmod(time.monotonic() - began, STEP_SECONDS)
    assert steps == 1
    assert rest < STEP_SECONDS / 2


def test_who_proves_himself_does_not_wait_and_who_does_not_waits() -> None:
    began = time.monotonic()
    with equal_time.refused(context(hides=True), began):
        pass
    assert time.monotonic() - began < STEP_SECONDS / 2
    with pytest.raises(LookupError), equal_time.refused(context(hides=True), began):
        raise LookupError
    assert time.monotonic() - began >= STEP_SECONDS


def test_client_that_hides_nobody_is_answered_at_once() -> None:
    began = time.monotonic()
    with equal_time.answered(context(hides=False)):
        pass
    assert time.monotonic() - began < STEP_SECONDS / 2
