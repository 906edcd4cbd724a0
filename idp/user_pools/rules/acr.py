"""How strongly a user has proved himself: the claims `acr` and `amr` (OIDC Core §2).

Cognito developer guide, "Authentication levels with ACR and AMR claims": four levels with fixed
combinations of factors, of which a pool chooses the names alone; "Amazon Cognito assigns the
highest authentication level that the user's completed factors fully satisfy".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from idp.errors import InvalidParameter

Configuration = Mapping[str, Mapping[str, str]]

LEVELS = ("Level1", "Level2", "Level3", "Level4")
DEFAULTS: Configuration = {
    level: {"AcrValue": f"urn:cognito:loa:{number}"} for number, level in enumerate(LEVELS, 1)
}

# From what a sign-in records (`RefreshFamily.factors`) to a value of `amr`. A device or a custom
# challenge has none, and reaches no level by itself.
METHODS: Mapping[str, str] = {
    "PASSWORD": "pwd",
    "PASSWORD_SRP": "pwd",
    "PASSWORD_VERIFIER": "pwd",
    "SMS_OTP": "sms",
    "SMS_MFA": "sms",
    "EMAIL_OTP": "email_otp",
    "SOFTWARE_TOKEN_MFA": "otp",
    # A platform authenticator's. Nothing stronger is claimed of a passkey whose kind is not known.
    "WEB_AUTHN": "swk",
    "WEB_AUTHN_VERIFIED": "swk",
}

# The strongest first.
COMBINATIONS: tuple[tuple[int, frozenset[str]], ...] = (
    (4, frozenset({"pwd", "otp"})),
    (3, frozenset({"swk"})),
    (3, frozenset({"hwk"})),
    (3, frozenset({"pwd", "sms"})),
    (3, frozenset({"pwd", "email_otp"})),
    (2, frozenset({"sms"})),
    (2, frozenset({"email_otp"})),
    (1, frozenset({"pwd"})),
)


UPSTREAM_LEVEL, UPSTREAM_METHOD = "UPSTREAM_LEVEL:", "UPSTREAM_METHOD:"
"""What another provider says of a sign-in, among its factors."""
MOST_METHODS = 10
_METHOD = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,64}")


def of_upstream(mapping: Mapping[str, str], acr: Any, amr: Any) -> tuple[str, ...]:
    """The factors of who comes from a provider with that AcrMapping, by the claims of its ID token.

    "When the IdP returns an ACR value that isn't mapped, Amazon Cognito resolves it to the lowest
    level" (CreateIdentityProvider). A value that stands for several levels counts as the lowest.
    """
    if not mapping:
        return ()
    levels = [number for number, key in enumerate(LEVELS, 1) if mapping.get(key) == acr]
    reached = [f"{UPSTREAM_LEVEL}{levels[0] if levels else 1}"] if isinstance(acr, str) else []
    said = amr[:MOST_METHODS] if isinstance(amr, list) else []
    named = [each for each in said if isinstance(each, str) and _METHOD.fullmatch(each)]
    return (*reached, *(f"{UPSTREAM_METHOD}{each}" for each in dict.fromkeys(named)))


def proved_here(factors: Iterable[str]) -> list[str]:
    """The factors without what another provider has said of the person."""
    return [each for each in factors if not each.startswith((UPSTREAM_LEVEL, UPSTREAM_METHOD))]


def wanted_of_upstream(mapping: Mapping[str, str], levels: Iterable[int]) -> str:
    """The `acr_values` that a provider is asked for: its own names of the levels."""
    named = (mapping.get(LEVELS[number - 1], "") for number in levels)
    return " ".join(dict.fromkeys(filter(None, named)))


def methods(factors: Iterable[str]) -> list[str]:
    """The values of `amr` in the order in which the user proved himself, each once."""
    factors = tuple(factors)
    own, said = _own_methods(factors), _after(UPSTREAM_METHOD, factors)
    return list(dict.fromkeys([*said, *own, *(["mfa"] if len(own) > 1 else [])]))


def level(factors: Iterable[str]) -> int:
    """The level that the factors reach, from 1 to 4; 0 where they reach none."""
    factors = tuple(factors)
    completed = frozenset(_own_methods(factors))
    own = next((number for number, needed in COMBINATIONS if needed <= completed), 0)
    return max([own, *map(int, _after(UPSTREAM_LEVEL, factors))])


def _own_methods(factors: tuple[str, ...]) -> list[str]:
    """By what was proved here: what another provider says makes no combination of its own."""
    return list(dict.fromkeys(METHODS[each] for each in factors if each in METHODS))


def _after(mark: str, factors: tuple[str, ...]) -> list[str]:
    return [each.removeprefix(mark) for each in factors if each.startswith(mark)]


def helping(
    levels: Iterable[int], factors: tuple[str, ...], possible: Iterable[str]
) -> tuple[str, ...]:
    """The factors of which one more leads to a level: to the first of `levels` that any leads to,
    and none where a level before that is reached already."""
    possible, reached = tuple(possible), level(factors)
    for wanted in levels:
        if reached >= wanted:
            return ()
        found = tuple(each for each in possible if level((*factors, each)) >= wanted)
        if found:
            return found
    return ()


def claims(configuration: Configuration | None, factors: Iterable[str]) -> dict[str, Any]:
    """`acr` and `amr`, as far as the factors give them."""
    factors = tuple(factors)
    reached, named = level(factors), methods(factors)
    found: dict[str, Any] = {"acr": name(configuration, reached)} if reached else {}
    return {**found, "amr": named} if named else found


def name(configuration: Configuration | None, number: int) -> str:
    """What the pool calls a level."""
    key = LEVELS[number - 1]
    return str((configuration or DEFAULTS).get(key, DEFAULTS[key])["AcrValue"])


def targets(configuration: Configuration | None, text: str) -> tuple[int, ...]:
    """The levels that `acr_values` or TARGET_ACR_VALUES asks for, in its order; values that are no
    level of the pool are left out."""
    numbers = {name(configuration, number): number for number in range(1, len(LEVELS) + 1)}
    return tuple(dict.fromkeys(numbers[each] for each in text.split() if each in numbers))


def effective(configuration: Configuration) -> dict[str, dict[str, str]]:
    """AcrConfiguration with the default names merged in. Raises `InvalidParameter` where two
    levels have one name: "A value that collides with the default for an uncustomized level is
    rejected"."""
    merged = {key: dict(configuration.get(key, DEFAULTS[key])) for key in LEVELS}
    if len({each["AcrValue"] for each in merged.values()}) < len(LEVELS):
        raise InvalidParameter("The names of ACR levels must differ from each other.")
    return merged


def is_customised(configuration: Configuration) -> bool:
    """Whether a level has another name than by default."""
    return any(value != DEFAULTS[key] for key, value in configuration.items())
