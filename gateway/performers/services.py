"""Calls AWS-compatible services at the operator's addresses, with the operator's key.

The addresses are those of the setting `aws_endpoints` alone: neither an API's author nor a caller
chooses the host. The key signs for APIs of the operator's own account, nobody else's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway import quotas
from gateway.effects import CallService, Refusal, Sent
from gateway.integrations.endpoint import Endpoint
from gateway.integrations.exchange import exchange_whole
from gateway.integrations.failures import FAILURES
from gateway.integrations.message import UpstreamRequest
from gateway.integrations.pool import UpstreamPool
from gateway.integrations.service_actions import SYNC_STATES, signing_name
from gateway.room import Hold, uncounted
from kernel.aws.signing import AccessKey, signature_headers
from kernel.aws.wire import Request
from kernel.settings import Settings


@dataclass(frozen=True)
class Services:
    """Which services may be called: addresses by name, whose APIs may, and the key that signs."""

    addresses: Mapping[str, str]
    account: str
    key: AccessKey | None

    @classmethod
    def from_settings(cls, settings: Settings) -> Services:
        key_id, secret = settings.aws_access_key_id, settings.aws_secret_access_key
        key = AccessKey(key_id, secret) if key_id and secret else None
        return cls(dict(settings.aws_endpoints), settings.account_id, key)

    def address(self, service: str) -> str | None:
        """Where a service is; synchronous executions at Step Functions' own address by default."""
        if service == SYNC_STATES and service not in self.addresses:
            service = "states"
        return self.addresses.get(service)

    def refusal(self, service: str, account: str) -> str:
        """Why APIs of an account cannot call a service; empty where they can."""
        if account != self.account:
            return f"only APIs of the account {self.account} may use the key for AWS services"
        if self.address(service) is None or self.key is None:
            return f"no server for the service {service} is configured: see aws_endpoints"
        return ""


def calling_services(
    services: Services,
    pool: UpstreamPool,
    now: Callable[[], datetime],
    monotonic: Callable[[], float] = time.monotonic,
) -> Callable[..., Sent | Refusal | Exception]:
    """The performer of `CallService`. `pool` may reach the operator's private addresses."""

    def call(effect: CallService, hold: Hold = uncounted) -> Sent | Refusal | Exception:
        why = services.refusal(effect.service, effect.account)
        address = services.address(effect.service)
        if why or services.key is None or address is None:
            return Refusal("NotConfigured", why)
        started = monotonic()
        endpoint = Endpoint.compile(address.replace("{region}", effect.region), {})
        request = _signed(effect, endpoint, services.key, now())
        try:
            reply = exchange_whole(pool, request, effect.body, quotas.PAYLOAD_BYTES, hold)
        except FAILURES as failure:
            return failure
        body = b"".join(reply.body)
        return Sent(reply.status, tuple(reply.headers), body, monotonic() - started)

    return call


def _signed(
    effect: CallService, endpoint: Endpoint, key: AccessKey, now: datetime
) -> UpstreamRequest:
    headers = dict(effect.headers)
    request = Request(
        effect.method,
        effect.path,
        effect.query,
        {**headers, "host": endpoint.authority},
        effect.body,
    )
    signature = signature_headers(request, key, effect.region, signing_name(effect.service), now)
    return UpstreamRequest(
        origin=endpoint.origin,
        method=effect.method,
        target=f"{effect.path}?{effect.query}" if effect.query else effect.path,
        headers=(*headers.items(), *signature.items()),
        timeout=effect.timeout,
        authority=endpoint.authority,
        content_length=len(effect.body) or None,
    )
