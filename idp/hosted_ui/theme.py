"""A managed login style as CSS: a pure function of its settings and its images' addresses.

The pages' own stylesheet is written with tokens. A style gives some of them other values, for
light, for dark or for both; what it leaves out stays ours, whose colours are the defaults of a
style (`rules.managed_login_defaults`). Only values of a known form are taken over, so no setting
can say more than a colour or a length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from idp.hosted_ui import assets
from idp.user_pools.rules.managed_login import merged
from idp.user_pools.rules.managed_login_defaults import DEFAULTS

Settings = Mapping[str, Any]
Images = Mapping[tuple[str, str], str]
"""Addresses by category and colour mode: LIGHT, DARK or DYNAMIC."""

# Tokens of page.css by where a style has their colour, within `lightMode` and `darkMode`. Of two
# places the later one wins.
COLOURS: tuple[tuple[str, str, str], ...] = (
    ("canvas", "components.pageBackground", "color"),
    ("glow", "components.pageBackground", "color"),
    ("surface", "components.form", "backgroundColor"),
    ("card-edge", "components.form", "borderColor"),
    ("text", "components.pageText", "bodyColor"),
    ("muted", "components.pageText", "descriptionColor"),
    ("heading", "components.pageText", "headingColor"),
    ("hint", "componentClasses.inputDescription", "textColor"),
    ("label", "componentClasses.inputLabel", "textColor"),
    ("field", "componentClasses.input", "defaults.backgroundColor"),
    ("field-edge", "componentClasses.input", "defaults.borderColor"),
    ("field-edge-hover", "componentClasses.input", "defaults.borderColor"),
    ("hairline", "componentClasses.divider", "borderColor"),
    ("menu", "componentClasses.dropDown", "defaults.itemBackgroundColor"),
    ("menu-hover", "componentClasses.dropDown", "hover.itemBackgroundColor"),
    ("accent", "componentClasses.link", "defaults.textColor"),
    ("accent-hover", "componentClasses.link", "hover.textColor"),
    ("button", "components.primaryButton", "defaults.backgroundColor"),
    ("on-button", "components.primaryButton", "defaults.textColor"),
    ("button-hover", "components.primaryButton", "hover.backgroundColor"),
    ("on-button-hover", "components.primaryButton", "hover.textColor"),
    ("choice", "components.secondaryButton", "defaults.backgroundColor"),
    ("choice-edge", "components.secondaryButton", "defaults.borderColor"),
    ("on-choice", "components.secondaryButton", "defaults.textColor"),
    ("choice-hover", "components.secondaryButton", "hover.backgroundColor"),
    ("provider", "components.idpButton.standard", "defaults.backgroundColor"),
    ("provider-edge", "components.idpButton.standard", "defaults.borderColor"),
    ("on-provider", "components.idpButton.standard", "defaults.textColor"),
    ("provider-hover", "components.idpButton.standard", "hover.backgroundColor"),
    ("ring", "componentClasses.focusState", "borderColor"),
    ("danger", "componentClasses.statusIndicator", "error.indicatorColor"),
    ("danger-surface", "componentClasses.statusIndicator", "error.backgroundColor"),
    ("danger-edge", "componentClasses.statusIndicator", "error.borderColor"),
    ("danger-surface", "components.alert", "error.backgroundColor"),
    ("danger-edge", "components.alert", "error.borderColor"),
    ("notice", "componentClasses.statusIndicator", "success.indicatorColor"),
    ("notice-surface", "componentClasses.statusIndicator", "success.backgroundColor"),
    ("notice-edge", "componentClasses.statusIndicator", "success.borderColor"),
)
LENGTHS: tuple[tuple[str, str], ...] = (
    ("button-radius", "componentClasses.buttons.borderRadius"),
    ("radius", "componentClasses.input.borderRadius"),
    ("message-radius", "components.alert.borderRadius"),
    ("card-radius", "components.form.borderRadius"),
)
LARGEST_LENGTH = 100
"""Pixels."""

DENSITIES = {"COMPACT": "--gap:0.875rem;--control:2.75rem"}
MODES = {"light": "lightMode", "dark": "darkMode"}
SIDES = {"START": "flex-start", "CENTER": "center", "END": "flex-end", "TOP": "flex-start",
         "BOTTOM": "flex-end"}  # fmt: skip
LOGO_MARGINS = {"CENTER": "auto", "END": "auto 0"}

_COLOUR = re.compile(r"[0-9a-fA-F]{8}")


def scheme(settings: Settings) -> str:
    """The colour schemes that a page can have, as CSS's `color-scheme` says it."""
    mode = find(merged(DEFAULTS, settings), "categories.global.colorSchemeMode")
    return {"LIGHT": "light", "DARK": "dark"}.get(str(mode), "light dark")


def stylesheet(settings: Settings, images: Images) -> str:
    """What follows page.css in the page."""
    schemes = scheme(settings).split()
    rules = [_root(settings)]
    for each in MODES:
        colours = _colours(settings, MODES[each])
        if schemes == [each]:  # whatever the person's system prefers
            rules.append(f":root{{color-scheme:{each};{_own_colours(each)};{colours}}}")
        elif each in schemes and colours:
            rules.append(f"@media (prefers-color-scheme:{each}){{:root{{{colours}}}}}")
    rules.extend(_places(merged(DEFAULTS, settings)))
    rules.extend(_pictures(merged(DEFAULTS, settings), images, schemes))
    return "\n".join(filter(None, rules))


def image(images: Images, category: str, mode: str) -> str:
    """The address of an image for `light` or `dark`; empty where there is none."""
    return images.get((category, mode.upper())) or images.get((category, "DYNAMIC"), "")


def find(settings: Any, path: str) -> Any:
    """The value at a path of members; None where there is none."""
    for name in path.split("."):
        settings = settings.get(name) if isinstance(settings, Mapping) else None
    return settings


def _root(settings: Settings) -> str:
    lines = []
    for token, path in LENGTHS:
        value = find(settings, path)
        if isinstance(value, int | float) and 0 <= value <= LARGEST_LENGTH:
            lines.append(f"--{token}:{value:g}px")
    density = find(settings, "categories.global.spacingDensity")
    lines.append(DENSITIES.get(str(density), ""))
    text = ";".join(filter(None, lines))
    return f":root{{{text}}}" if text else ""


def _colours(settings: Settings, mode: str) -> str:
    found = {}
    for token, component, member in COLOURS:
        value = find(settings, f"{component}.{mode}.{member}")
        if isinstance(value, str) and _COLOUR.fullmatch(value):
            found[token] = value.lower()
    return ";".join(f"--{token}:#{value}" for token, value in found.items())


def _own_colours(scheme: str) -> str:
    """Ours, for a page of one scheme."""
    _, light, dark = assets.tokens().split(":root{")
    colours = (light if scheme == "light" else dark).partition("}")[0]
    return colours.removeprefix("color-scheme:light dark;")


def _places(settings: Settings) -> Iterable[str]:
    """Where the card stands, and the logo in it."""
    location = find(settings, "categories.form.location")
    location = location if isinstance(location, Mapping) else {}
    across = SIDES.get(str(location.get("horizontal")), "center")
    down = SIDES.get(str(location.get("vertical")), "center")
    if (across, down) != ("center", "center"):
        place = f"align-items:{across};justify-content:{down}"
        yield f"@media (min-width:30rem){{.page{{{place}}}}}"
    yield ".card .brand{width:auto;height:auto;max-width:100%;max-height:6rem}"
    margin = LOGO_MARGINS.get(str(find(settings, "components.form.logo.location")))
    if margin:
        yield f".card .brand{{margin-inline:{margin}}}"


def _pictures(settings: Settings, images: Images, schemes: Sequence[str]) -> Iterable[str]:
    """Images behind the page and the card."""
    for selector, path, category in (
        ("body", "components.pageBackground.image", "PAGE_BACKGROUND"),
        (".card", "components.form.backgroundImage", "FORM_BACKGROUND"),
    ):
        is_enabled = find(settings, f"{path}.enabled") is True
        for each in schemes if is_enabled else ():
            address = image(images, category, each)
            if address:
                picture = f"background:url({address}) center/cover no-repeat var(--canvas)"
                rule = f"{selector}{{{picture}}}"
                is_only = len(schemes) == 1
                yield rule if is_only else f"@media (prefers-color-scheme:{each}){{{rule}}}"
