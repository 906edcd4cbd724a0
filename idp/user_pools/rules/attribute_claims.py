"""A user's attributes as claims: which of them, and in which type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from idp.user_pools.rules import requested_claims, scopes
from idp.user_pools.rules.schema import VERIFIED_FLAGS

IDENTITIES = "identities"


def of_scopes(
    attributes: Mapping[str, str],
    asked: Sequence[str],
    readable: frozenset[str] | None,
    value_of: Callable[[str, str], Any],
) -> dict[str, Any]:
    """Attributes as claims: those that the scopes ask for and that the client may read.

    The identities at other providers belong to whatever is said of the user.
    """
    wanted = scopes.requested_attributes(asked)
    return {
        name: value_of(name, value)
        for name, value in attributes.items()
        if (wanted is None or name in wanted or name == IDENTITIES)
        and (readable is None or name in readable)
    }


def wished(
    attributes: Mapping[str, str],
    wishes: requested_claims.Wishes,
    readable: frozenset[str] | None,
    value_of: Callable[[str, str], Any],
) -> dict[str, Any]:
    """Attributes that are asked for by name (OIDC Core §5.5), where they have a value that is, and
    the client may read them."""
    return {
        name: value_of(name, attributes[name])
        for name, wish in wishes.items()
        if name in attributes
        and (readable is None or name in readable)
        and requested_claims.accepts(wish, attributes[name], claim_value(name, attributes[name]))
    }


def claim_value(name: str, value: str) -> Any:
    """`email_verified` and its like are booleans in tokens; every other attribute is a text.

    `identities` is a list of objects there, whose values are texts but for what is null.
    """
    if name in VERIFIED_FLAGS:
        return value == "true"
    if name == IDENTITIES:
        return [
            {key: _identity_text(each) for key, each in identity.items()}
            for identity in orjson.loads(value)
        ]
    return value


def standard_value(name: str, value: str) -> Any:
    """An attribute in the type that OIDC Core §5.1 gives its claim."""
    if name == "address":
        # §5.1.1: "Full mailing address, formatted for display or use on a mailing label."
        return {"formatted": value}
    if name == "updated_at":
        return int(value) if value.isdecimal() else 0
    return claim_value(name, value)


def text_value(_name: str, value: str) -> str:
    """Amazon Cognito developer guide, "userInfo endpoint": every value is a text, that of
    email_verified and phone_number_verified too."""
    return value


def _identity_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower()
