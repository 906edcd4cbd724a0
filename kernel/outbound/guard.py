"""Names are resolved once; only the vetted addresses are ever connected to."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Sequence
from typing import Any

from kernel.outbound.addresses import refusal
from kernel.outbound.errors import OutboundFailed, OutboundRefused, OutboundTimedOut
from kernel.settings import Network, Settings

PinnedAddress = tuple[socket.AddressFamily, tuple[Any, ...]]
"""An address family and a socket address, as `socket.connect` takes it."""

LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
EVERYWHERE: tuple[Network, ...] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


def allowed_networks(settings: Settings) -> tuple[Network, ...]:
    """The operator's networks; `dev` and `demo` add loopback."""
    return (*settings.upstream_allow, *(LOOPBACK if settings.dev or settings.demo else ()))


class AddressGuard:
    """Turns a host into addresses that may be connected to.

    A caller connects to what `pin` returned and never resolves the name again: a second answer
    could differ from the one that was checked (DNS rebinding).
    """

    def __init__(self, allow: Sequence[Network] = ()) -> None:
        self._allow = tuple(allow)

    def pin(
        self, host: str, port: int, *, trusted: bool = False, timeout: float = 10.0
    ) -> list[PinnedAddress]:
        """The permitted addresses of `host`, in the resolver's order.

        `trusted` says that the operator configured this host as a setting, so that private
        addresses are permitted; those that are never permitted stay refused. `timeout` is seconds.
        Raises `OutboundRefused` where no address is permitted, `OutboundFailed` where the name
        does not resolve, `OutboundTimedOut`.
        """
        allow = EVERYWHERE if trusted else self._allow
        permitted, reason = [], ""
        for family, sockaddr in _resolve(host, port, timeout):
            why = refusal(ipaddress.ip_address(sockaddr[0]), allow)
            if why is None:
                permitted.append((family, sockaddr))
            else:
                reason = f"{sockaddr[0]} {why}"
        if not permitted:
            raise OutboundRefused(f"{host} is refused: {reason}")
        return permitted


def _resolve(host: str, port: int, timeout: float) -> list[PinnedAddress]:
    # getaddrinfo knows no time-out, so a thread waits for it (a greenlet where gevent is patched
    # in); a resolver that hangs costs that thread, not the caller.
    answers: list[PinnedAddress] = []
    errors: list[Exception] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.extend((family, tuple(sockaddr)) for family, _, _, _, sockaddr in found)
        except (OSError, UnicodeError, OverflowError, ValueError) as error:
            errors.append(error)

    thread = threading.Thread(target=ask, daemon=True, name="resolve")
    thread.start()
    thread.join(timeout)
    if not answers:
        if errors:
            raise OutboundFailed(f"{host} does not resolve")
        raise OutboundTimedOut(f"{host} did not resolve in time")
    return answers
