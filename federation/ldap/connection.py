"""One connection to a directory: encrypted first, bounded in time and in octets, and short.

It is ours and not ldap3's, whose connections resolve names by themselves, compare a certificate's
names in their own way, follow referrals, and read for as long as a server goes on to send.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from federation.ldap import ber, messages
from federation.ldap.ber import Element, Malformed
from federation.ldap.messages import Entry, Result, Unsendable
from idp.errors import DirectoryUnavailable
from idp.user_pools.rules.directory_settings import PORTS, DirectorySettings
from kernel.outbound import AddressGuard, OutboundError
from kernel.outbound.connection import Deadline, connect_first

MOST_OCTETS = 1_048_576
"""Of everything that a server sends over one connection."""
BLOCK = 16_384
MOST_REFERENCES = 200
"""To other servers, beside the entries of one search."""
SUCCESS, SIZE_LIMIT_EXCEEDED, REFERRAL, NO_SUCH_OBJECT = 0, 4, 10, 32


class DirectoryRefused(DirectoryUnavailable):
    """A server answers, and not with what it was asked for: others may be luckier there.
    What people can write into their own entries comes to no more than this."""


@dataclass
class LdapConnection:
    """Requests one after the other. All raise `DirectoryUnavailable`, without anything secret."""

    name: str
    """Of the server, for the operator."""
    connected: socket.socket
    deadline: Deadline
    number: int = 0
    left: int = MOST_OCTETS
    buffer: bytes = b""

    def bind(self, dn: str, password: str) -> Result:
        """A simple bind, whatever comes of it. Raises `Unsendable` as `messages.bind_request`."""
        self.number += 1
        self._send(messages.bind_request(self.number, dn, password))
        return self._result(messages.BIND_RESPONSE)

    def search(
        self, base: str, scope: str, text: str, attributes: Sequence[str], most: int
    ) -> tuple[list[Entry], bool]:
        """At most so many entries, and whether these are all. Referrals are left alone."""
        self.number += 1
        seconds = max(1, int(self.deadline.remaining))
        limits = (most, seconds)
        request = messages.search_request(self.number, base, scope, text, attributes, limits)
        self._send(request)
        entries: list[Entry] = []
        for _ in range(most + 1 + MOST_REFERENCES):
            operation = self._receive()
            if operation.tag == messages.ENTRY:
                entries.append(messages.entry(operation))
            elif operation.tag == messages.DONE:
                return entries, self._is_whole(messages.result(operation))
            elif operation.tag != messages.REFERENCE:
                raise Malformed
            if len(entries) > most:
                break
        raise self.refused("sends more than it was asked for")

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """RFC 4511 §4.14. Nothing that came before the handshake is read after it."""
        self.number += 1
        self._send(messages.start_tls_request(self.number))
        if self._result(messages.EXTENDED_RESPONSE).code != SUCCESS:
            raise self.failed("does not take StartTLS")
        if self.buffer:
            raise self.failed("sends more than its answer to StartTLS")
        self.connected = context.wrap_socket(self.connected, server_hostname=host)

    def failed(self, what: str) -> DirectoryUnavailable:
        return DirectoryUnavailable(f"{self.name} {what}.")

    def refused(self, what: str) -> DirectoryRefused:
        return DirectoryRefused(f"{self.name} {what}.")

    def _is_whole(self, result: Result) -> bool:
        if result.code == REFERRAL:
            raise self.refused("refers to another server, which is not followed")
        if result.code not in (SUCCESS, SIZE_LIMIT_EXCEEDED):
            what = "has no such base_dn" if result.code == NO_SUCH_OBJECT else "refuses to search"
            raise self.refused(f"{what}: result {result.code}{told(result)}")
        return result.code == SUCCESS

    def _result(self, tag: int) -> Result:
        operation = self._receive()
        if operation.tag != tag:
            raise Malformed
        return messages.result(operation)

    def _send(self, request: bytes) -> None:
        self.connected.sendall(request)

    def _receive(self) -> Element:
        """The next answer to the request that is under way. A notice of disconnection (RFC 4511
        §4.4.1) has another number, as has whatever else was not asked for."""
        head = self._read(2)
        size = ber.whole_size(head)
        while size is None:
            head = self._read(len(head) + 1)
            size = ber.whole_size(head)
        before, whole = size
        message = self._read(whole)
        self.buffer = self.buffer[whole:]
        number, operation = messages.opened(Element(message[0], message[before:]))
        if number != self.number:
            raise self.failed("ends the connection" if number == 0 else "answers out of turn")
        return operation

    def _read(self, octets: int) -> bytes:
        """So many octets of the buffer, once they are there."""
        if octets > len(self.buffer) + self.left:
            raise self.refused(f"sends more than {MOST_OCTETS} bytes")
        blocks, there = [self.buffer], len(self.buffer)
        while there < octets:
            block = self.connected.recv(min(BLOCK, self.left))
            if not block:
                self.deadline.check()
                raise self.failed("ends the connection")
            self.left -= len(block)
            blocks.append(block)
            there += len(block)
        self.buffer = b"".join(blocks)
        return self.buffer[:octets]


@contextmanager
def connected(
    guard: AddressGuard, settings: DirectorySettings, url: str, seconds: float
) -> Iterator[LdapConnection]:
    """A connection on which everything is encrypted, unless it stays on this machine. It ends with
    the block, and after so many seconds in any case.

    The operator's own settings say where it goes, so private addresses are permitted; those that
    never are (link-local) stay refused.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    name = f"{host}:{port}"
    with _explained(name), Deadline(seconds, name) as deadline:
        addresses = guard.pin(host, port, trusted=True, timeout=deadline.remaining)
        is_plain = parts.scheme == "ldap" and not settings.start_tls
        if is_plain and not all(_is_loopback(str(each[1][0])) for each in addresses):
            raise DirectoryUnavailable(f"{name} is not this machine, and would not be encrypted.")
        opened = connect_first(name, addresses, deadline)
        connection = LdapConnection(name, opened, deadline)
        try:
            if parts.scheme == "ldaps":
                context = tls_context(settings.ca)
                connection.connected = context.wrap_socket(opened, server_hostname=host)
            elif settings.start_tls:
                connection.start_tls(tls_context(settings.ca), host)
            connection.connected.settimeout(deadline.remaining)
            yield connection
            with suppress(OSError):
                connection.connected.sendall(messages.unbind_request(connection.number + 1))
        finally:
            connection.connected.close()


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turns what can go wrong with a connection into a sentence for the operator."""
    try:
        yield
    except OutboundError as error:
        raise DirectoryUnavailable(f"{error}.") from None
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message.rstrip(".")
        raise DirectoryUnavailable(f"{name} has no good certificate: {reason}.") from None
    except ssl.SSLError as error:
        raise DirectoryUnavailable(f"{name} does not speak TLS: {error.reason}.") from None
    except TimeoutError:
        raise DirectoryUnavailable(f"{name} did not answer in time.") from None
    except OSError as error:
        raise DirectoryUnavailable(f"{name} failed: {type(error).__name__}.") from None
    except (Malformed, RecursionError):
        raise DirectoryRefused(f"{name} does not speak LDAP.") from None
    except Unsendable:
        raise DirectoryUnavailable("A filter or DN of the settings is malformed.") from None


@lru_cache(maxsize=64)
def tls_context(authorities: str) -> ssl.SSLContext:
    """Verifies a server's chain and name, by these authorities or else the system's."""
    context = ssl.create_default_context(cadata=authorities or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def told(result: Result) -> str:
    """The server's own words, in one line."""
    words = " ".join("".join(c if c.isprintable() else " " for c in result.diagnostic).split())
    return f" ({words[:200]})" if words else ""


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback
