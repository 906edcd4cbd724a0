"""What somebody who does not exist would have to sign in with, for those who may not learn that.

It is stable for each name, and whatever people can have occurs: what never occurred among the
missing would tell that a user exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.user_pools.rules.first_factors import ONE_TIME_PASSWORDS

# In 256 names, so many of the missing seem to have ...
WITH_PASSKEYS = 64
WITH_SECOND_FACTOR = 64
WITH_PASSKEY_AS_BOTH = 192
"""... of those with a second factor."""
WITH_FURTHER_ADDRESS = 64
MOST_PASSKEYS = 20


@dataclass(frozen=True)
class Simulated:
    """`mfa` is of the form of `User.mfa`, `verified` names attributes."""

    passkeys: int
    mfa: Mapping[str, Any]
    verified: frozenset[str]


def simulated(seed: bytes, settings: Mapping[str, Any], plausible: frozenset[str]) -> Simulated:
    """`seed` is 32 bytes derived from a secret, the pool and the name; `plausible` are the
    attributes whose addresses everybody of the pool and such a name has proved."""
    further = {
        attribute
        for attribute, byte in zip(ONE_TIME_PASSWORDS.values(), seed[3:], strict=False)
        if byte < WITH_FURTHER_ADDRESS
    }
    return Simulated(
        _passkeys(seed[0], seed[8:]), _mfa(settings, seed[1], seed[2]), plausible | further
    )


def _passkeys(byte: int, rest: bytes) -> int:
    """Each further one is half as likely."""
    if byte >= WITH_PASSKEYS:
        return 0
    bits = int.from_bytes(rest)
    lowest_zero = ~bits & (bits + 1)
    return min(lowest_zero.bit_length(), MOST_PASSKEYS)


def _mfa(settings: Mapping[str, Any], factor: int, both: int) -> dict[str, Any]:
    """Where a second factor is required, everybody has one."""
    if settings.get("MfaConfiguration") != "ON" and factor >= WITH_SECOND_FACTOR:
        return {}
    passkey = ["WEB_AUTHN"] if both < WITH_PASSKEY_AS_BOTH else []
    return {"enabled": ["SOFTWARE_TOKEN_MFA", *passkey]}
