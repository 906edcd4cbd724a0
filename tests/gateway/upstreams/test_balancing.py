"""Who gets the next request."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.upstreams.balancing import Load, choose
from gateway.upstreams.target_health import Admission, TargetHealth, admission

NOW = 100.0
HEALTH = st.builds(TargetHealth, ejected_until=st.none() | st.floats(0, 200), is_down=st.booleans())
LOADS = st.lists(st.builds(Load, st.integers(0, 5), HEALTH), min_size=1, max_size=6).map(
    lambda loads: {f"http://10.0.0.{at}": load for at, load in enumerate(loads)}
)


@given(LOADS, st.integers(0, 100), st.data())
def test_a_target_that_was_tried_is_not_chosen_again(loads, turn, data):
    tried = data.draw(st.sets(st.sampled_from(list(loads))))
    assert choose(list(loads), loads, NOW, turn, tried) not in tried


@given(LOADS, st.integers(0, 100))
def test_some_target_is_always_chosen_and_a_well_one_where_there_is_one(loads, turn):
    chosen = choose(list(loads), loads, NOW, turn)
    assert chosen in loads
    well = [t for t, each in loads.items() if admission(each.health, NOW) is Admission.ALL]
    if well:
        assert admission(loads[chosen].health, NOW) is not Admission.NONE


@given(LOADS, st.integers(0, 100))
def test_no_well_target_has_fewer_requests_than_the_chosen_one(loads, turn):
    chosen = choose(list(loads), loads, NOW, turn)
    well = [e for e in loads.values() if admission(e.health, NOW) is Admission.ALL]
    if well:
        assert all(loads[chosen].outstanding <= each.outstanding for each in well)


def test_a_target_on_trial_gets_one_request_at_a_time():
    trial = TargetHealth(ejected_until=NOW - 1, ejections=1)
    loads = {"a": Load(3), "b": Load(0, trial)}
    assert choose(["a", "b"], loads, NOW, 0) == "b"
    loads["b"] = Load(1, trial)
    assert choose(["a", "b"], loads, NOW, 0) == "a"


def test_idle_targets_take_turns():
    targets = ["a", "b", "c"]
    assert [choose(targets, {}, NOW, turn) for turn in range(6)] == ["a", "b", "c"] * 2


def test_ejected_targets_are_no_second_choice_while_a_well_one_was_tried():
    ejected = TargetHealth(ejected_until=NOW + 9)
    assert choose(["a", "b"], {"b": Load(0, ejected)}, NOW, 0, ["a"]) is None
