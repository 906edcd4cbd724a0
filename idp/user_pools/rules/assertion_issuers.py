"""Whose assertions a pool takes for a person's word (RFC 7523 §2.1), as the operator configures it.

An issuer is trusted with some clients and for some scopes: whom it names is signed in without
having proved anything to the pool.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.user_pools.rules import registered_keys
from idp.user_pools.rules.documented_settings import Check, WrongSetting, one_of, read, texts
from kernel.tokens.key_sets import KeySet

MOST_ISSUERS = 20
LONGEST_NAME = 2048
BY_SUB, BY_USERNAME = "sub", "username"


@dataclass(frozen=True)
class AssertionIssuer:
    """One issuer that is trusted to say who somebody is."""

    issuer: str
    """`iss` of its assertions, to the letter."""
    clients: frozenset[str]
    """The app clients that may present them."""
    scopes: frozenset[str]
    """The most that they buy."""
    jwks: KeySet | None = None
    jwks_uri: str | None = None
    subject: str = BY_USERNAME
    """What their `sub` is here: a user's `sub`, or a name that the user could sign in with."""


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        raise ValueError(f"must be a text of at most {LONGEST_NAME} characters")
    return value


CHECKS: Mapping[str, Check] = {
    "issuer": _name,
    "clients": texts(100, 128),
    "scopes": texts(50, 256),
    "jwks": registered_keys.jwks,
    "jwks_uri": registered_keys.address,
    "subject": one_of(BY_SUB, BY_USERNAME),
}
NEEDED = frozenset({"issuer", "clients", "scopes"})


def check(value: Any) -> tuple[AssertionIssuer, ...]:
    """A list of issuers, each named once. Raises `ValueError`."""
    if not isinstance(value, list) or len(value) > MOST_ISSUERS:
        raise ValueError(f"must be a list of at most {MOST_ISSUERS} issuers")
    issuers = tuple(map(_issuer, value))
    if len({each.issuer for each in issuers}) != len(issuers):
        raise ValueError("must name each issuer once")
    return issuers


def _issuer(document: Any) -> AssertionIssuer:
    if not isinstance(document, dict) or not document.keys() >= NEEDED:
        raise ValueError(f"must hold objects with {', '.join(sorted(NEEDED))}")
    if ("jwks" in document) == ("jwks_uri" in document):
        raise ValueError("must give each issuer either jwks or jwks_uri")
    try:
        return read(document, CHECKS, AssertionIssuer)
    except WrongSetting as wrong:
        raise ValueError(f"is wrong: {str(wrong).rstrip('.')}") from None
