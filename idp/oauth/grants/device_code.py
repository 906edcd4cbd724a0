"""Tokens for a device that a person has let in (RFC 8628 §3.4, §3.5)."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import (
    AccessDeniedError,
    InvalidGrantError,
    InvalidRequestError,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc8628.errors import (
    AuthorizationPendingError,
    ExpiredTokenError,
    SlowDownError,
)

from idp.models import DeviceAuthorization
from idp.oauth import (
    client_authentication,
    codes,
    device_authorizations,
    resources,
    sender_constraint,
    token_responses,
)
from idp.oauth.device_authorizations import Standing
from idp.user_pools.rules.grant_types import DEVICE_CODE
from idp.user_pools.services import revocation
from idp.user_pools.services.restrictions import Restriction

if TYPE_CHECKING:
    from idp.oauth.requests import OAuthRequest
    from idp.oauth.server import OAuthServer

REFUSALS: dict[Standing, type[OAuth2Error]] = {
    Standing.PENDING: AuthorizationPendingError,
    Standing.TOO_FAST: SlowDownError,
    Standing.DENIED: AccessDeniedError,
    Standing.EXPIRED: ExpiredTokenError,
}


class DeviceCodeGrant(grants.BaseGrant, grants.TokenEndpointMixin):
    """A client takes part where its metadata's `grant_types` says so."""

    GRANT_TYPE = DEVICE_CODE  # type: ignore[assignment]  # Authlib says None
    TOKEN_ENDPOINT_AUTH_METHODS = list(client_authentication.METHODS)  # noqa: RUF012 - Authlib's name

    server: OAuthServer
    request: OAuthRequest

    def validate_token_request(self) -> None:
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("The client is not enabled for the device grant.")
        if "device_code" not in self.request.form:
            raise InvalidRequestError("device_code is missing.")
        self.request.client = client

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        kernel, client = self.server.kernel, self.request.client
        proven = sender_constraint.confirmation(kernel, client, self.request)
        standing, device = kernel.database.write(
            device_authorizations.poll,
            self.request.form["device_code"],
            client.client_id,
            kernel.clock.now(),
        )
        if standing in REFUSALS:
            raise REFUSALS[standing]
        if standing is not Standing.APPROVED or device is None:
            self._revoke_what_it_bought(device)
            raise InvalidGrantError("Invalid device_code.")
        granted = device.binding.get("resource", ())
        asked = resources.requested(self.request.form, device.scopes, granted)
        try:
            tokens = token_responses.for_device(
                kernel, client, device, self.request.here, Restriction(proven, asked)
            )
        except (codes.CodeSpent, codes.SessionOver):
            raise InvalidGrantError("Invalid device_code.") from None
        return 200, tokens, self.TOKEN_RESPONSE_HEADER

    def _revoke_what_it_bought(self, device: DeviceAuthorization | None) -> None:
        """As of a replayed authorization code (RFC 6749 §4.1.2)."""
        if device is not None and device.family_id:
            revocation.end(self.server.kernel, device.family_id)
