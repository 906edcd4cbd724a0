"""Numbers that add up, and percentiles out of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.metrics.counts import Counts, of_document, percentile, total


def test_requests_are_counted_by_status_and_cache():
    counts = Counts()
    for status, cache in ((200, "hit"), (200, "miss"), (404, ""), (502, ""), (302, "")):
        counts.add(status, 0.01, None, cache)

    assert (counts.count, counts.client_errors, counts.server_errors) == (5, 1, 1)
    assert (counts.cache_hits, counts.cache_misses) == (1, 1)
    assert counts.integration_latency == {}


@given(st.lists(st.floats(min_value=1e-5, max_value=60), min_size=1, max_size=200))
def test_a_percentile_is_right_to_seven_percent(latencies):
    counts = Counts()
    for latency in latencies:
        counts.add(200, latency, latency, "")
    exact = sorted(latencies)[-(-len(latencies) // 2) - 1]

    found = percentile(counts.latency, 0.5)

    assert found is not None
    assert abs(found - exact) <= 0.07 * exact + 2e-6


@given(st.lists(st.tuples(st.integers(100, 599), st.floats(0, 60)), max_size=60))
def test_the_sum_of_parts_is_the_whole(requests):
    whole, parts = Counts(), [Counts() for _ in range(3)]
    for number, (status, latency) in enumerate(requests):
        whole.add(status, latency, latency / 2, "hit")
        parts[number % 3].add(status, latency, latency / 2, "hit")

    assert total(of_document(part.document()) for part in parts) == whole


def test_nothing_has_no_percentile():
    assert percentile({}, 0.99) is None
