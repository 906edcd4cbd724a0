"""Colours of CSS as numbers, and the nearest one that can be read (WCAG 2.2).

Known are the forms that `ui_css` lets through: hexadecimal, rgb() and hsl() without transparency,
and the names of CSS 1. Others are not measured.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable
from dataclasses import dataclass

TEXT = 4.5
"""§1.4.3: the contrast of text smaller than 24 px."""
SHAPE = 3.0
"""§1.4.11 and §2.4.13: that of what one must see to know an input, and of the focus."""

STEPS = 40
_NAMES = {
    "black": "#000000", "silver": "#c0c0c0", "gray": "#808080", "grey": "#808080",
    "white": "#ffffff", "maroon": "#800000", "red": "#ff0000", "purple": "#800080",
    "fuchsia": "#ff00ff", "green": "#008000", "lime": "#00ff00", "olive": "#808000",
    "yellow": "#ffff00", "navy": "#000080", "blue": "#0000ff", "teal": "#008080",
    "aqua": "#00ffff", "orange": "#ffa500",
}  # read as a table  # fmt: skip
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^()]*)\)")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(%|deg)?")


@dataclass(frozen=True)
class Colour:
    """Channels from 0 to 1."""

    red: float
    green: float
    blue: float

    def mixed(self, other: Colour, share: float) -> Colour:
        """With so much of another one."""
        pairs = zip(self.channels, other.channels, strict=True)
        return Colour(*(mine * (1 - share) + theirs * share for mine, theirs in pairs))

    @property
    def channels(self) -> tuple[float, float, float]:
        return self.red, self.green, self.blue

    @property
    def luminance(self) -> float:
        """WCAG 2.2, "relative luminance"."""
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in self.channels
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def __str__(self) -> str:
        return "#" + "".join(f"{round(255 * channel):02x}" for channel in self.channels)


BLACK, WHITE = Colour(0, 0, 0), Colour(1, 1, 1)


def contrast(first: Colour, second: Colour) -> float:
    """From 1 to 21."""
    high, low = sorted((first.luminance, second.luminance), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: Colour, backgrounds: Iterable[Colour], least: float) -> Colour | None:
    """The colour, as much darker or lighter as it takes on all of the backgrounds."""
    behind = tuple(backgrounds)
    for step in range(STEPS + 1):
        for end in (BLACK, WHITE):
            found = parse(str(colour.mixed(end, step / STEPS)))
            if found and all(contrast(found, each) >= least for each in behind):
                return found
    return None


def parse(value: str) -> Colour | None:
    """None for what is no opaque colour, or none that is known here."""
    text = value.strip().lower().removesuffix("!important").strip()
    text = _NAMES.get(text, text)
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        text = "#" + "".join(2 * digit for digit in text[1:])
    if re.fullmatch(r"#[0-9a-f]{6}", text):
        return Colour(*(int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)))
    found = _FUNCTION.fullmatch(text)
    return _from_function(found[1], found[2]) if found else None


def _from_function(name: str, arguments: str) -> Colour | None:
    parts = [_NUMBER.fullmatch(part) for part in re.split(r"[\s,]+", arguments.strip())]
    if len(parts) != 3 or None in parts:
        return None
    numbers = [(float(part[1]), part[2]) for part in parts if part]
    if name == "hsl":
        (hue, _), (saturation, _), (lightness, _) = numbers
        hue, saturation, lightness = hue % 360 / 360, saturation / 100, lightness / 100
        return Colour(*colorsys.hls_to_rgb(hue, min(lightness, 1), min(saturation, 1)))
    return Colour(*(min(n / (100 if unit == "%" else 255), 1) for n, unit in numbers))
