"""A user's attributes out of what another provider says of him.

Cognito developer guide, "Specifying identity provider attribute mappings for your user pool".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from idp.user_pools.rules.usernames import ADDRESSES

USERNAME = "username"
"""The key of a mapping that names the claim of the subject."""


def mapped(mapping: Mapping[str, str], claims: Mapping[str, Any]) -> dict[str, str]:
    """The attributes that the claims fill. A claim that is absent or empty fills nothing."""
    found = {
        attribute: as_text(claims.get(claim))
        for attribute, claim in mapping.items()
        if attribute != USERNAME
    }
    return {attribute: value for attribute, value in found.items() if value}


def with_flags(attributes: Mapping[str, str]) -> dict[str, str]:
    """An address is verified where the mapping says so alone: "attributes that map [...] are
    unverified by default"."""
    unverified = {f"{address}_verified": "false" for address in ADDRESSES if address in attributes}
    return {**unverified, **attributes}


def as_text(value: Any) -> str:
    """A claim as an attribute holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value[0] if len(value) == 1 else f"[{', '.join(value)}]"
    return json.dumps(value, ensure_ascii=False)
