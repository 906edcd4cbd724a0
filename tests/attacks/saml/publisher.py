"""A server that publishes a provider's metadata, whatever a test has it say."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from federation.saml.metadata import (
    MetadataStore,
)
from idp.user_pools.rules.saml_pins import SamlPins
from idp.user_pools.services.upstream import Upstream
from kernel.clock import Clock
from tests.attacks.saml.conftest import NAME
from tests.attacks.saml.identity_provider import metadata
from tests.idp.oauth.world import Time, World


class Publisher(ThreadingHTTPServer):
    """Publishes whatever the test says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}/metadata"
        self.document = metadata().encode()
        self.status = 200
        self.delay = 0.0
        self.asked = 0
        self.pool_id = "pool"
        """Whose provider it is."""


class _Handler(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        self.server.asked += 1
        time.sleep(self.server.delay)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.document)))
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever asked has given up
            self.wfile.write(self.server.document)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def upstream(publisher: Publisher, **pins: tuple[str, ...]) -> Upstream:
    """The provider that publishes there, as an operator has pinned it."""
    details = {"MetadataURL": publisher.address}
    return Upstream(publisher.pool_id, NAME, "SAML", details, {}, {}, SamlPins(NAME, **pins))


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    made = Publisher()
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def store(saml_world: World, publisher: Publisher, clock: Time) -> MetadataStore:
    publisher.pool_id = saml_world.pool()
    return another_store(saml_world, clock)


def another_store(world: World, clock: Time) -> MetadataStore:
    """That of another process."""
    return MetadataStore(world.kernel.outbound, Clock(clock), world.kernel.database)
