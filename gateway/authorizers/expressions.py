"""Validation expressions: the operator's pattern over what a caller sends.

They are matched in linear time: a backtracking engine could be held up by a text made for a
pattern, and a pattern with counts inside of counts by being compiled. That is linear in the text,
which `gateway.quotas.REQUEST_HEAD_BYTES` bounds, and in the pattern: nobody has proved who he is
yet, so that only so much is done for him.
"""

from __future__ import annotations

from gateway.patterns import fits

MOST_STEPS = 20_000
"""Of one match, some milliseconds. The longest token takes a tenth of that by the pattern of the
developer guide, since what repeats in it is remembered."""


def matches(expression: str, text: str) -> bool:
    """Whether the whole text fits; False also where the pattern is not one, or where it takes more
    than `MOST_STEPS` to tell."""
    return fits(expression, text, MOST_STEPS)
