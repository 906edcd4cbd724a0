"""Messages of LDAP v3 as octets: requests that are sent, and answers that come (RFC 4511 §4)."""

# pyasn1 and this part of ldap3 are untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

from federation.ldap.ber import Element, Malformed
from kernel.threads import in_thread

SEQUENCE = 0x30
BIND_RESPONSE, EXTENDED_RESPONSE = 0x61, 0x78
ENTRY, DONE, REFERENCE = 0x64, 0x65, 0x73
UNBIND = 0x42
START_TLS = "1.3.6.1.4.1.1466.20037"
SCOPES = {"base": 0, "one_level": 1, "subtree": 2}
NEVER_ALIASES = 0
MOST_DIAGNOSTIC = 500


@dataclass(frozen=True)
class Result:
    """LDAPResult. `code` is a resultCode of RFC 4511 §A.1."""

    code: int
    diagnostic: str


@dataclass(frozen=True)
class Entry:
    """Attributes by their names in lower case, without options."""

    dn: str
    attributes: Mapping[str, tuple[bytes, ...]] = field(repr=False)

    def first(self, name: str) -> bytes | None:
        values = self.attributes.get(name.lower(), ())
        return values[0] if values else None

    def text(self, name: str) -> str | None:
        """The first value, where it is UTF-8."""
        value = self.first(name)
        try:
            return None if value is None else value.decode()
        except UnicodeDecodeError:
            return None


class Unsendable(Exception):
    """No request can hold this: a password that RFC 4513 §5.1.3 has no form for, a filter that is
    none."""


@cache
def _ldap3() -> SimpleNamespace:
    """Loaded when the first directory is asked, beside the hub: it takes 0.2 s and 16 MB."""
    return in_thread(_load)


def _load() -> SimpleNamespace:
    """It imports names of pyasn1 that have new ones, which would be told as a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from ldap3.core.exceptions import LDAPExceptionError
        from ldap3.operation.bind import bind_operation
        from ldap3.operation.extended import extended_operation
        from ldap3.operation.search import search_operation
        from ldap3.protocol.rfc4511 import LDAPMessage, MessageID, ProtocolOp
        from ldap3.utils.asn1 import encode  # type: ignore[attr-defined]  # not in its stubs
    return SimpleNamespace(
        Error=LDAPExceptionError,
        bind=bind_operation,
        extended=extended_operation,
        search=search_operation,
        Message=LDAPMessage,
        MessageID=MessageID,
        ProtocolOp=ProtocolOp,
        encode=encode,
    )


def bind_request(number: int, dn: str, password: str) -> bytes:
    """A simple bind. Raises `Unsendable` where DN or password is empty, and for a password that is
    empty once it is prepared (RFC 4013)."""
    if not dn or not password:
        raise Unsendable
    ldap3 = _ldap3()
    return _message(number, "bindRequest", lambda: ldap3.bind(3, "SIMPLE", dn, password))


def search_request(
    number: int,
    base: str,
    scope: str,
    text: str,
    attributes: Sequence[str],
    limits: tuple[int, int],
) -> bytes:
    """`limits` are those of entries and of seconds. Raises `Unsendable` for a wrong filter."""
    ldap3 = _ldap3()
    arguments = (base, text, SCOPES[scope], NEVER_ALIASES, list(attributes), *limits)
    return _message(number, "searchRequest", lambda: ldap3.search(*arguments, False, False, False))


def start_tls_request(number: int) -> bytes:
    ldap3 = _ldap3()
    return _message(number, "extendedReq", lambda: ldap3.extended(START_TLS))


def unbind_request(number: int) -> bytes:
    """It has no answer, and no content: RFC 4511 §4.3."""
    return bytes([SEQUENCE, 5, 2, 1, min(number, 127), UNBIND, 0])


def _message(number: int, name: str, make: Any) -> bytes:
    ldap3 = _ldap3()
    try:
        message = ldap3.Message()
        message["messageID"] = ldap3.MessageID(number)
        message["protocolOp"] = ldap3.ProtocolOp().setComponentByName(name, make())
        encoded: bytes = ldap3.encode(message)
    except (ldap3.Error, UnicodeError):
        raise Unsendable from None
    return encoded


def opened(message: Element) -> tuple[int, Element]:
    """The messageID and the protocolOp of an LDAPMessage. Raises `Malformed`."""
    parts = message.elements()
    if message.tag != SEQUENCE or len(parts) < 2:
        raise Malformed
    return parts[0].number(), parts[1]


def result(operation: Element) -> Result:
    """Of a response that holds an LDAPResult. Raises `Malformed`."""
    parts = operation.elements()
    if len(parts) < 3:
        raise Malformed
    diagnostic = parts[2].content[:MOST_DIAGNOSTIC].decode(errors="replace")
    return Result(parts[0].number(), diagnostic)


def entry(operation: Element) -> Entry:
    """A SearchResultEntry. Raises `Malformed`."""
    parts = operation.elements()
    if len(parts) != 2:
        raise Malformed
    found: defaultdict[str, list[bytes]] = defaultdict(list)
    for attribute in parts[1].elements():
        described = attribute.elements()
        if len(described) != 2:
            raise Malformed
        name = described[0].content.decode(errors="replace").partition(";")[0].lower()
        found[name] += [value.content for value in described[1].elements()]
    try:
        return Entry(parts[0].content.decode(), {name: tuple(found[name]) for name in found})
    except UnicodeDecodeError:
        raise Malformed from None
