"""Ending what was granted: by RFC 7009, and because a code came twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from idp.errors import InvalidRefreshToken, UnsupportedOperation, UnsupportedTokenType
from idp.models import RefreshFamily
from idp.oauth.clients import OAuthClient
from idp.user_pools.services import revocation
from idp.user_pools.services.tokens import Tokens
from kernel.runtime import Kernel


def revoke(kernel: Kernel, client: OAuthClient, token: str) -> None:
    """End the family of a refresh token of this client.

    "invalid tokens do not cause an error response" (RFC 7009 §2.2), and another client's token is
    invalid here: it opens for its own client alone. Raises `UnsupportedTokenType` for a JWT, and
    `UnsupportedOperation` where EnableTokenRevocation is off.
    """
    if not client.settings.get("EnableTokenRevocation", True):
        raise UnsupportedOperation
    try:
        state = kernel.of(Tokens).open_refresh_token(client.client_id, token)
    except InvalidRefreshToken:
        if token.count(".") == 2:
            raise UnsupportedTokenType from None
        return
    revoke_family(kernel, state.family_id)


def revoke_family(kernel: Kernel, family_id: str) -> None:
    """End a family and its access tokens, here and in every worker."""
    kernel.database.write(_revoke_family, family_id, kernel.clock.now())
    revocation.announce(kernel)


def _revoke_family(session: Session, family_id: str, now: datetime) -> None:
    family = session.get(RefreshFamily, family_id)
    if family is not None:
        revocation.revoke_family(session, family, now)
