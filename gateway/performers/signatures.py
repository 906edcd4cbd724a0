"""Verifies signed requests, and asks the policies of the keys that signed them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.effects import Permit, Refusal, Signer, VerifySignature
from kernel.aws.access import Authenticator
from kernel.aws.operations import AwsError
from kernel.aws.wire import Request
from kernel.iam.policy import Decision, Policy, Question, evaluate

SIGNING_NAME = "execute-api"


class Policies(Protocol):
    """Where the policies of an access key are found."""

    def policies(self, access_key_id: str) -> tuple[Policy, ...]: ...


def verifying_signatures(
    authenticator: Authenticator,
) -> Callable[[VerifySignature], Signer | Refusal]:
    """The signer of a request to an API, over its whole body."""

    def verify(effect: VerifySignature) -> Signer | Refusal:
        request = effect.request
        path, _, query = request.raw_target.partition("?")
        try:
            caller = authenticator.authenticate(
                Request(
                    method=request.method,
                    path=path,
                    query=query,
                    headers=request.headers,
                    body=effect.body,
                    scheme=request.scheme,
                    remote_address=request.client_address,
                ),
                SIGNING_NAME,
            )
        except AwsError as error:
            return Refusal(error.code, error.message)
        principal = caller.principal
        return Signer(
            principal.account, principal.access_key_id, principal.arn, caller.is_unrestricted
        )

    return verify


def permitting(keys: Policies) -> Callable[[Permit], Decision]:
    """What the signer's own policies say."""

    def permit(effect: Permit) -> Decision:
        signer = effect.signer
        if signer.is_unrestricted:
            return Decision.ALLOWED
        about: dict[str, str | Sequence[str]] = {
            **effect.conditions,
            "aws:PrincipalArn": signer.arn,
            "aws:PrincipalAccount": signer.account,
        }
        question = Question(effect.action, effect.resource, about)
        return evaluate(keys.policies(signer.access_key_id), question)

    return permit
