"""What a measurement is: contestants with a number each, and what their ratio must be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan
from statistics import median


@dataclass(frozen=True)
class Target:
    """What must be reached, and what is aimed at."""

    must: float
    aim: float

    def verdict(self, value: float, *, less_is_better: bool) -> str:
        if value <= self.aim if less_is_better else value >= self.aim:
            return "aim met"
        return "met" if (value <= self.must if less_is_better else value >= self.must) else "MISSED"


@dataclass(frozen=True)
class Contestant:
    """`run(seconds)` does one round and answers its number, in the measurement's unit."""

    name: str
    run: Callable[[float], float]
    target: Target | None = None
    """What Poolgate's number divided by this one must be."""


@dataclass(frozen=True)
class Measurement:
    """Poolgate's own number, and those that it is compared with."""

    title: str
    unit: str
    poolgate: Contestant
    """Its target, where it has one, is for the number itself."""
    others: Sequence[Contestant] = ()
    missing: Sequence[str] = ()
    """Peers that are not installed."""
    less_is_better: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` is None for a number that stands for itself."""

    title: str
    unit: str
    value: float = nan
    against: str = ""
    other: float | None = None
    ratio: float | None = None
    target: Target | None = None
    verdict: str = ""


def take_turns(measurement: Measurement, rounds: int, seconds: float) -> list[Row]:
    """Run every contestant `rounds` times, interleaved, and compare the medians."""
    contestants = (measurement.poolgate, *measurement.others)
    for contestant in contestants:
        contestant.run(seconds / 4)  # caches fill, connections open, code is compiled
    numbers: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            numbers[contestant.name].append(contestant.run(seconds))
    medians = {name: median(values) for name, values in numbers.items()}
    return [*_rows(measurement, medians), *absent(measurement.title, measurement.missing)]


def absent(title: str, names: Sequence[str]) -> list[Row]:
    """A line for each peer that is not installed."""
    return [Row(title, "", against=name, verdict="skipped: not installed") for name in names]


def _rows(measurement: Measurement, medians: dict[str, float]) -> list[Row]:
    title, unit, ours = measurement.title, measurement.unit, measurement.poolgate
    value, less = medians[ours.name], measurement.less_is_better
    rows = []
    if ours.target or not measurement.others:
        verdict = _verdict(ours.target, value, less)
        rows.append(Row(title, unit, value, target=ours.target, verdict=verdict))
    for other in measurement.others:
        theirs = medians[other.name]
        verdict = _verdict(other.target, value / theirs, less)
        compared = (other.name, theirs, value / theirs, other.target, verdict)
        rows.append(Row(title, unit, value, *compared))
    return rows


def _verdict(target: Target | None, value: float, less_is_better: bool) -> str:
    return target.verdict(value, less_is_better=less_is_better) if target else ""
