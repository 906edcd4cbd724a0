"""Remembered devices as values: their keys, their verifiers, and what a pool says of them."""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidParameter
from idp.user_pools.rules.srp_group import ELEMENT_BYTES, MODULUS

LONGEST_KEY = 55
LONGEST_SALT = 64
"""Bytes; clients take 16 random ones, padded to 17 where the first has its top bit set."""

_KEY = re.compile(r"[\w-]+_[0-9a-f-]+", re.ASCII)
_GROUP_ALPHABET = string.ascii_letters + string.digits
_GROUP_CHARACTERS = 8


@dataclass(frozen=True)
class Tracking:
    """DeviceConfiguration of a pool that tracks devices."""

    replaces_second_factor: bool
    """ChallengeRequiredOnNewDevice: only a device that is not remembered needs another factor."""
    asks_user: bool
    """DeviceOnlyRememberedOnUserPrompt: a confirmed device is remembered once the user says so."""


@dataclass(frozen=True)
class DeviceVerifier:
    """What ConfirmDevice leaves of a device's password, which the client alone knows."""

    salt: bytes
    verifier: bytes
    """g^x, 384 bytes."""


def tracking(settings: Mapping[str, Any]) -> Tracking | None:
    """How a pool with these settings tracks devices; None where it does not."""
    configuration = settings.get("DeviceConfiguration")
    if not configuration:
        return None
    return Tracking(
        bool(configuration.get("ChallengeRequiredOnNewDevice")),
        bool(configuration.get("DeviceOnlyRememberedOnUserPrompt")),
    )


def as_device_key(text: str | None) -> str | None:
    """A text that may be a device key (DeviceKeyType), or None for any other."""
    if not text or len(text) > LONGEST_KEY or not _KEY.fullmatch(text):
        return None
    return text


def device_key(region: str, uuid: str) -> str:
    """DeviceKey of a new device."""
    return f"{region}_{uuid}"


def group_key(seed: bytes) -> str:
    """DeviceGroupKey, in the form that AWS gives it: a hyphen and eight letters and digits."""
    number, characters = int.from_bytes(seed), []
    for _ in range(_GROUP_CHARACTERS):
        number, index = divmod(number, len(_GROUP_ALPHABET))
        characters.append(_GROUP_ALPHABET[index])
    return "-" + "".join(characters)


def parse_verifier(configuration: Mapping[str, str] | None) -> DeviceVerifier:
    """DeviceSecretVerifierConfig: base64 of padded bytes.

    Raises `InvalidParameter` for what no password leads to: for 0 and N anybody could compute the
    shared secret, and 1 and N - 1 have no order to speak of.
    """
    given = configuration or {}
    salt = _bytes_of(given, "Salt", LONGEST_SALT)
    verifier = int.from_bytes(_bytes_of(given, "PasswordVerifier", ELEMENT_BYTES + 1))
    if not 1 < verifier < MODULUS - 1:
        raise InvalidParameter("Invalid PasswordVerifier")
    return DeviceVerifier(salt, verifier.to_bytes(ELEMENT_BYTES))


def _bytes_of(given: Mapping[str, str], member: str, longest: int) -> bytes:
    try:
        value = base64.b64decode(given.get(member, ""), validate=True)
    except ValueError:
        raise InvalidParameter(f"Invalid {member}") from None
    if not 0 < len(value) <= longest:
        raise InvalidParameter(f"Invalid {member}")
    return value
