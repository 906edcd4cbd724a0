"""Settings and assets of a managed login style: what they may be, and what they are by default.

Settings are a document of three parts; within them what a style leaves out has the default.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from idp.errors import InvalidParameter
from idp.user_pools.rules import images
from idp.user_pools.rules.managed_login_defaults import DEFAULTS, Settings

LARGEST_SETTINGS = 262_144
DEEPEST_SETTINGS = 12
LONGEST_TEXT = 2048
MOST_ASSETS = 40
LARGEST_ASSETS = 10_000_000
"""Bytes of all assets of a style together: they are described in one answer."""

ICON_KINDS = {"FAVICON_ICO": "ICO", "FAVICON_SVG": "SVG"}


@dataclass(frozen=True)
class Asset:
    """AssetType. `content` is None where a style keeps the image that it has."""

    category: str
    colour_mode: str
    extension: str
    resource_id: str
    content: bytes | None

    @property
    def place(self) -> tuple[str, str, str]:
        """What a style has one asset for."""
        return self.category, self.colour_mode, self.resource_id


def check_settings(settings: Any) -> None:
    """Raises `InvalidParameter` for what no style can have."""
    if type(settings) is not dict:
        raise _invalid("they are no object")
    for part, members in settings.items():
        if part not in DEFAULTS:
            raise _invalid(f"{part[:64]} is none of {', '.join(DEFAULTS)}")
        if type(members) is not dict or not members.keys() <= DEFAULTS[part].keys():
            raise _invalid(f"{part} can only hold {', '.join(DEFAULTS[part])}")
    _check_values(settings, 0)
    if len(orjson.dumps(settings)) > LARGEST_SETTINGS:
        raise _invalid(f"they are larger than {LARGEST_SETTINGS} bytes")


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Settings:
    """`base` with the members of `over` in their place; lists are replaced as a whole."""
    result = dict(base)
    for name, value in over.items():
        present = result.get(name)
        is_branch = type(value) is dict and type(present) is dict
        result[name] = merged(present, value) if is_branch and present is not None else value
    return result


def read_assets(given: Sequence[Mapping[str, Any]]) -> list[Asset]:
    """The assets of a request, each checked by its content. Raises `InvalidParameter`."""
    assets = [_read_asset(each) for each in given]
    if len({asset.place for asset in assets}) != len(assets):
        raise InvalidParameter("Assets must differ in Category, ColorMode or ResourceId.")
    return assets


def _read_asset(given: Mapping[str, Any]) -> Asset:
    category, extension, content = given["Category"], given["Extension"], given.get("Bytes")
    wanted = ICON_KINDS.get(category)
    if (wanted or extension) != extension or (extension == "ICO" and wanted is None):
        raise InvalidParameter(f"An asset of the category {category} cannot be {extension}.")
    if content is not None:
        images.check(content, frozenset({extension}), f"The asset of the category {category}")
    return Asset(category, given["ColorMode"], extension, given.get("ResourceId", ""), content)


def _check_values(value: Any, depth: int) -> None:
    if depth > DEEPEST_SETTINGS:
        raise _invalid("they are nested too deeply")
    if type(value) is dict:
        for name, item in value.items():
            _check_text(name)
            _check_values(item, depth + 1)
    elif type(value) is list:
        for item in value:
            _check_values(item, depth + 1)
    elif type(value) is str:
        _check_text(value)
    elif type(value) not in (bool, int, float) or not math.isfinite(value):
        raise _invalid("a value is no object, list, text, number or truth value")


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise _invalid("a text is too long or has control characters")


def _invalid(reason: str) -> InvalidParameter:
    return InvalidParameter(f"The branding settings are invalid: {reason}.")
