"""Refresh tokens: sealed, each names its family and generation, so that nothing of it is stored and
a refresh without rotation writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from idp.errors import InvalidRefreshToken
from idp.models import RefreshFamily
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.sealing import Unsealable


@dataclass(frozen=True)
class RefreshTokenState:
    """What a refresh token says, once opened."""

    family_id: str
    generation: int


def seal(kernel: Kernel, context: ClientContext, family: RefreshFamily) -> str:
    """The token of a family as it stands now."""
    remaining = family.expires.timestamp() - kernel.clock.time()
    return kernel.sealer.seal_token(
        [family.id, family.generation], _purpose(context.client.id), remaining
    )


def unseal(kernel: Kernel, client_id: str, token: str) -> RefreshTokenState:
    """Raises `InvalidRefreshToken` for what is not a refresh token of this client."""
    try:
        family_id, generation = kernel.sealer.open_token(token, _purpose(client_id))
    except Unsealable:
        raise InvalidRefreshToken from None
    return RefreshTokenState(family_id, generation)


def _purpose(client_id: str) -> str:
    return f"refresh-token:{client_id}"
