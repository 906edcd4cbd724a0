"""A client that keeps the secrets of its device, with pycognito's arithmetic."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from typing import Any

from pycognito.aws_srp import AWSSRP, generate_hash_device, long_to_hex

from tests.idp.user_pools.operations.world import PASSWORD, AppClient, Pool, World, new_email

ALWAYS = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
OPT_IN = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
BESIDE = {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False}
SIGNATURE = base64.b64encode(bytes(32)).decode()


def new_person(world: World, pool: Pool) -> str:
    world.time.now = float(int(time.time()))  # clients sign their own clock's time
    address = new_email()
    pool.create_user(address, email=address, email_verified="true")
    return address


@dataclass(frozen=True)
class Phone:
    """What a client keeps of its device, and its person's password."""

    client: AppClient
    email: str
    key: str
    group_key: str
    secret: str = field(repr=False)
    tokens: dict[str, Any] = field(repr=False)

    def sign_in(self, password: str = PASSWORD, **parameters: str) -> Any:
        """The answer of USER_PASSWORD_AUTH with DEVICE_KEY."""
        given = {"USERNAME": self.email, "PASSWORD": password, "DEVICE_KEY": self.key}
        return self.client.call(
            "initiate_auth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters={**given, **parameters}
        )

    def helper(self) -> AWSSRP:
        return AWSSRP(
            self.email, PASSWORD, self.client.pool.id, self.client.id,
            client=self.client.pool.world.public, device_key=self.key,
            device_group_key=self.group_key, device_password=self.secret,
        )  # fmt: skip

    def proof(self, session: str | None) -> Proof:
        """DEVICE_SRP_AUTH, answered."""
        helper = self.helper()
        challenge = self.begin(session, helper)
        assert challenge["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
        return Proof(self, helper.process_device_challenge(challenge["ChallengeParameters"]))

    def begin(self, session: str | None, helper: AWSSRP | None = None, **changes: Any) -> Any:
        helper = helper or self.helper()
        responses = {
            "USERNAME": self.email,
            "DEVICE_KEY": self.key,
            "SRP_A": long_to_hex(helper.large_a_value),
            **changes,
        }
        return respond(self.client, "DEVICE_SRP_AUTH", responses, session)

    def prove(self, challenge: Any) -> Any:
        """From DEVICE_SRP_AUTH to its end."""
        assert challenge["ChallengeName"] == "DEVICE_SRP_AUTH"
        return self.proof(challenge["Session"]).respond()


@dataclass(frozen=True)
class Proof:
    """The answer to DEVICE_PASSWORD_VERIFIER, so that a test can alter it."""

    phone: Phone
    responses: dict[str, Any]

    def respond(self, client: AppClient | None = None, **changes: Any) -> Any:
        responses = {**self.responses, **changes}
        return respond(client or self.phone.client, "DEVICE_PASSWORD_VERIFIER", responses)


class PasswordProof:
    """USER_SRP_AUTH with a device, up to the answer to PASSWORD_VERIFIER."""

    def __init__(self, client: AppClient, email: str, device_key: str | None) -> None:
        self.client = client
        self.helper = AWSSRP(
            email, PASSWORD, client.pool.id, client.id, client=client.pool.world.public
        )
        parameters = self.helper.get_auth_params()
        if device_key:
            parameters["DEVICE_KEY"] = device_key
        challenge = client.call(
            "initiate_auth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters
        )
        self.responses = self.helper.process_challenge(
            challenge["ChallengeParameters"], {"USERNAME": email}
        )
        if device_key:
            self.responses["DEVICE_KEY"] = device_key

    def respond(self, **changes: Any) -> Any:
        return respond(self.client, "PASSWORD_VERIFIER", {**self.responses, **changes})


def respond(
    client: AppClient, challenge: str, responses: dict[str, Any], session: str | None = None
) -> Any:
    return client.call(
        "respond_to_auth_challenge",
        ChallengeName=challenge,
        ChallengeResponses=responses,
        **({"Session": session} if session else {}),
    )


def confirm(client: AppClient, tokens: dict[str, Any], **changes: Any) -> tuple[Any, str]:
    """ConfirmDevice's answer, and the secret that the client made."""
    metadata = tokens["NewDeviceMetadata"]
    secret, verifier = generate_hash_device(metadata["DeviceGroupKey"], metadata["DeviceKey"])
    request = {
        "AccessToken": tokens["AccessToken"],
        "DeviceKey": metadata["DeviceKey"],
        "DeviceSecretVerifierConfig": verifier,
        "DeviceName": "my phone",
        **changes,
    }
    answer = client.pool.world.public.confirm_device(
        **{name: value for name, value in request.items() if value is not None}
    )
    return answer, secret


def get_phone(client: AppClient, email: str, tokens: dict[str, Any] | None = None) -> Phone:
    """A device that its person has signed in with, and that is confirmed."""
    tokens = tokens or client.tokens(email)
    _, secret = confirm(client, tokens)
    metadata: Any = tokens["NewDeviceMetadata"]
    return Phone(client, email, metadata["DeviceKey"], metadata["DeviceGroupKey"], secret, tokens)
