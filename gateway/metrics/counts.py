"""One minute of one route as numbers that add up. Pure.

Latencies are counted in classes whose bounds grow by a sixteenth of e, so that a percentile is
right to 6 % and the counts of any minutes and workers can be summed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

CLASSES_PER_E = 16

Histogram = dict[int, int]


@dataclass
class Counts:
    """Requests that were answered. Latencies are seconds, by class."""

    count: int = 0
    client_errors: int = 0
    server_errors: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    latency: Histogram = field(default_factory=dict)
    integration_latency: Histogram = field(default_factory=dict)

    def add(
        self, status: int, latency: float, integration_latency: float | None, cache: str
    ) -> None:
        """Count one request."""
        self.count += 1
        if status >= 500:
            self.server_errors += 1
        elif status >= 400:
            self.client_errors += 1
        if cache:
            self.cache_hits += cache == "hit"
            self.cache_misses += cache == "miss"
        _count(self.latency, latency)
        if integration_latency is not None:
            _count(self.integration_latency, integration_latency)

    def document(self) -> dict[str, Any]:
        """For a JSON column, whose keys are text; `of_document` reads it."""
        return {
            "count": self.count,
            "4xx": self.client_errors,
            "5xx": self.server_errors,
            "hits": self.cache_hits,
            "misses": self.cache_misses,
            "latency": {str(each): number for each, number in self.latency.items()},
            "integration": {str(each): n for each, n in self.integration_latency.items()},
        }


def of_document(document: Mapping[str, Any]) -> Counts:
    """Counts out of a JSON column."""
    return Counts(
        document["count"],
        document["4xx"],
        document["5xx"],
        document["hits"],
        document["misses"],
        {int(each): number for each, number in document["latency"].items()},
        {int(each): number for each, number in document["integration"].items()},
    )


def total(all_counts: Iterable[Counts]) -> Counts:
    """The sum of minutes, of workers, or of both."""
    whole = Counts()
    for counts in all_counts:
        whole.count += counts.count
        whole.client_errors += counts.client_errors
        whole.server_errors += counts.server_errors
        whole.cache_hits += counts.cache_hits
        whole.cache_misses += counts.cache_misses
        _merge(whole.latency, counts.latency)
        _merge(whole.integration_latency, counts.integration_latency)
    return whole


def percentile(histogram: Histogram, share: float) -> float | None:
    """The latency below which a share of the requests stayed, in seconds; None without any."""
    wanted = math.ceil(sum(histogram.values()) * share)
    for each in sorted(histogram):
        wanted -= histogram[each]
        if wanted <= 0:
            return _middle(each)
    return None


def seconds_in(histogram: Histogram) -> Iterator[tuple[float, int]]:
    """The seconds that each class stands for, and how many requests are in it."""
    return ((_middle(each), number) for each, number in histogram.items())


def _count(histogram: Histogram, seconds: float) -> None:
    each = int(math.log(seconds * 1e6 + 1.0) * CLASSES_PER_E) if seconds > 0 else 0
    histogram[each] = histogram.get(each, 0) + 1


def _middle(each: int) -> float:
    return float((math.exp((each + 0.5) / CLASSES_PER_E) - 1.0) / 1e6)


def _merge(into: Histogram, histogram: Histogram) -> None:
    for each, number in histogram.items():
        into[each] = into.get(each, 0) + number
