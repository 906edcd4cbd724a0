"""The parameter `claims` (OIDC Core §5.5): single claims that a client asks for, in the ID token or
at userinfo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.setting_values import CONTROL_CHARACTER

ID_TOKEN, USER_INFO = "id_token", "userinfo"
PLACES = (ID_TOKEN, USER_INFO)

MOST_CHARACTERS = 8192
MOST_CLAIMS = 50
MOST_VALUES = 20
LONGEST_NAME = 128
LONGEST_VALUE = 2048

Wishes = Mapping[str, Mapping[str, Any]]
"""By claim: `essential` (where it is), and `values` (where some are asked for)."""


class Malformed(ValueError):
    """The parameter is no object of the form that §5.5 describes, or asks for too much."""


def parse(text: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Wishes by place, without anything that says nothing. Raises `Malformed`.

    "Any members used that are not understood MUST be ignored."
    """
    if len(text) > MOST_CHARACTERS:
        raise Malformed
    try:
        document = orjson.loads(text)
    except ValueError:
        raise Malformed from None
    if not isinstance(document, dict):
        raise Malformed
    found = {place: _of_place(document[place]) for place in PLACES if document.get(place)}
    return {place: wishes for place, wishes in found.items() if wishes}


def _of_place(members: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(members, dict) or len(members) > MOST_CLAIMS:
        raise Malformed
    if not all(0 < len(name) <= LONGEST_NAME and _is_text(name) for name in members):
        raise Malformed
    return {name: _wish(member) for name, member in members.items()}


def _wish(member: Any) -> dict[str, Any]:
    """§5.5.1: null "indicates that this Claim is being requested in the default manner"."""
    if member is None:
        return {}
    if not isinstance(member, dict) or not isinstance(member.get("essential", False), bool):
        raise Malformed
    wish: dict[str, Any] = {"essential": True} if member.get("essential") else {}
    values = member.get("values", [member["value"]] if "value" in member else None)
    if values is None:
        return wish
    if not isinstance(values, list) or not 0 < len(values) <= MOST_VALUES:
        raise Malformed
    if not all(map(_is_value, values)):
        raise Malformed
    return {**wish, "values": values}


def _is_value(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_VALUE and _is_text(value)
    return isinstance(value, bool | int | float)


def _is_text(value: str) -> bool:
    """No claim or value has control characters, and a database may not store them."""
    return CONTROL_CHARACTER.search(value) is None


def accepts(wish: Mapping[str, Any], *spellings: Any) -> bool:
    """Whether a claim has a value that is asked for, in one of its spellings."""
    return "values" not in wish or any(each in wish["values"] for each in spellings)


def essential_values(wishes: Wishes, name: str) -> tuple[str, ...] | None:
    """The texts of which an essential claim must have one; None where none is asked for."""
    wish = wishes.get(name, {})
    if not wish.get("essential") or "values" not in wish:
        return None
    return tuple(value for value in wish["values"] if isinstance(value, str))
