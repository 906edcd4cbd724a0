"""One sign-in by SRP, step by step."""

from __future__ import annotations

from typing import Any

from pycognito.aws_srp import AWSSRP

from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
)


class Exchange:
    """The two requests, so that a test can alter the second one."""

    def __init__(self, client: AppClient, email: str, password: str = PASSWORD) -> None:
        self.client = client
        self.helper = AWSSRP(
            username=email, password=password, pool_id=client.pool.id, client_id=client.id,
            client=client.pool.world.public, client_secret=client.secret,
        )  # fmt: skip
        self.challenge = client.call(
            "initiate_auth", AuthFlow="USER_SRP_AUTH", AuthParameters=self.helper.get_auth_params()
        )
        self.responses: dict[str, Any] = self.helper.process_challenge(
            self.challenge["ChallengeParameters"], {"USERNAME": email}
        )
        self.responses["USERNAME"] = self.challenge["ChallengeParameters"]["USER_ID_FOR_SRP"]

    def respond(self, client: AppClient | None = None, **changes: Any) -> Any:
        responses = {**self.responses, **changes}
        return (client or self.client).call(
            "respond_to_auth_challenge", ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses={k: v for k, v in responses.items() if v is not None},
        )  # fmt: skip
