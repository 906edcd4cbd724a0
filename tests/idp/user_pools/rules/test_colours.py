"""Colours of CSS, and what it takes to read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.user_pools.rules.colours import (
    BLACK,
    SHAPE,
    TEXT,
    WHITE,
    Colour,
    contrast,
    parse,
    readable,
)

channels = st.integers(0, 255)
colours = st.builds(lambda r, g, b: Colour(r / 255, g / 255, b / 255), channels, channels, channels)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("#A30", "#aa3300"),
        ("#aa3300 !important", "#aa3300"),
        ("rgb(170 51 0)", "#aa3300"),
        ("rgb(100%, 0%, 50%)", "#ff0080"),
        ("rgb(300, 0, 0)", "#ff0000"),
        ("hsl(120deg, 100%, 25%)", "#008000"),
        ("Navy", "#000080"),
    ],
)
def test_forms_of_css_are_read(value: str, expected: str) -> None:
    assert str(parse(value)) == expected


@pytest.mark.parametrize(
    "value",
    ["", "inherit", "rebeccapurple", "#12", "#12345678", "rgb(1,2)", "rgba(0,0,0,0.5)",
     "rgb(a,b,c)", "rgb(1,2,3) none", "rgb()"],
)  # fmt: skip
def test_what_is_no_opaque_colour_is_none(value: str) -> None:
    assert parse(value) is None


def test_contrast_is_measured_as_the_standard_says() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    grey = parse("#767676")
    assert grey
    assert contrast(grey, WHITE) == pytest.approx(4.54, abs=0.01)


@given(colours, colours)
def test_on_any_background_something_can_be_read(colour: Colour, behind: Colour) -> None:
    for least in (TEXT, SHAPE):
        found = readable(colour, [behind], least)
        assert found
        assert contrast(found, behind) >= least


@given(colours)
def test_a_colour_that_can_be_read_stays(colour: Colour) -> None:
    if contrast(colour, WHITE) >= TEXT:
        assert str(readable(colour, [WHITE], TEXT)) == str(colour)


def test_nothing_can_be_read_on_black_and_on_white_alike() -> None:
    assert readable(WHITE, [BLACK, WHITE], 5) is None
