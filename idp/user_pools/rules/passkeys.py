"""Passkeys: what browsers are asked for (Web Authentication Level 3 §5.4 and §5.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.cose import COSEAlgorithmIdentifier

TIMEOUT_MILLISECONDS = 180_000

ALGORITHMS = (
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
)
TRANSPORTS = frozenset({"usb", "nfc", "ble", "smart-card", "hybrid", "internal"})
SIMULATED: Sequence[tuple[int, tuple[str, ...]]] = (
    (16, ("hybrid", "internal")),
    (20, ("hybrid", "internal")),
    (32, ("hybrid", "internal")),
    (32, ("internal",)),
    (48, ("nfc", "usb")),
    (64, ("usb",)),
)
"""Lengths of identifiers and transports, as the common keepers of passkeys make them."""
UNCOMMON = 32
"""In 256 simulated passkeys: so many are reached in any other way there is."""
SEED_BYTES = 96


@dataclass(frozen=True)
class Known:
    """A credential as options name it: its identifier in base64url, and how it is reached."""

    credential_id: str
    transports: Sequence[str]

    def descriptor(self) -> dict[str, Any]:
        """PublicKeyCredentialDescriptorJSON."""
        described: dict[str, Any] = {"type": "public-key", "id": self.credential_id}
        if self.transports:
            described["transports"] = list(self.transports)
        return described


@dataclass(frozen=True)
class RelyingParty:
    """Whom passkeys are made for. `user_verification` is `required` or `preferred`."""

    id: str
    user_verification: str


@dataclass(frozen=True)
class Account:
    """The person as authenticators show him. `handle` says nothing about him."""

    handle: bytes
    name: str
    display_name: str


def creation_options(
    party: RelyingParty, account: Account, challenge: bytes, existing: Sequence[Known]
) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptionsJSON. Passkeys are discoverable, and not attested."""
    return {
        "rp": {"id": party.id, "name": party.id},
        "user": {
            "id": bytes_to_base64url(account.handle),
            "name": account.name,
            "displayName": account.display_name,
        },
        "challenge": bytes_to_base64url(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": int(each)} for each in ALGORITHMS],
        "timeout": TIMEOUT_MILLISECONDS,
        "excludeCredentials": [each.descriptor() for each in existing],
        "authenticatorSelection": {
            "requireResidentKey": True,
            "residentKey": "required",
            "userVerification": party.user_verification,
        },
        "attestation": "none",
    }


def request_options(party: RelyingParty, challenge: bytes, known: Sequence[Known]) -> str:
    """CREDENTIAL_REQUEST_OPTIONS: PublicKeyCredentialRequestOptionsJSON as a text."""
    options = {
        "challenge": bytes_to_base64url(challenge),
        "timeout": TIMEOUT_MILLISECONDS,
        "rpId": party.id,
        "allowCredentials": [each.descriptor() for each in known],
        "userVerification": party.user_verification,
    }
    return orjson.dumps(options).decode()


def known_transports(values: Sequence[Any] | None) -> list[str]:
    """Those that WebAuthn knows (§5.8.4), each once."""
    texts = {str(getattr(value, "value", value)) for value in values or ()}
    return sorted(texts & TRANSPORTS)


def in_order(known: Sequence[Known]) -> Sequence[Known]:
    """Not as a database sorts, which depends on its locale: simulated ones must look alike."""
    return sorted(known, key=lambda each: each.credential_id)


def friendly_name(attachment: str | None, *, is_synced: bool) -> str:
    """A name for lists: there is none that people give."""
    if is_synced:
        return "Synced passkey"
    return "Security key" if attachment == "cross-platform" else "Passkey of a device"


def simulated(seed: bytes) -> Known:
    """A passkey of a user who does not exist: stable for each name. `seed` has `SEED_BYTES` that
    nothing else was decided by."""
    identifier, (kind, way, ways) = seed[:64], seed[64:67]
    length, transports = SIMULATED[kind % len(SIMULATED)]
    if way < UNCOMMON:
        each = enumerate(sorted(TRANSPORTS))
        transports = tuple(name for place, name in each if ways >> place & 1)
    return Known(bytes_to_base64url(identifier[:length]), transports)
