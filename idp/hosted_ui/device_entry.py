"""A sign-in that is for letting a device in: what stands where an authorization request does.

The screens keep `client_id` and `user_code` in their query, and the sign-in leads to the page that
asks whether to let the device in, with a proof that it was for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import Response
from werkzeug.datastructures import MultiDict

from idp.hosted_ui import plain_pages, translation
from idp.oauth import request_parameters
from idp.oauth.authorization_request import AuthorizationRequest, leading_to_no_client
from idp.oauth.clients import OAuthClient
from idp.oauth.endpoints.device_authorization import PAGE
from idp.oauth.errors import PageError
from idp.oauth.provider import Provider
from idp.oauth.requests import OAuthRequest
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.rules.grant_types import DEVICE_CODE
from kernel.runtime import Kernel
from kernel.sealing import Unsealable

USER_CODE = "user_code"
PROOF = "signed_in"
PROOF_SECONDS = 300.0


@dataclass(frozen=True)
class DeviceEntry:
    """The client of a device that waits."""

    authorization_request: AuthorizationRequest
    request: OAuthRequest

    def answer(
        self,
        provider: Provider,
        signed_in: SignedIn,
        *,
        consented: bool = False,  # noqa: ARG002 - the page of the device asks
    ) -> Response:
        """Back to the page of the device, signed in."""
        client = self.authorization_request.client
        user_code = self.request.payload.data[USER_CODE]
        proof = provider.kernel.sealer.seal_token(
            [signed_in.opening.browser_session_id, user_code],
            _purpose(client.client_id),
            PROOF_SECONDS,
        )
        query = urlencode({USER_CODE: user_code, PROOF: proof, **translation.chosen()})
        return Response(status=303, headers={"Location": f"{PAGE}/{client.pool_id}?{query}"})

    def refuse(self, provider: Provider, error: OAuth2Error) -> Response:  # noqa: ARG002 - no place
        """A device has no address to go back to."""
        raise plain_pages.cannot_go_on(error.description)


def is_meant(_path: str, values: MultiDict[str, str]) -> bool:
    """Whether a screen is asked for a device and not for an authorization request."""
    return USER_CODE in values and "response_type" not in values and "request_uri" not in values


def read(provider: Provider, values: MultiDict[str, str]) -> DeviceEntry:
    """Raises `PageError`."""
    try:
        asked = provider.request(values)
    except OAuth2Error as error:
        raise _refusal(error.description) from None
    client = provider.server.find_client(asked.form.get("client_id"), asked.pool_id)
    if client is None or not client.check_grant_type(DEVICE_CODE) or USER_CODE not in asked.form:
        raise _refusal("no client of this address that is enabled for the device grant")
    return DeviceEntry(wanted(client), asked)


def wanted(client: OAuthClient) -> AuthorizationRequest:
    """What a sign-in for a device of the client must be."""
    levels = request_parameters.levels({}, client)
    return leading_to_no_client(client, client.metadata.default_max_age, levels)


def is_proven(
    kernel: Kernel, client: OAuthClient, signed_in: SignedIn, user_code: str, proof: str
) -> bool:
    """Whether the person has just signed in for this device, in the session that is present."""
    try:
        proven: Any = kernel.sealer.open_token(proof, _purpose(client.client_id))
    except Unsealable:
        return False
    return bool(proven == [signed_in.opening.browser_session_id, user_code])


def _purpose(client_id: str) -> str:
    return f"device-entry:{client_id}"


def _refusal(detail: str) -> PageError:
    return PageError(
        N_("This sign-in link does not work"),
        N_("Go back to your device, and open the address that it shows."),
        detail=detail,
    )
