"""How old a sign-in may be, as text."""

from __future__ import annotations

import pytest

from idp.user_pools.rules import max_age


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("007", 7), ("999999999", 999_999_999)])
def test_a_number_of_seconds_is_read(text, seconds):
    assert max_age.parse(text) == seconds


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", "1e3", " 1", "ten", "٣", "1" * 10])
def test_anything_else_is_none(text):
    assert max_age.parse(text) is None
