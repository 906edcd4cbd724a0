"""A name that nobody can have costs no more than one that somebody has."""

from __future__ import annotations

import time

from idp.user_pools.rules import usernames

CASES = ({}, {"UsernameConfiguration": {"CaseSensitive": False}})
# Each pair is in the wrong order, so that sorting a run of them takes the square of its length:
# two megabytes of them, in one unsigned request, would hold the interpreter for an hour.
MARKS = "\u0315\u0300" * 500_000
# One character that becomes eighteen.
LIGATURES = "\ufdfa" * 600_000


def test_a_name_made_to_normalise_slowly_is_cut_first() -> None:
    for settings in CASES:
        for name in ("a" + MARKS, LIGATURES):
            start = time.process_time()
            normalised = usernames.normalise(name, settings)
            assert time.process_time() - start < 1
            assert len(normalised) < 100_000


def test_a_name_that_was_cut_finds_nobody() -> None:
    for settings in CASES:
        longest = "a" * usernames.LONGEST
        assert usernames.normalise(longest, settings) == longest
        assert usernames.normalise(longest + "b", settings) != longest
        assert usernames.normalise("e\u0301" * usernames.LONGEST, settings).endswith("\ufffd")
