"""Which keys an operator holds a SAML provider to, whatever its metadata says later."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from idp.user_pools.rules.documented_settings import several

MOST_PROVIDERS = 300
MOST_PINS = 20
MEMBERS = frozenset({"certificates", "metadata_certificates"})

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class SamlPins:
    """SHA-256 of certificates (DER), in hexadecimal. Empty ones hold nobody to anything."""

    provider: str = ""
    """The provider's name in the pool."""
    certificates: tuple[str, ...] = ()
    """The metadata may name these alone for signing."""
    metadata_certificates: tuple[str, ...] = ()
    """The metadata must be signed with the key of one of these."""

    def allow(self, fingerprints: Iterable[str]) -> bool:
        """Whether metadata with such signing certificates is good."""
        return not self.certificates or set(fingerprints) <= set(self.certificates)


NO_PINS = SamlPins()


def check(value: Any) -> tuple[SamlPins, ...]:
    """The setting `saml_pins`: by the provider's name, lists of fingerprints. Raises
    `ValueError`."""
    if not isinstance(value, dict) or len(value) > MOST_PROVIDERS:
        raise ValueError(f"must be an object of at most {MOST_PROVIDERS} providers")
    return tuple(_pins(name, pinned) for name, pinned in value.items())


def _pins(name: str, pinned: Any) -> SamlPins:
    if not isinstance(pinned, dict) or not pinned or not pinned.keys() <= MEMBERS:
        raise ValueError(f"must have {' or '.join(sorted(MEMBERS))} for each provider")
    if not all(pinned.values()):
        raise ValueError("must name at least one certificate where it names any")
    check_all = several(_fingerprint, MOST_PINS)
    return SamlPins(name, **{member: check_all(listed) for member, listed in pinned.items()})


def _fingerprint(value: Any) -> str:
    """As `openssl x509 -fingerprint -sha256` prints it, or without the colons."""
    text = value.replace(":", "").lower() if isinstance(value, str) else ""
    if not _FINGERPRINT.fullmatch(text):
        raise ValueError("must hold SHA-256 fingerprints of certificates, in hexadecimal")
    return text
