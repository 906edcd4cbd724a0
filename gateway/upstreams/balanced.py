"""A request to one target of a VPC link, and to another one where that is safe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from gateway.integrations.errors import (
    UpstreamBroken,
    UpstreamError,
    UpstreamTimedOut,
    UpstreamUnavailable,
    UpstreamUnreachable,
)
from gateway.integrations.exchange import UpstreamReply, exchange
from gateway.integrations.message import UpstreamRequest
from gateway.integrations.pool import UpstreamPool
from gateway.snapshot import UpstreamGroup
from gateway.upstreams.groups import Groups, Lease
from gateway.upstreams.origins import origin_of
from kernel.departure import Departure

MOST_ATTEMPTS = 3
# RFC 9110 §9.2.2: "PUT, DELETE, and safe request methods are idempotent".
IDEMPOTENT = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PUT"})
FAILED_STATUSES = frozenset({502, 503, 504})
"""Replies by which a target says that it cannot answer now."""

Balance = Callable[[UpstreamRequest, Iterable[bytes], Departure | None], UpstreamReply]


def balancing(
    groups: Groups, pool: UpstreamPool, monotonic: Callable[[], float] = time.monotonic
) -> Balance:
    """Sends requests that have a group, over a pool's connections."""

    def send(
        request: UpstreamRequest, body: Iterable[bytes], departure: Departure | None = None
    ) -> UpstreamReply:
        group = request.group
        if group is None:
            raise TypeError("the request has no group")
        ends = monotonic() + request.timeout
        tried: list[str] = []
        while True:
            lease = groups.lease(group, tried)
            if lease is None:
                raise UpstreamUnavailable("the VPC link has no target that can be asked")
            tried.append(lease.target)
            try:
                addressed = _addressed(request, lease.target, ends - monotonic())
                return _leased(pool, addressed, body, lease, departure)
            except UpstreamUnavailable as error:
                if not _may_go_on(request, group, error, len(tried), ends - monotonic()):
                    raise

    return send


def _may_go_on(
    request: UpstreamRequest,
    group: UpstreamGroup,
    error: UpstreamUnavailable,
    attempts: int,
    left: float,
) -> bool:
    """Whether another target may get the request: where none of it was sent, or where asking twice
    does no harm."""
    if attempts >= min(MOST_ATTEMPTS, len(group.targets)) or left <= 0:
        return False
    if isinstance(error, UpstreamUnreachable):
        return True
    return request.method in IDEMPOTENT and not request.has_body


def _addressed(request: UpstreamRequest, target: str, left: float) -> UpstreamRequest:
    """The request as one target gets it. Raises `UpstreamTimedOut`."""
    if left <= 0:
        raise UpstreamTimedOut("no target answered in time")
    asked = request.origin
    origin = origin_of(target, asked.verification)
    names_a_server = bool(request.authority) or asked.server_name != asked.host
    if origin.scheme == "https":
        name = asked.server_name if names_a_server else origin.server_name
        origin = origin._replace(server_name=name, certificate=asked.certificate)
    return replace(
        request,
        origin=origin,
        timeout=left,
        authority=request.authority or origin.authority,
        group=None,
    )


def _leased(
    pool: UpstreamPool,
    request: UpstreamRequest,
    body: Iterable[bytes],
    lease: Lease,
    departure: Departure | None,
) -> UpstreamReply:
    try:
        reply = exchange(pool, request, body, departure)
    except UpstreamError:
        lease.end(succeeded=False)
        raise
    except BaseException:
        lease.end(succeeded=None)
        raise
    succeeded = reply.status not in FAILED_STATUSES
    if isinstance(reply.body, list):
        lease.end(succeeded=succeeded)
        return reply
    return UpstreamReply(reply.status, reply.headers, _Counted(reply.body, lease, succeeded))


class _Counted:
    """A body that counts as outstanding until its end, or until it is closed."""

    __slots__ = ("_body", "_iterator", "_lease", "_succeeded")

    def __init__(self, body: Iterable[bytes], lease: Lease, succeeded: bool) -> None:
        self._body = body
        self._iterator = iter(body)
        self._lease = lease
        self._succeeded = succeeded

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._iterator)
        except StopIteration:
            self._lease.end(succeeded=self._succeeded)
            raise
        except UpstreamBroken:
            self._lease.end(succeeded=False)
            raise

    def close(self) -> None:
        if hasattr(self._body, "close"):
            self._body.close()
        self._lease.end(succeeded=None if self._succeeded else False)
