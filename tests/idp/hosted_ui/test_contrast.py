"""Every pair of colours that meets on a page, against WCAG 2.2 AA, in both themes."""

from __future__ import annotations

import re

import pytest

from idp.hosted_ui.assets import ASSETS

TEXT = 4.5
"""§1.4.3: text smaller than 24 px."""
SHAPE = 3.0
"""§1.4.11: what one must see to know an input, and §2.4.13: the focus."""

PAIRS = [
    *[(front, back, TEXT) for front in ("text", "muted", "accent", "accent-hover", "danger")
      for back in ("surface", "canvas", "glow")],
    ("text", "field", TEXT),
    *[("hint", back, TEXT) for back in ("surface", "canvas", "glow")],
    *[(front, back, TEXT) for front in ("heading", "label")
      for back in ("surface", "canvas", "glow")],
    *[("on-choice", back, TEXT) for back in ("choice", "choice-hover")],
    *[("on-provider", back, TEXT) for back in ("provider", "provider-hover")],
    *[(edge, "surface", SHAPE) for edge in ("choice-edge", "provider-edge")],
    *[(front, back, TEXT) for front in ("text", "accent") for back in ("menu", "menu-hover")],
    ("muted", "field", TEXT),
    ("danger", "danger-surface", TEXT),
    ("notice", "notice-surface", TEXT),
    ("on-button", "button", TEXT),
    ("on-button-hover", "button-hover", TEXT),
    *[(edge, back, SHAPE) for edge in ("field-edge", "field-edge-hover", "danger", "ring")
      for back in ("surface", "canvas", "glow", "field")],
]  # fmt: skip


def themes() -> dict[str, dict[str, str]]:
    css = (ASSETS / "page.css").read_text()
    light, dark = re.findall(r":root \{(.*?)\n *\}", css, re.DOTALL)[:2]
    tokens = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in (light, dark)]
    return {"light": tokens[0], "dark": {**tokens[0], **tokens[1]}}


def luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_colours_can_be_told_apart(theme: str, front: str, back: str, least: float) -> None:
    colours = themes()[theme]
    assert contrast(colours[front], colours[back]) >= least


def test_each_theme_has_every_colour() -> None:
    css = (ASSETS / "page.css").read_text()
    used = set(re.findall(r"var\(--([\w-]+)\)", css))
    assert {name for pair in PAIRS for name in pair[:2]} <= used
    dark = re.findall(r":root \{(.*?)\n *\}", css, re.DOTALL)[-1]
    assert set(themes()["light"]) == set(re.findall(r"--([\w-]+): #", dark))
