"""The statistics behind `make timing`."""

from __future__ import annotations

import random

import pytest

from bench.timing import distance, probability


def test_distance_is_the_largest_gap_between_the_distributions() -> None:
    assert distance([1, 2, 3, 4], [1, 2, 3, 4]) == 0
    assert distance([1, 2, 3, 4], [5, 6, 7, 8]) == 1
    assert distance([1, 2, 3, 4], [3, 4, 5, 6]) == 0.5


@pytest.mark.parametrize(
    ("found", "size", "expected"),
    # The tables' critical values of the two-sample test: 1.358 and 1.628 times sqrt(2 / n).
    [(1.358, 1000, 0.05), (1.628, 1000, 0.01), (1.949, 1000, 0.001)],
)
def test_probability_agrees_with_the_tables(found: float, size: int, expected: float) -> None:
    assert probability(found * (2 / size) ** 0.5, size, size) == pytest.approx(expected, rel=0.1)


def test_shift_of_a_tenth_of_the_spread_is_told_apart_given_enough_answers() -> None:
    dice = random.Random(7)  # noqa: S311 - a sample
    first = [dice.gauss(0, 1) for _ in range(5000)]
    shifted = [dice.gauss(0.1, 1) for _ in range(5000)]
    same = [dice.gauss(0, 1) for _ in range(5000)]
    assert probability(distance(first, shifted), 5000, 5000) < 0.001
    assert probability(distance(first, same), 5000, 5000) > 0.01
