"""What is believed of browsers' answers about passkeys (Web Authentication Level 3 §7).

Signatures and encodings are py_webauthn's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    bytes_to_base64url,
    encode_cbor,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticationCredential,
    CollectedClientData,
    RegistrationCredential,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from idp.errors import (
    InvalidParameter,
    WebAuthnCredentialNotSupported,
    WebAuthnOriginNotAllowed,
    WebAuthnRelyingPartyMismatch,
)
from idp.user_pools.rules.passkeys import ALGORITHMS, RelyingParty

MOST_BYTES = 16384
"""Of one answer. A key, an identifier and client data make one or two thousand."""
MOST_CREDENTIAL_ID_BYTES = 1023
"""WebAuthn §4, "Credential ID": "at most 1023 bytes"."""
FORMATS = frozenset({AttestationFormat.NONE, AttestationFormat.PACKED})
"""Nothing but these comes where attestation is not asked for (WebAuthn §5.1.3, step 23)."""

_HOST = re.compile(r"[a-z0-9.-]+")


@dataclass(frozen=True)
class Assertion:
    """The answer of a browser that was asked for a passkey."""

    credential: AuthenticationCredential
    client_data: CollectedClientData

    @property
    def credential_id(self) -> str:
        return self.credential.id

    @property
    def user_handle(self) -> bytes | None:
        return self.credential.response.user_handle


@dataclass(frozen=True)
class Attestation:
    """The answer of a browser that was asked to make a passkey."""

    credential: RegistrationCredential
    client_data: CollectedClientData


@dataclass(frozen=True)
class Expected:
    """What an assertion must fit."""

    party: RelyingParty
    challenge: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class Verified:
    """An assertion that is true."""

    sign_count: int
    user_verified: bool


def parse_attestation(value: Any) -> Attestation:
    """RegistrationResponseJSON. Raises `InvalidParameter`."""
    try:
        if len(orjson.dumps(value)) > MOST_BYTES:
            raise ValueError
        credential = parse_registration_credential_json(value)
        client_data = parse_client_data_json(credential.response.client_data_json)
    except Exception:  # the library lets errors of its decoders through
        raise InvalidParameter("Credential is not a valid RegistrationResponseJSON.") from None
    return Attestation(credential, _of_type(client_data, "webauthn.create"))


def parse_assertion(text: str) -> Assertion:
    """AuthenticationResponseJSON. Raises `InvalidParameter`."""
    try:
        if len(text) > MOST_BYTES:
            raise ValueError
        credential = parse_authentication_credential_json(text)
        client_data = parse_client_data_json(credential.response.client_data_json)
        if bytes_to_base64url(credential.raw_id) != credential.id:
            raise ValueError
    except Exception:  # as above
        raise InvalidParameter("CREDENTIAL is not a valid AuthenticationResponseJSON.") from None
    return Assertion(credential, _of_type(client_data, "webauthn.get"))


def _of_type(client_data: CollectedClientData, kind: str) -> CollectedClientData:
    if client_data.type != kind or not isinstance(client_data.origin, str):
        raise InvalidParameter(f"The client data of the credential must be of type {kind}.")
    return client_data


def is_origin_of(party_id: str, client_data: CollectedClientData) -> bool:
    """Whether a page that may use the relying party's passkeys asked for the answer.

    WebAuthn §5.1.3, step 8: the relying-party id is the page's own host or a domain above it. Pages
    in a frame of another site are not expected (§13.4.9), and http is for the own machine.
    """
    if client_data.cross_origin:
        return False
    try:
        origin = urlsplit(client_data.origin)
        host, port = (origin.hostname or ""), origin.port
    except ValueError:
        return False
    netloc = host if port is None else f"{host}:{port}"
    if not _HOST.fullmatch(host) or client_data.origin != f"{origin.scheme}://{netloc}":
        return False
    is_local = host == "localhost" or host.endswith(".localhost")
    is_secure = origin.scheme == "https" or (origin.scheme == "http" and is_local)
    return is_secure and (host == party_id or host.endswith(f".{party_id}"))


def verify_attestation(party: RelyingParty, attestation: Attestation) -> VerifiedRegistration:
    """Raises `WebAuthnOriginNotAllowed`, `WebAuthnRelyingPartyMismatch`, or
    `WebAuthnCredentialNotSupported`. The caller has looked at the challenge."""
    credential, client_data = attestation.credential, attestation.client_data
    if not is_origin_of(party.id, client_data):
        raise WebAuthnOriginNotAllowed
    try:
        given = parse_attestation_object(credential.response.attestation_object)
    except Exception:  # as above
        raise WebAuthnCredentialNotSupported from None
    if given.auth_data.rp_id_hash != hashlib.sha256(party.id.encode()).digest():
        raise WebAuthnRelyingPartyMismatch
    if given.fmt not in FORMATS or given.att_stmt.x5c:
        raise WebAuthnCredentialNotSupported
    if len(credential.raw_id) > MOST_CREDENTIAL_ID_BYTES:
        raise WebAuthnCredentialNotSupported
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=client_data.challenge,
            expected_rp_id=party.id,
            expected_origin=client_data.origin,
            require_user_verification=party.user_verification == "required",
            supported_pub_key_algs=list(ALGORITHMS),
        )
    except Exception:  # as above
        raise WebAuthnCredentialNotSupported from None
    if verified.credential_id != credential.raw_id:
        raise WebAuthnCredentialNotSupported
    return verified


def verify_assertion(expected: Expected, assertion: Assertion) -> Verified | None:
    """None for an answer that is not true: another challenge, page, relying party or key, no user
    verification where it is required, or a sign counter that has not grown (§7.2, step 22)."""
    if not is_origin_of(expected.party.id, assertion.client_data):
        return None
    try:
        verified = verify_authentication_response(
            credential=assertion.credential,
            expected_challenge=expected.challenge,
            expected_rp_id=expected.party.id,
            expected_origin=assertion.client_data.origin,
            credential_public_key=expected.public_key,
            credential_current_sign_count=expected.sign_count,
            require_user_verification=expected.party.user_verification == "required",
        )
    except Exception:  # as above
        return None
    return Verified(verified.new_sign_count, verified.user_verified)


@cache
def stand_in_key() -> bytes:
    """A public key (COSE_Key of ES256) that nobody has the private one of: checking against it
    takes as long as against a real one."""
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    key: Mapping[int, Any] = {
        1: 2,
        3: int(COSEAlgorithmIdentifier.ECDSA_SHA_256),
        -1: 1,
        -2: numbers.x.to_bytes(32, "big"),
        -3: numbers.y.to_bytes(32, "big"),
    }
    return encode_cbor(key)
