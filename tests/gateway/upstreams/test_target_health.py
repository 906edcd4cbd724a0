"""The state machine of a target's health, whatever happens to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.upstreams.target_health import (
    NEW,
    Admission,
    Policy,
    TargetHealth,
    admission,
    after_check,
    after_failure,
    after_success,
)

POLICY = Policy(failures=3, first_ejection=5, longest_ejection=60, forgives_after=4)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["success", "failure", "passed", "missed"]),
        st.floats(0, 100, allow_nan=False),
    ),
    max_size=80,
)


def _run(events, health: TargetHealth = NEW, now: float = 0.0):
    """The states after each event, with the moment and the event itself."""
    for event, pause in events:
        now += pause
        before = health
        if event == "success":
            health = after_success(health, now, POLICY)
        elif event == "failure":
            health = after_failure(health, now, POLICY)
        else:
            health = after_check(health, event == "passed", POLICY)
        yield event, now, before, health


@given(EVENTS)
def test_an_ejection_ends_and_never_lasts_longer_than_the_longest(events):
    for _, now, _, health in _run(events):
        if health.ejected_until is not None:
            assert health.ejected_until <= now + POLICY.longest_ejection
            later = health.ejected_until
            wanted = Admission.NONE if health.is_down else Admission.TRIAL
            assert admission(health, later) is wanted


@given(EVENTS)
def test_a_target_is_ejected_only_by_a_failure_and_taken_back_only_by_a_success(events):
    for event, _, before, health in _run(events):
        if before.ejected_until is None and health.ejected_until is not None:
            assert event == "failure"
        if before.ejected_until is not None and health.ejected_until is None:
            assert event == "success"


@given(EVENTS)
def test_checks_alone_decide_whether_a_target_is_down(events):
    for event, _, before, health in _run(events):
        if before.is_down is not health.is_down:
            assert event == ("missed" if health.is_down else "passed")


@given(EVENTS, st.integers(0, 30))
def test_what_began_before_an_ejection_changes_nothing_of_it(events, late):
    *_, last = [(0, 0.0, NEW, NEW), *_run(events)]
    _, now, _, health = last
    if health.ejected_until is None or now >= health.ejected_until:
        return
    for _ in range(late):
        assert after_failure(health, now, POLICY) == health
        assert after_success(health, now, POLICY) == health


@given(EVENTS)
def test_a_target_that_recovers_is_forgiven(events):
    *_, last = [(0, 0.0, NEW, NEW), *_run(events)]
    _, now, _, health = last
    now += POLICY.longest_ejection
    for _ in range(POLICY.forgives_after):
        health = after_success(health, now, POLICY)
    for _ in range(POLICY.passed_checks):
        health = after_check(health, True, POLICY)
    assert (health.failures, health.ejections, health.ejected_until) == (0, 0, None)
    assert admission(health, now) is Admission.ALL


def test_ejections_grow_until_the_longest():
    health, now, pauses = NEW, 0.0, []
    for _ in range(3):
        health = after_failure(health, now, POLICY)
    while len(pauses) < 6:
        pauses.append(health.ejected_until - now)
        now = health.ejected_until
        health = after_failure(health, now, POLICY)
    assert pauses == [5, 10, 20, 40, 60, 60]


def test_failures_that_are_not_in_a_row_eject_nobody():
    health = NEW
    for _ in range(50):
        health = after_failure(after_failure(health, 0, POLICY), 0, POLICY)
        health = after_success(health, 0, POLICY)
    assert admission(health, 0) is Admission.ALL
