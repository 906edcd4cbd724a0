"""A directory that is taken over, broken or somebody else's costs little, and proves nobody."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from federation.ldap import messages
from federation.ldap.ber import Element
from federation.ldap.connection import MOST_OCTETS
from federation.ldap.directory import LdapDirectory
from idp.errors import DirectoryUnavailable, RefreshTokenRevoked
from idp.user_pools.services.user_directories import Verdict
from tests.attacks.ldap.conftest import directory, document_of
from tests.federation.ldap.conftest import DirectoryWorld
from tests.servers.active_directory import (
    ActiveDirectory,
    active_directory,
    element,
    message,
    number,
    read_message,
    result,
)
from tests.servers.authority import Authority
from tests.servers.hostile_ldap import scripted, stall
from tests.servers.slapd import PASSWORD, Slapd

ENTRY = element(
    0x64,
    element(4, b"uid=ada,dc=example,dc=com"),
    element(
        0x30,
        element(0x30, element(4, b"uid"), element(0x31, element(4, b"ada"))),
        element(0x30, element(4, b"entryUUID"), element(0x31, element(4, b"one"))),
    ),
)


def asked(talk: LdapDirectory, document: dict[str, Any]) -> str:
    """Why nobody is proved, in the operator's words."""
    began = time.monotonic()
    with pytest.raises(DirectoryUnavailable) as failed:
        talk.prove(directory(document), "ada", "secret of ada", lambda _: True)
    assert time.monotonic() - began < 10
    assert "secret" not in failed.value.reason
    assert failed.value.message == "The user directory cannot be asked at the moment."
    return failed.value.reason


def flood(connection: Any) -> None:
    identifier, _ = read_message(connection) or (0, None)
    while True:
        connection.sendall(message(identifier, ENTRY))


def refer(connection: Any) -> None:
    identifier, _ = read_message(connection) or (0, None)
    while True:
        connection.sendall(message(identifier, element(0x73)) * 1000)


def endless(connection: Any) -> None:
    read_message(connection)
    connection.sendall(b"\x30\x84\x7f\xff\xff\xff")
    while True:
        connection.sendall(bytes(65536))


def drip(connection: Any) -> None:
    read_message(connection)
    while True:
        connection.sendall(b"\x30\x84\x00\x00\xff\xff"[:1])
        time.sleep(0.1)


def nest(connection: Any) -> None:
    """Each element claims all the rest: a reader that believes it takes exponential time."""
    read_message(connection)
    connection.sendall(element(0x30, number(1), element(0x64, b"\x30\x82\xff\xf0" * 16000)))


def answer(*answers: bytes) -> Any:
    def script(connection: Any) -> None:
        while (request := read_message(connection)) is not None:
            for each in answers:
                connection.sendall(each if each[:1] != b"?" else message(request[0], each[1:]))

    return script


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (stall, "in time"),
        (drip, "in time|speak LDAP"),
        (flood, "more than it was asked for"),
        (refer, "more than it was asked for"),
        (endless, f"more than {MOST_OCTETS} bytes"),
        (nest, "speak LDAP"),
        (answer(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "speak LDAP|ends|in time"),
        (answer(b"\x30\x80\x00\x00"), "speak LDAP"),
        (answer(b"\x30\x00"), "speak LDAP"),
        (answer(message(0, result(0x78, 52))), "ends the connection"),
        (answer(message(77, result(0x65, 0))), "out of turn"),
        (answer(b"?" + result(0x61, 0)), "speak LDAP"),
        (answer(b"?" + element(0x65)), "speak LDAP"),
        (answer(b"?" + result(0x65, 10)), "not followed"),
        (answer(b"?" + result(0x65, 32)), "has no such base_dn: result 32"),
        (lambda _: None, "ends the connection|ConnectionResetError|BrokenPipeError"),
    ],
    ids=[
        "stalls", "drips", "floods", "refers-for-ever", "one-endless-answer", "nests", "http",
        "indefinite", "empty", "disconnects", "another-answer", "a-bind-for-a-search",
        "no-result", "refers", "no-base",
        "hangs-up",
    ],
)  # fmt: skip
def test_whatever_a_server_sends_is_bounded(talk: LdapDirectory, script: Any, words: str) -> None:
    with scripted(script) as url:
        reason = asked(talk, document_of(url))
    assert any(word in reason for word in words.split("|")), reason


def test_an_attribute_that_comes_again_and_again_takes_linear_time() -> None:
    again = element(0x30, element(4, b"mail"), element(0x31, element(4, b"x")))
    operation = Element(0x64, element(4, b"cn=x") + element(0x30, again * 50_000))
    began = time.process_time()
    assert len(messages.entry(operation).attributes["mail"]) == 50_000
    assert time.process_time() - began < 5  # a quarter of a second; several minutes if squared


def test_a_server_that_failed_is_left_alone_for_a_while(talk: LdapDirectory) -> None:
    connections = []

    def hang_up(connection: Any) -> None:
        connections.append(connection)

    with scripted(hang_up) as url:
        document = document_of(url)
        for _ in range(5):
            asked(talk, document)
        assert len(connections) == 1
        time.sleep(1.1)
        asked(talk, document)
        assert len(connections) == 2


TOO_MUCH = [b"m" * (MOST_OCTETS + 100_000)]


@pytest.fixture
def ad() -> Iterator[ActiveDirectory]:
    with active_directory() as running:
        for name in ("ada", "mallory"):
            running.add(name, PASSWORD)
        yield running


@pytest.mark.parametrize(
    "written",
    [{"displayName": TOO_MUCH}, {"memberOf": TOO_MUCH}, {"displayName": [b""] * 600_000}],
    ids=["one-value", "groups", "many-values"],
)
def test_an_entry_that_its_owner_has_spoilt_keeps_nobody_else_out(
    directory_world: DirectoryWorld, ad: ActiveDirectory, written: dict[str, list[bytes]]
) -> None:
    ad.accounts["mallory"].more.update(written)
    groups = {"mapping": {"Makers": "makers"}}
    document = ad.document(groups=groups, pause_seconds=600)
    client = directory_world.client(directory_world.pool(document, "makers"))
    for password in ("any", PASSWORD):
        with pytest.raises(DirectoryUnavailable):
            directory_world.sign_in(client, "mallory", password)
        assert directory_world.sign_in(client, "ada", PASSWORD)


def test_nor_does_it_end_what_others_have_open(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    client = directory_world.client(directory_world.pool(ad.document(grace_minutes=0)))
    tokens = {name: directory_world.sign_in(client, name, PASSWORD) for name in ad.accounts}
    ad.accounts["mallory"].more["displayName"] = TOO_MUCH
    directory_world.check()
    assert directory_world.refresh(client, tokens["ada"])
    ad.accounts["mallory"].control = 0x202
    directory_world.check()
    assert directory_world.refresh(client, tokens["ada"])
    with pytest.raises(RefreshTokenRevoked):
        directory_world.refresh(client, tokens["mallory"])


def test_so_many_connections_are_open_at_a_time(talk: LdapDirectory) -> None:
    open_now, most = 0, 0
    guard = threading.Lock()

    def count(connection: Any) -> None:
        nonlocal open_now, most
        with guard:
            open_now += 1
            most = max(most, open_now)
        stall(connection)
        with guard:
            open_now -= 1

    with scripted(count) as url:
        document = document_of(url, connections=2)
        people = [threading.Thread(target=asked, args=(talk, document)) for _ in range(8)]
        for each in people:
            each.start()
        for each in people:
            each.join()
    assert most == 2


def test_a_referral_leads_to_no_other_server(talk: LdapDirectory) -> None:
    elsewhere = []
    with scripted(elsewhere.append) as other:
        uri = element(4, f"{other}/dc=example,dc=com".encode())
        refers = element(0x65, number(10, 10), element(4), element(4), element(0xA3, uri))
        continues = element(0x73, uri)
        for answers in ([refers], [continues, result(0x65, 0)]):
            with scripted(answer(*(b"?" + each for each in answers))) as url:
                try:
                    found = talk.prove(directory(document_of(url)), "ada", "secret", lambda _: True)
                    assert found.verdict is Verdict.WRONG
                except DirectoryUnavailable:
                    pass
    assert elsewhere == []


def test_link_local_addresses_are_refused(talk: LdapDirectory) -> None:
    """Where a cloud's metadata service lives."""
    document = document_of("ldaps://169.254.169.254:80")
    assert "never permitted" in asked(talk, document)


@pytest.fixture
def stranger(slapd: Slapd, tmp_path: Path) -> Any:
    """A server with the certificate of an authority, for a name."""

    def make(authority: Authority, name: str) -> Any:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.server(name).file(tmp_path / "server.pem"))

        def script(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as encrypted:
                heard.append(encrypted.recv(1000))

        heard: list[bytes] = []
        return script, heard

    return make


@pytest.mark.parametrize(
    ("name", "trusts", "words"),
    [("other.example.com", True, "mismatch"), ("localhost", False, "no good certificate")],
    ids=["wrong-name", "unknown-authority"],
)
def test_a_server_with_another_certificate_hears_nothing(
    talk: LdapDirectory, slapd: Slapd, stranger: Any, name: str, trusts: bool, words: str
) -> None:
    script, heard = stranger(slapd.authority if trusts else Authority(), name)
    with scripted(script) as url:
        document = document_of(
            url.replace("ldap://127.0.0.1", "ldaps://localhost"), ca=slapd.authority.certificate
        )
        reason = asked(talk, document)
    assert "no good certificate" in reason
    assert words in reason.lower()
    assert heard == []


def test_start_tls_is_never_left_out(talk: LdapDirectory, slapd: Slapd) -> None:
    """Whoever stands between may say that the server does not know it, or add to its answer."""
    for answers in (
        [b"?" + result(0x78, 2, "unsupported")],
        [b"?" + result(0x78, 0), message(2, result(0x65, 0))],
    ):
        seen: list[int] = []

        def script(connection: Any, answers: list[bytes] = answers, seen: list[int] = seen) -> None:
            while (request := read_message(connection)) is not None:
                seen.append(request[1].tag)
                found = (each if each[:1] != b"?" else message(1, each[1:]) for each in answers)
                connection.sendall(b"".join(found))

        with scripted(script) as url:
            document = document_of(
                url.replace("127.0.0.1", "localhost"),
                start_tls=True,
                ca=slapd.authority.certificate,
            )
            assert "StartTLS" in asked(talk, document)
        assert seen in ([0x77], [0x77, 0x42])
