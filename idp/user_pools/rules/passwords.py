"""Password policy, temporary passwords, and argon2id for the pools that keep hashes.

`Developer guide, "Adding user pool password requirements"`: letters mean Basic Latin letters,
passwords have at most 256 characters, and a space counts as a symbol unless it leads or trails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from idp.errors import InvalidParameter, InvalidPassword
from kernel.clock import Randomness

MAX_LENGTH = 256
LOWERCASE = "abcdefghijklmnopqrstuvwxyz"
UPPERCASE = LOWERCASE.upper()
DIGITS = "0123456789"
SYMBOLS = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- "
ARGON2_SALT_BYTES = 16

_DEFAULT_VALIDITY_DAYS = 7
_TEMPORARY_LENGTH = 16
# People type temporary passwords from a message: without look-alikes, and without the symbols
# that mail programs escape or take for the end of a link.
_LEGIBLE = {
    LOWERCASE: "abcdefghjkmnpqrstuvwxyz",
    UPPERCASE: "ABCDEFGHJKLMNPQRSTUVWXYZ",
    DIGITS: "23456789",
    SYMBOLS: "!@#$%*?+=-",
}
# OWASP Password Storage Cheat Sheet, "Argon2id": m = 46 MiB, t = 1, p = 1.
_ARGON2 = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1, salt_len=ARGON2_SALT_BYTES)
_OWN_HASH = "$argon2id$v=19$m=47104,t=1,p=1$"


@dataclass(frozen=True)
class PasswordPolicy:
    """PasswordPolicyType; the defaults are those of a pool created without one."""

    minimum_length: int = 8
    require_lowercase: bool = True
    require_uppercase: bool = True
    require_numbers: bool = True
    require_symbols: bool = True
    temporary_password_validity_days: int = _DEFAULT_VALIDITY_DAYS
    history_size: int = 0

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any] | None) -> PasswordPolicy:
        """From a PasswordPolicyType document; a requirement that is not in it is off."""
        if settings is None:
            return cls()
        return cls(
            minimum_length=settings.get("MinimumLength", 8),
            require_lowercase=settings.get("RequireLowercase", False),
            require_uppercase=settings.get("RequireUppercase", False),
            require_numbers=settings.get("RequireNumbers", False),
            require_symbols=settings.get("RequireSymbols", False),
            # "If you submit a value of 0, Amazon Cognito treats it as a null value."
            temporary_password_validity_days=settings.get("TemporaryPasswordValidityDays")
            or _DEFAULT_VALIDITY_DAYS,
            history_size=settings.get("PasswordHistorySize", 0),
        )

    def required_classes(self) -> tuple[tuple[str, str], ...]:
        """The required character classes with their names, in the order AWS complains."""
        return tuple(
            (characters, name)
            for required, characters, name in (
                (self.require_lowercase, LOWERCASE, "lowercase"),
                (self.require_uppercase, UPPERCASE, "uppercase"),
                (self.require_numbers, DIGITS, "numeric"),
                (self.require_symbols, SYMBOLS, "symbol"),
            )
            if required
        )


def check_password_policy(policy: PasswordPolicy, password: str) -> None:
    """Raise `InvalidPassword` with AWS's first complaint, or `InvalidParameter` for the form."""
    _check_form(password)
    if len(password) < policy.minimum_length:
        raise InvalidPassword("Password did not conform with policy: Password not long enough")
    for characters, name in policy.required_classes():
        if not set(characters) & set(password):
            raise InvalidPassword(
                f"Password did not conform with policy: Password must have {name} characters"
            )


def _check_form(password: str) -> None:
    """The constraints that hold whatever the policy, in the words of AWS's validation."""
    prefix = "1 validation error detected: Value at 'password' failed to satisfy constraint: "
    if len(password) > MAX_LENGTH:
        raise InvalidParameter(f"{prefix}Member must have length less than or equal to 256")
    if not re.fullmatch(r"\S|\S.*\S", password, re.DOTALL):
        raise InvalidParameter(
            rf"{prefix}Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$"
        )


def generate_temporary_password(policy: PasswordPolicy, randomness: Randomness) -> str:
    """A password that satisfies `policy` and that a person can type: at least 90 bits."""
    required = [_LEGIBLE[characters] for characters, _ in policy.required_classes()]
    length = max(_TEMPORARY_LENGTH, policy.minimum_length)
    alphabet = "".join(required) or _LEGIBLE[LOWERCASE] + _LEGIBLE[DIGITS]
    characters = [randomness.text(1, each) for each in required]
    characters += randomness.text(length - len(required), alphabet)
    return "".join(_shuffled(characters, randomness))


def _shuffled(characters: list[str], randomness: Randomness) -> list[str]:
    """Fisher and Yates, so that a class's place tells nothing."""
    for last in range(len(characters) - 1, 0, -1):
        chosen = int.from_bytes(randomness.bytes(8)) % (last + 1)
        characters[last], characters[chosen] = characters[chosen], characters[last]
    return characters


def has_temporary_password_expired(policy: PasswordPolicy, since: datetime, now: datetime) -> bool:
    """Whether a temporary password set at `since` is too old to sign in with."""
    return now - since >= timedelta(days=policy.temporary_password_validity_days)


def hash_password(password: str, salt: bytes) -> str:
    """argon2id in the PHC form. `salt` is 16 fresh random bytes. Run this with `compute`."""
    return _ARGON2.hash(_utf8(password), salt=salt)


def is_own_hash(hashed: str) -> bool:
    """Whether the hash was made with the parameters that `hash_password` has."""
    return hashed.startswith(_OWN_HASH)


def verify_password_hash(hashed: str, password: str) -> bool:
    """Whether `hashed` is this password's argon2 hash, whatever its parameters."""
    try:
        return _ARGON2.verify(hashed, _utf8(password))
    except (VerificationError, InvalidHashError):
        return False


def _utf8(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
