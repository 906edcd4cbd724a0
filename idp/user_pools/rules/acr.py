"""How strongly a user has proved himself: the claims `acr` and `amr` (OIDC Core §2).

Cognito developer guide, "Authentication levels with ACR and AMR claims": four levels with fixed
combinations of factors, of which a pool chooses the names alone; "Amazon Cognito assigns the
highest authentication level that the user's completed factors fully satisfy".
"""

from __future__ import annotations

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


def methods(factors: Iterable[str]) -> list[str]:
    """The values of `amr` in the order in which the user proved himself, each once."""
    named = list(dict.fromkeys(METHODS[each] for each in factors if each in METHODS))
    return [*named, "mfa"] if len(named) > 1 else named


def level(factors: Iterable[str]) -> int:
    """The level that the factors reach, from 1 to 4; 0 where they reach none."""
    completed = frozenset(methods(factors))
    return next((number for number, needed in COMBINATIONS if needed <= completed), 0)


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
