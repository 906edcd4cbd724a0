"""Choice-based sign-in as an application does it, and an authenticator made of software."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

from tests.idp.user_pools.operations.world import AppClient, Pool, World, new_email

RP_ID = "example.com"
ORIGIN = "https://app.example.com"
FACTORS = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
FLOWS = [
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]


def policies(*factors: str) -> dict[str, Any]:
    return {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": list(factors or FACTORS)}}}


def choosing_pool(world: World, *factors: str, **request: Any) -> Pool:
    """A pool of people with e-mail addresses who may choose among the factors."""
    return world.email_pool(**policies(*factors), **request)


def configure(pool: Pool, **settings: Any) -> None:
    """Set members of the pool's settings that an operation of another family sets."""

    def unit(session: Any) -> None:
        from idp.models import UserPool

        row = session.get(UserPool, pool.id)
        row.settings = {**row.settings, **settings}

    pool.world.kernel.database.write(unit)


def set_mfa(pool: Pool, username: str, **mfa: Any) -> None:
    """What SetUserMFAPreference leaves of a user's choice."""
    sub = pool.attributes(username)["sub"]

    def unit(session: Any) -> None:
        from idp.models import User

        session.get(User, sub).mfa = mfa

    pool.world.kernel.database.write(unit)


def person(pool: Pool, **attributes: str) -> str:
    """The address of a confirmed user with a verified e-mail address."""
    email = new_email()
    pool.create_user(email, email=email, **{"email_verified": "true", **attributes})
    return email


def begin(client: AppClient, username: str, preferred: str = "", **more: Any) -> Any:
    """The answer of USER_AUTH. Upper-case keywords are parameters, the others members."""
    parameters = {"USERNAME": username, **{k: v for k, v in more.items() if k.isupper()}}
    if preferred:
        parameters["PREFERRED_CHALLENGE"] = preferred
    members = {k: v for k, v in more.items() if not k.isupper()}
    return client.call("initiate_auth", AuthFlow="USER_AUTH", AuthParameters=parameters, **members)


def respond(client: AppClient, challenge: Any, username: str, **responses: str) -> Any:
    """The answer to a challenge. `NAME` overrides which one is said to be answered."""
    name = responses.pop("NAME", challenge["ChallengeName"])
    return client.call(
        "respond_to_auth_challenge",
        ChallengeName=name,
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": username, **responses},
    )


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One passkey on a device, as WebAuthn describes it; its fields are what tests falsify."""

    rp_id: str = RP_ID
    origin: str = ORIGIN
    counter: int = 0
    flags: int = 0x05  # user present, user verified
    credential_id: bytes = b""
    handle: bytes = b""
    cross_origin: bool = False
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: Any, **attestation: Any) -> dict[str, Any]:
        """RegistrationResponseJSON."""
        self.credential_id = self.credential_id or hashlib.sha256(self.handle + b64_id()).digest()
        self.handle = base64.urlsafe_b64decode(options["user"]["id"] + "==")
        attested = (
            bytes(16)
            + len(self.credential_id).to_bytes(2, "big")
            + self.credential_id
            + self._public_key()
        )
        given = {"fmt": "none", "attStmt": {}, **attestation}
        given["authData"] = self._authenticator_data(self.flags | 0x40) + attested
        return {
            "id": b64(self.credential_id),
            "rawId": b64(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": b64(self._client_data("webauthn.create", options["challenge"])),
                "attestationObject": b64(encode_cbor(given)),
                "transports": ["internal", "hybrid", "made-up"],
            },
        }

    def get(self, options: str | dict[str, Any], **response: Any) -> str:
        """AuthenticationResponseJSON, as CREDENTIAL takes it."""
        asked = json.loads(options) if isinstance(options, str) else options
        self.counter += 1
        client_data = self._client_data("webauthn.get", asked["challenge"])
        data = self._authenticator_data(self.flags)
        signed = data + hashlib.sha256(client_data).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return json.dumps(
            {
                "id": b64(self.credential_id),
                "rawId": b64(self.credential_id),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {
                    "clientDataJSON": b64(client_data),
                    "authenticatorData": b64(data),
                    "signature": b64(signature),
                    "userHandle": b64(self.handle),
                    **response,
                },
            }
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        value = {
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        }
        return json.dumps(value).encode()

    def _authenticator_data(self, flags: int) -> bytes:
        hashed = hashlib.sha256(self.rp_id.encode()).digest()
        return hashed + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})


def b64_id() -> bytes:
    return new_email().encode()


def register(client: AppClient, username: str, authenticator: Authenticator | None = None) -> Any:
    """A passkey for a user, made on an authenticator."""
    public, made = client.pool.world.public, authenticator or Authenticator()
    token = client.tokens(username)["AccessToken"]
    options = public.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    public.complete_web_authn_registration(AccessToken=token, Credential=made.create(options))
    return made
