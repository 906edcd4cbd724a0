"""A small LDAP server that answers as Active Directory does, where OpenLDAP cannot show it.

It has accounts with userAccountControl and objectGUID, says why it refuses a bind in AD's words,
locks accounts out, takes an empty password for an anonymous bind, refers to other servers, and
knows LDAP_MATCHING_RULE_IN_CHAIN. Its port is loopback's, and unencrypted.
"""

from __future__ import annotations

import socketserver
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from federation.ldap.ber import Element, whole_size

DOMAIN = "DC=corp,DC=example,DC=com"
SEARCHER = f"CN=Poolgate,CN=Users,{DOMAIN}"
SEARCHER_PASSWORD = "searcher of the domain 5"
IN_CHAIN = b"1.2.840.113556.1.4.1941"
DIAGNOSTIC = (
    "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data {}, v3839"
)
NOT_BOUND = "000004DC: LdapErr: DSID-0C0909AF, comment: In order to perform this operation a "
NOT_BOUND += "successful bind must be completed on the connection., data 0, v3839"


@dataclass
class Account:
    """Somebody. `state` is the Windows error that a right password is answered with, if any."""

    name: str
    password: str
    state: str = ""
    control: int = 0x200
    more: dict[str, list[bytes]] = field(default_factory=dict)
    guid: uuid.UUID = field(default_factory=uuid.uuid4)
    failures: int = 0

    @property
    def dn(self) -> str:
        return f"CN={self.name},CN=Users,{DOMAIN}"

    @property
    def attributes(self) -> dict[str, list[bytes]]:
        return {
            "objectCategory": [b"person"],
            "objectClass": [b"user"],
            "sAMAccountName": [self.name.encode()],
            "userPrincipalName": [f"{self.name}@corp.example.com".encode()],
            "mail": [f"{self.name}@example.com".encode()],
            "displayName": [self.name.title().encode()],
            "objectGUID": [self.guid.bytes_le],
            "userAccountControl": [str(self.control).encode()],
            **self.more,
        }


@dataclass
class ActiveDirectory:
    """What the server holds, and what it has seen."""

    lockout: int = 5
    accounts: dict[str, Account] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    """DNs of members by the DN of their group."""
    binds: list[tuple[str, str]] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    refers_only: bool = False
    port: int = 0

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    def document(self, **members: Any) -> dict[str, Any]:
        """A pool's settings for it."""
        return {
            "type": "active_directory",
            "mode": "source",
            "urls": [self.url],
            "plain_on_loopback": True,
            "bind_dn": SEARCHER,
            "bind_password": SEARCHER_PASSWORD,
            "base_dn": DOMAIN,
            "attributes": {"email": "mail", "name": "displayName"},
            "verified": ["email"],
            "pause_seconds": 1,
            **members,
        }

    def add(self, name: str, password: str, **values: Any) -> Account:
        account = self.accounts[name] = Account(name, password, **values)
        return account

    def bind(self, dn: str, password: str) -> tuple[int, str]:
        self.binds.append((dn, password))
        if not password:
            return 0, ""
        if dn == SEARCHER:
            right = password == SEARCHER_PASSWORD
            return (0, "") if right else (49, DIAGNOSTIC.format("52e"))
        account = next((each for each in self.accounts.values() if each.dn == dn), None)
        return self._check(account, password)

    def _check(self, account: Account | None, password: str) -> tuple[int, str]:
        if account is None:
            return 49, DIAGNOSTIC.format("525")
        if account.failures >= self.lockout:
            return 49, DIAGNOSTIC.format("775")
        if password != account.password:
            account.failures += 1
            return 49, DIAGNOSTIC.format("52e")
        account.failures = 0
        return (49, DIAGNOSTIC.format(account.state)) if account.state else (0, "")

    def search(self, sought: Element) -> list[tuple[str, dict[str, list[bytes]]]]:
        found = [(each.dn, each.attributes) for each in self.accounts.values()]
        for dn, members in self.groups.items():
            attributes = {"cn": [dn.partition(",")[0][3:].encode()], "member": _octets(members)}
            found.append((dn, attributes))
        return [each for each in found if self._matches(sought, *each)]

    def _matches(self, sought: Element, dn: str, attributes: dict[str, list[bytes]]) -> bool:
        """RFC 4511 §4.5.1.7, as far as it is used."""
        if sought.tag in (0xA0, 0xA1):
            each = (self._matches(part, dn, attributes) for part in sought.elements())
            return all(each) if sought.tag == 0xA0 else any(each)
        if sought.tag == 0x87:
            return bool(_values(attributes, sought.content))
        parts = sought.elements()
        if sought.tag == 0xA3:
            return parts[1].content.lower() in _values(attributes, parts[0].content)
        if sought.tag == 0xA9 and parts[0].content == IN_CHAIN:
            return parts[2].content.decode() in self._members(dn)
        return False

    def _members(self, group: str) -> set[str]:
        """With those of the groups in it."""
        found, waiting = set(), [group]
        while waiting:
            for member in self.groups.get(waiting.pop(), ()):
                if member not in found:
                    found.add(member)
                    waiting.append(member)
        return found


def _octets(texts: list[str]) -> list[bytes]:
    return [each.encode() for each in texts]


def _values(attributes: dict[str, list[bytes]], name: bytes) -> list[bytes]:
    wanted = name.decode().lower()
    found = (values for key, values in attributes.items() if key.lower() == wanted)
    return [value.lower() for value in next(found, [])]


def element(tag: int, *contents: bytes) -> bytes:
    """BER, definite lengths."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes(4)
    return bytes([tag, 0x84]) + length + content


def number(value: int, tag: int = 2) -> bytes:
    return element(tag, value.to_bytes(4, signed=True))


def result(tag: int, code: int, diagnostic: str = "") -> bytes:
    return element(tag, number(code, 10), element(4), element(4, diagnostic.encode()))


def message(identifier: int, operation: bytes) -> bytes:
    return element(0x30, number(identifier), operation)


def read_message(connection: Any) -> tuple[int, Element] | None:
    """The next request; None at the end."""
    data = b""
    while (size := whole_size(data)) is None or len(data) < size[1]:
        block = connection.recv(1 if size is None else size[1] - len(data))
        if not block:
            return None
        data += block
    parts = Element(data[0], data[size[0] :]).elements()
    return parts[0].number(), parts[1]


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        directory: ActiveDirectory = self.server.directory  # type: ignore[attr-defined]
        bound = False
        while (request := read_message(self.request)) is not None:
            identifier, operation = request
            if operation.tag == 0x60:
                _, dn, password = operation.elements()
                code, words = directory.bind(dn.content.decode(), password.content.decode())
                bound = code == 0 and bool(password.content)
                self.request.sendall(message(identifier, result(0x61, code, words)))
            elif operation.tag == 0x63:
                self.request.sendall(_answer(directory, identifier, operation, bound))
            else:
                return


def _answer(directory: ActiveDirectory, identifier: int, operation: Element, bound: bool) -> bytes:
    if not bound:
        return message(identifier, result(0x65, 1, NOT_BOUND))
    elsewhere = element(4, b"ldap://other.example.com/DC=other")
    if directory.refers_only:
        return message(identifier, result(0x65, 10, "0000202B: RefErr"))
    parts = operation.elements()
    wanted = {each.content.decode().lower() for each in parts[7].elements()}
    directory.filters.append(parts[6].content.hex())
    answers = [message(identifier, element(0x73, elsewhere))]
    for dn, attributes in directory.search(parts[6]):
        told = [
            element(0x30, element(4, key.encode()), element(0x31, *(element(4, v) for v in values)))
            for key, values in attributes.items()
            if key.lower() in wanted
        ]
        entry = element(0x64, element(4, dn.encode()), element(0x30, *told))
        answers.append(message(identifier, entry))
    return b"".join([*answers, message(identifier, result(0x65, 0))])


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 64


@contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[Server]:
    """A server on a port of loopback."""
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def active_directory() -> Iterator[ActiveDirectory]:
    directory = ActiveDirectory()
    with serving(_Handler) as server:
        server.directory = directory  # type: ignore[attr-defined]
        directory.port = server.server_address[1]
        yield directory
