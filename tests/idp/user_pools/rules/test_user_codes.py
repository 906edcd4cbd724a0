"""User codes of the device grant."""

from __future__ import annotations

import pytest

from idp.user_pools.rules import user_codes
from kernel.clock import Randomness


def test_a_code_is_read_as_it_is_shown() -> None:
    code = user_codes.new(Randomness())
    assert len(code) == 8
    assert user_codes.typed(user_codes.shown(code)) == code


@pytest.mark.parametrize(
    "text",
    ["WDJBMJHT", "WDJB-MJHT", "wdjb-mjht", " wdjb mjht ", "w d j b m j h t", "WDJB–MJHT",
     "WDJB.MJHT", "wDjB_mJhT", "\tWDJB\u00a0MJHT\n"],
)  # fmt: skip
def test_case_dashes_and_blanks_do_not_matter(text: str) -> None:
    assert user_codes.typed(text) == "WDJBMJHT"


@pytest.mark.parametrize(
    "text", ["", "WDJBMJH", "WDJBMJHTT", "WDJAMJHT", "WDJB/MJHT", "ＷDJBMJHT", "W" * 10_000, "1234"]
)
def test_anything_else_is_no_code(text: str) -> None:
    assert user_codes.typed(text) is None
