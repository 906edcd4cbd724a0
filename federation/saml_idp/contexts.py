"""How a person proved who he is, in SAML's words (Core §2.7.2.2, §3.3.2.2.1).

The classes are those of "Authentication Context for SAML 2.0" §3.4 that are true of a sign-in here,
and REFEDS' profile for several factors, which SAML itself has no class for.
"""

from __future__ import annotations

from collections.abc import Sequence

from idp.user_pools.rules import acr
from idp.user_pools.rules.second_factors import VERIFIED_PASSKEY

_CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
UNSPECIFIED = f"{_CLASSES}unspecified"
PASSWORD = f"{_CLASSES}Password"
PROTECTED_PASSWORD = f"{_CLASSES}PasswordProtectedTransport"
SEVERAL_FACTORS = "https://refeds.org/profile/mfa"
WEAKEST_FIRST = (UNSPECIFIED, PASSWORD, PROTECTED_PASSWORD, SEVERAL_FACTORS)


def fulfilled(factors: Sequence[str]) -> tuple[str, ...]:
    """The classes that a sign-in is of, the weakest first. Pages are served over TLS, but for
    loopback."""
    methods = acr.methods(factors)
    found = [UNSPECIFIED]
    if "pwd" in methods:
        found += [PASSWORD, PROTECTED_PASSWORD]
    if "mfa" in methods or VERIFIED_PASSKEY in factors:
        found.append(SEVERAL_FACTORS)
    return tuple(found)


def chosen(factors: Sequence[str], wanted: Sequence[str], comparison: str) -> str | None:
    """The class to state: of those wanted the first that holds, the strongest where none is
    wanted; None where what is wanted does not hold."""
    found = fulfilled(factors)
    if not wanted:
        return found[-1]
    if comparison == "exact":
        return next((each for each in wanted if each in found), None)
    return next((each for each in _compared(found, wanted, comparison)), None)


def known(wanted: Sequence[str]) -> tuple[str, ...]:
    """Those of the classes that a sign-in here can be of, each once."""
    return tuple(each for each in dict.fromkeys(wanted) if each in WEAKEST_FIRST)


def can_be_met(wanted: Sequence[str], comparison: str) -> bool:
    """Whether any sign-in could fulfil it: asking the person leads nowhere otherwise."""
    strongest = ("PASSWORD", "SOFTWARE_TOKEN_MFA")
    return not wanted or any(
        chosen(factors, wanted, comparison) for factors in (strongest, strongest[:1], ())
    )


def _compared(found: Sequence[str], wanted: Sequence[str], comparison: str) -> list[str]:
    """The strongest first, but for `maximum`, which is "as strong as possible ... without
    exceeding" as well. A class that is not known has no strength to compare with."""
    ranks = [WEAKEST_FIRST.index(each) for each in wanted if each in WEAKEST_FIRST]
    if not ranks:
        return []
    strongest_first = sorted(found, key=WEAKEST_FIRST.index, reverse=True)
    least = {"minimum": min(ranks), "better": max(ranks) + 1, "maximum": 0}[comparison]
    most = max(ranks) if comparison == "maximum" else len(WEAKEST_FIRST)
    return [each for each in strongest_first if least <= WEAKEST_FIRST.index(each) <= most]
