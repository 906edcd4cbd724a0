"""When certificates are ordered, and ordered again: a real ACME server, and a clock of our own."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from cryptography import x509

from gateway.acme.challenges import Challenges
from gateway.acme.store import FIRST_DELAY, LONGEST_DELAY, AcmeStore, delay
from gateway.control.account import acme_parts
from gateway.snapshot import SnapshotHolder
from kernel.clock import Clock
from kernel.outbound import Outbound
from kernel.settings import parse
from kernel.shared_state.in_process import InProcess
from kernel.tls.folder import FOLDER, CertificateFolder
from poolgate import sealed_columns
from poolgate.plain_http import PlainHttp
from tests.gateway.control.caller import Caller
from tests.gateway.control.conftest import kernel, served, sqlite
from tests.servers.authority import Authority
from tests.servers.pebble import Pebble

__all__ = ["kernel", "served", "sqlite"]

pytest.importorskip("acme")

from gateway.acme.orders import OrderFailed, Orders
from gateway.acme.renewer import MOST_ORDERS_AT_ONCE, Due, Renewer
from gateway.acme.starting import outbound_of

NAME = "api.example.test"


@dataclass
class World:
    """A worker, whose clock the test moves."""

    caller: Caller
    renewer: Renewer
    holder: SnapshotHolder
    moved: timedelta = field(default_factory=timedelta)

    def restarted(self) -> Renewer:
        """What another process would do: it remembers only what the database does."""
        kernel = replace(self.caller.kernel, shared_state=InProcess())
        return replace(self.renewer, kernel=kernel, _later={}, _ask_at={})

    @property
    def serial(self) -> int | None:
        kernel = self.caller.kernel
        row = kernel.database.read(acme_parts.find, acme_parts.certificate_id(NAME))
        if row is None or "Chain" not in row.document:
            return None
        return x509.load_pem_x509_certificate(row.document["Chain"].encode()).serial_number


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "RAW_URI": self.path}


@pytest.fixture
def world(kernel: Any, served: SnapshotHolder, pebble: Pebble) -> Iterator[World]:
    moved = timedelta()
    world: World
    clock = Clock(time=lambda: (datetime.now(UTC) + world.moved).timestamp())
    settings = parse(
        {
            "instance": str(kernel.settings.instance),
            "http_port": str(pebble.http_port),
            **pebble.settings,
        }
    )
    kernel = replace(kernel, clock=clock, settings=settings)
    kernel.shared_state._monotonic = clock.time  # claims end by it
    challenges = Challenges(kernel.shared_state)
    orders = Orders(pebble.directory_url, "a@example.test", outbound_of(settings), challenges)
    due = Due(served, CertificateFolder.of(settings))
    renewer = Renewer(kernel, due, AcmeStore(kernel, pebble.directory_url), orders)
    world = World(Caller(kernel), renewer, served, moved)
    plain = PlainHttp(settings, challenges.answer)
    server = make_server("127.0.0.1", pebble.http_port, plain, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield world
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_is_renewed_with_a_third_of_its_life_left(world: World) -> None:
    world.caller("CreateDomainName", DomainName=NAME)
    world.renewer.look()
    first = world.serial
    assert first is not None
    tls = world.holder.current.tls[NAME]
    assert (tls.source, bool(tls.certificate)) == ("issued", True)

    world.moved = datetime.fromtimestamp(tls.renew_at, UTC) - datetime.now(UTC) - timedelta(hours=1)
    world.renewer.look()
    world.restarted().look()
    assert world.serial == first

    world.moved += timedelta(hours=2)
    world.renewer.look()

    assert world.serial not in (None, first)
    assert world.holder.current.tls[NAME].certificate != tls.certificate


def test_names_that_have_a_certificate_or_are_wildcards_are_not_ordered(world: World) -> None:
    authority, names = Authority(), ("files.example.test", "up.example.test", "*.wild.example.test")
    uploaded = authority.server(names[1])
    given = {
        "certificateBody": uploaded.chain,
        "certificatePrivateKey": uploaded.private_key,
    }
    for name in (*names, NAME):
        members = given if name == names[1] else {}
        world.caller.rest("CreateDomainName", domainName=name, **members)
    authority.server(names[0]).write(world.caller.kernel.settings.instance / FOLDER, names[0])

    assert world.renewer.due.names(world.caller.kernel.clock.time()) == [NAME]


def test_what_failed_is_not_tried_again_at_once_nor_after_a_restart(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(_orders: Orders, _account: Any, name: str) -> None:
        asked.append(name)
        raise OrderFailed("not this time")

    monkeypatch.setattr(Orders, "certificate", refuse)
    world.caller("CreateDomainName", DomainName=NAME)

    world.renewer.look()
    world.renewer.look()
    world.restarted().look()
    assert asked == [NAME]

    world.moved = FIRST_DELAY
    world.restarted().look()
    assert asked == [NAME, NAME]


class _Advising(BaseHTTPRequestHandler):
    """Pebble's directory with RFC 9773, which Pebble itself does not have."""

    directory: Mapping[str, str]
    window: tuple[datetime, datetime]
    asked: list[str]

    def do_GET(self) -> None:
        body: dict[str, Any] = {**self.directory, "renewalInfo": "https://localhost:PORT/ari"}
        if self.path.startswith("/ari/"):
            self.asked.append(self.path)
            start, end = (each.isoformat() for each in self.window)
            body = {"suggestedWindow": {"start": start, "end": end}}
        port = str(self.server.server_address[1])
        encoded = json.dumps(body).replace("PORT", port).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(encoded)))
        self.send_header("Retry-After", "21600")
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def advice(world: World, pebble: Pebble) -> Iterator[type[_Advising]]:
    """What the ACME server says of renewals."""
    verifying = ssl.create_default_context(cafile=str(pebble.ca))
    with urlopen(pebble.directory_url, context=verifying) as answer:
        directory = json.load(answer)
    later = datetime.now(UTC) + timedelta(days=30_000)
    advising = type(
        "Advising", (_Advising,), {"directory": directory, "window": (later, later), "asked": []}
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), advising)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(pebble.folder / "own.crt", pebble.folder / "own.key")
    server.socket = own.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    world.renewer.orders = replace(
        world.renewer.orders,
        directory_url=f"https://localhost:{server.server_address[1]}/dir",
        outbound=Outbound((ip_network("127.0.0.0/8"), ip_network("::1/128")), tls=verifying),
    )
    yield advising
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_is_renewed_when_its_server_asks_for_it(
    world: World, advice: type[_Advising]
) -> None:
    world.caller("CreateDomainName", DomainName=NAME)
    world.renewer.look()
    first, meant = world.serial, world.holder.current.tls[NAME].renew_at
    world.renewer.ask()
    assert world.holder.current.tls[NAME].renew_at == meant  # later is not taken
    world.renewer.ask()
    assert len(advice.asked) == 1  # it is asked again after six hours

    now = datetime.now(UTC)
    advice.window = (now - timedelta(hours=2), now - timedelta(hours=1))
    world.moved = timedelta(hours=7)
    world.renewer.ask()
    world.renewer.look()

    assert len(advice.asked) == 2
    assert world.serial not in (None, first)


def test_a_server_without_advice_changes_nothing(world: World) -> None:
    world.caller("CreateDomainName", DomainName=NAME)
    world.renewer.look()
    meant = world.holder.current.tls[NAME]

    world.renewer.ask()

    assert world.holder.current.tls[NAME] == meant


def test_an_account_that_the_server_forgot_is_made_anew(world: World) -> None:
    store = world.renewer.store
    world.caller("CreateDomainName", DomainName=NAME)
    gone = world.renewer._account()
    store.keep_account(replace(gone, uri=f"{gone.uri}0"))
    world.renewer.look()
    assert world.serial is None
    assert store.account() is None

    world.moved = FIRST_DELAY
    world.renewer.look()

    assert world.serial is not None


def test_a_deleted_domain_leaves_nothing_and_is_not_ordered(world: World) -> None:
    world.caller("CreateDomainName", DomainName=NAME)
    world.renewer.look()
    world.caller("DeleteDomainName", DomainName=NAME)

    assert world.serial is None
    assert world.renewer.due.names(world.caller.kernel.clock.time()) == []


def test_tries_are_counted_before_they_are_made(world: World) -> None:
    store, now = world.renewer.store, datetime.now(UTC)

    assert store.begin(NAME, now)
    assert not store.begin(NAME, now + FIRST_DELAY - timedelta(seconds=1))
    assert store.begin(NAME, now + FIRST_DELAY)
    assert not store.begin(NAME, now + 2 * FIRST_DELAY)
    assert [delay(1), delay(2), delay(3)] == [FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert delay(1000) == LONGEST_DELAY


def test_many_domains_do_not_use_up_what_the_server_allows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(_orders: Orders, _account: Any, name: str) -> None:
        asked.append(name)
        raise OrderFailed("not this time")

    monkeypatch.setattr(Orders, "certificate", refuse)
    for number in range(MOST_ORDERS_AT_ONCE + 10):
        world.caller("CreateDomainName", DomainName=f"n{number}.example.test")

    world.renewer.look()

    assert len(asked) == MOST_ORDERS_AT_ONCE


def test_account_and_certificate_keys_are_sealed(world: World) -> None:
    world.caller("CreateDomainName", DomainName=NAME)
    world.renewer.look()
    kernel = world.caller.kernel

    for part_id in (
        acme_parts.certificate_id(NAME),
        acme_parts.account_id(world.renewer.store.directory_url),
    ):
        row = kernel.database.read(acme_parts.find, part_id)
        assert row is not None
        assert row.sealed is not None
        assert b"PRIVATE KEY" in kernel.sealer.open(row.sealed, acme_parts.purpose(part_id))
        assert "PRIVATE KEY" not in str(row.document)
    wrong = kernel.database.read(
        lambda session: list(sealed_columns.check_sample(session, kernel.sealer, 10))
    )
    assert wrong == []
