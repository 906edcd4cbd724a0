"""What a client is told when an upstream gives no usable reply."""

from __future__ import annotations

from gateway import replies
from gateway.context import Reply
from gateway.integrations.errors import (
    ClientGone,
    NoRoom,
    PayloadTooLarge,
    UnsendableRequest,
    UpstreamError,
    UpstreamTimedOut,
    UpstreamUnavailable,
)

# The first that fits.
_FAILURES: tuple[tuple[type[Exception], Reply], ...] = (
    (PayloadTooLarge, replies.PAYLOAD_TOO_LARGE),
    (ClientGone, replies.BAD_REQUEST),
    (NoRoom, replies.OVERLOADED),
    (UnsendableRequest, replies.BAD_REQUEST),
    (UpstreamTimedOut, replies.GATEWAY_TIMEOUT),
    (UpstreamUnavailable, replies.SERVICE_UNAVAILABLE),
    (UpstreamError, replies.BAD_GATEWAY),
)
FAILURES = tuple(kind for kind, _ in _FAILURES)


def reply_to(failure: Exception) -> Reply:
    """The refusal for a failure, which is one of `FAILURES`."""
    reply = next(reply for kind, reply in _FAILURES if isinstance(failure, kind))
    return replies.with_error(reply, str(failure))
