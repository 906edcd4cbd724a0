from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest

from kernel.clock import Clock
from kernel.outbound import Outbound
from kernel.tokens.errors import UnknownIssuer
from kernel.tokens.remote_issuers import FRESH_SECONDS, PAUSE_SECONDS, STALE_SECONDS, RemoteIssuers
from tests.servers import key_documents

LOOPBACK = (ip_network("127.0.0.0/8"),)


class Provider:
    """A real OpenID provider's two documents on loopback, and a count of what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.documents: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        """How long the provider thinks before it answers."""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                time.sleep(provider.seconds.get(self.path, 0))
                body = provider.documents.get(self.path, b"")
                location = provider.redirects.get(self.path)
                self.send_response(302 if location else 200 if body else 404)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/pool"

    def publish(self, *signing_keys: object, **changes: object) -> None:
        discovery = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **changes}
        self.documents["/pool/.well-known/openid-configuration"] = json.dumps(discovery).encode()
        self.documents["/pool/jwks"] = key_documents.render(signing_keys)


@pytest.fixture
def provider() -> Iterator[Provider]:
    served = Provider()
    thread = threading.Thread(target=served.server.serve_forever, args=(0.02,))
    thread.start()
    yield served
    served.server.shutdown()
    thread.join()
    served.server.server_close()


class Moving:
    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> Clock:
        return Clock(lambda: self.now)


def _issuers(provider: Provider, moving: Moving | None = None) -> RemoteIssuers:
    clock = (moving or Moving()).clock()
    return RemoteIssuers(Outbound(LOOPBACK), {provider.issuer}.__contains__, clock)


def test_keys_are_discovered_once(provider, signing_key):
    provider.publish(signing_key)
    issuers = _issuers(provider)

    for _ in range(3):
        assert issuers.keys(provider.issuer, signing_key.kid).kid == signing_key.kid
    assert provider.asked == ["/pool/.well-known/openid-configuration", "/pool/jwks"]


def test_an_issuer_that_nobody_configured_is_never_asked(provider, signing_key):
    provider.publish(signing_key)
    issuers = _issuers(provider)

    with pytest.raises(UnknownIssuer):
        issuers.keys(provider.issuer + "/other", signing_key.kid)
    assert provider.asked == []


def test_a_flood_of_unknown_key_ids_fetches_once(provider, signing_key):
    provider.publish(signing_key)
    issuers = _issuers(provider)

    for number in range(50):
        assert issuers.keys(provider.issuer, f"made-up-{number}") is None
    assert len(provider.asked) == 2


def test_a_new_key_is_found_after_the_pause(provider, signing_key, other_key):
    moving = Moving()
    issuers = _issuers(provider, moving)
    provider.publish(signing_key)
    issuers.keys(provider.issuer, signing_key.kid)
    provider.publish(signing_key, other_key)
    moving.now = PAUSE_SECONDS

    assert issuers.keys(provider.issuer, other_key.kid) is not None
    assert issuers.generation == 0


def test_a_withdrawn_key_is_forgotten_when_keys_are_fetched_again(provider, signing_key, other_key):
    moving = Moving()
    issuers = _issuers(provider, moving)
    provider.publish(signing_key)
    issuers.keys(provider.issuer, signing_key.kid)
    provider.publish(other_key)
    moving.now = FRESH_SECONDS + 1

    assert issuers.keys(provider.issuer, signing_key.kid) is None
    assert issuers.generation == 1


def test_keys_are_used_for_two_hours_while_their_issuer_is_away(provider, signing_key):
    moving = Moving()
    issuers = _issuers(provider, moving)
    provider.publish(signing_key)
    issuers.keys(provider.issuer, signing_key.kid)
    provider.documents.clear()

    moving.now = STALE_SECONDS
    assert issuers.keys(provider.issuer, signing_key.kid) is not None
    moving.now = STALE_SECONDS + PAUSE_SECONDS
    with pytest.raises(UnknownIssuer):
        issuers.keys(provider.issuer, signing_key.kid)


def test_a_document_of_another_issuer_is_refused(provider, signing_key):
    provider.publish(signing_key, issuer="https://someone.example")

    with pytest.raises(UnknownIssuer):
        _issuers(provider).keys(provider.issuer, signing_key.kid)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x/", "//[", 7, None])
def test_keys_are_fetched_over_http_alone(provider, signing_key, location):
    provider.publish(signing_key, jwks_uri=location)

    with pytest.raises(UnknownIssuer):
        _issuers(provider).keys(provider.issuer, signing_key.kid)


def test_a_document_that_is_too_large_is_refused(provider, signing_key):
    provider.publish(signing_key)
    provider.documents["/pool/jwks"] += b" " * 150_000

    with pytest.raises(UnknownIssuer):
        _issuers(provider).keys(provider.issuer, signing_key.kid)


@pytest.mark.parametrize("path", ["/pool/jwks", "/pool/.well-known/openid-configuration"])
def test_a_document_that_takes_longer_than_1500_milliseconds_is_not_waited_for(
    provider, signing_key, path
):
    provider.publish(signing_key)
    provider.seconds[path] = 2.5
    started = time.monotonic()

    with pytest.raises(UnknownIssuer):
        _issuers(provider).keys(provider.issuer, signing_key.kid)

    assert 1.4 < time.monotonic() - started < 8


def test_private_addresses_are_not_asked_unless_allowed(provider, signing_key):
    provider.publish(signing_key)
    issuers = RemoteIssuers(Outbound(), {provider.issuer}.__contains__)

    with pytest.raises(UnknownIssuer):
        issuers.keys(provider.issuer, signing_key.kid)
    assert provider.asked == []


def test_a_configured_issuer_may_be_private_but_its_keys_stay_on_its_origin(provider, signing_key):
    trusting = RemoteIssuers(Outbound(), {provider.issuer}.__contains__, trusted=True)
    provider.publish(signing_key)
    assert trusting.keys(provider.issuer, signing_key.kid) is not None

    elsewhere = provider.issuer.replace("127.0.0.1", "127.0.0.2") + "/jwks"
    provider.publish(signing_key, jwks_uri=elsewhere)
    trusting = RemoteIssuers(Outbound(), {provider.issuer}.__contains__, trusted=True)
    with pytest.raises(UnknownIssuer):
        trusting.keys(provider.issuer, signing_key.kid)


def test_redirects_are_not_followed(provider, signing_key):
    provider.publish(signing_key)
    discovery = "/pool/.well-known/openid-configuration"
    provider.documents["/moved"] = provider.documents.pop(discovery)
    provider.redirects[discovery] = "/moved"

    with pytest.raises(UnknownIssuer):
        _issuers(provider).keys(provider.issuer, signing_key.kid)
    assert provider.asked == [discovery]
