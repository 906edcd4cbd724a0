"""How often the endpoints of machines may be called: as the operator limits a category of requests,
and, in the name of a public client, as we do."""

from __future__ import annotations

from idp.errors import TooManyRequests
from idp.oauth.clients import OAuthClient
from idp.oauth.provider import Provider
from idp.user_pools.rules.rate_limits import USER_TOKEN, Bucket
from idp.user_pools.services import rate_limits
from kernel.runtime import Kernel


def count(kernel: Kernel, bucket: Bucket = USER_TOKEN) -> None:
    """Hold an endpoint to its request rate. Raises `TooManyRequests`."""
    rate_limits.of(kernel).take(kernel.settings.account_id, kernel.settings.region, bucket)


def count_public(
    provider: Provider, client: OAuthClient, kind: str, rate: float, burst: int
) -> None:
    """Anyone can call in the name of a public client: `rate` times a second from one network, and
    `burst` at once. Raises `TooManyRequests`."""
    bucket = f"{kind}:{client.client_id}:{provider.caller_network}"
    take, now = provider.kernel.shared_state.take, provider.kernel.clock.time()
    if client.is_public and not take(bucket, rate, burst, now):
        raise TooManyRequests
