"""Certificates from a real ACME server, for a real Poolgate server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.pebble import Pebble, start_pebble
from tests.servers.run import free_port
from tests.servers.tls_poolgate import (
    TlsPoolgate,
    ask,
    client_context,
    connect,
    domain,
    mock_api,
    served_names,
    served_serial,
)
from tests.waiting import wait_until

pytest.importorskip("acme")

NAME = "api.example.test"
StartTls = Callable[..., TlsPoolgate]


def test_a_domain_without_a_certificate_gets_one_which_all_workers_serve(
    start_tls: StartTls, pebble: Pebble
) -> None:
    server = start_tls("--workers", "2", http_port=str(pebble.http_port), **pebble.settings)
    rest = server.client("apigateway")
    domain(rest, NAME, mock_api(rest))
    assert ask(server.port, NAME, "/").status == 200  # by the server's own meanwhile

    wait_until(lambda: served_names(server.port, NAME) == (NAME,), 30)

    wait_until(lambda: {served_names(server.port, NAME) for _ in range(12)} == {(NAME,)})
    assert ask(server.port, NAME, "/").status == 200
    assert server.log.read_text().count("certificate ordered") == 1
    for file in server.instance.rglob("*"):
        assert not file.is_file() or b"PRIVATE KEY" not in file.read_bytes()
    serial = served_serial(server.port, NAME)
    server.restart()
    assert served_serial(server.port, NAME) == serial


def test_the_servers_own_host_gets_one(start_tls: StartTls, pebble: Pebble) -> None:
    host = "id.example.test"
    server = start_tls(
        http_port=str(pebble.http_port),
        public_url=f"https://{host}",
        tls_cert="",
        tls_key="",
        **pebble.settings,
    )

    wait_until(lambda: is_by_pebble(server, host), 30)

    assert served_names(server.port, host) == (host,)
    assert ask(server.port, host, "/health").status == 200


def is_by_pebble(server: TlsPoolgate, host: str) -> bool:
    with connect(server.port, host) as secured:
        return b"Pebble Intermediate" in (secured.getpeercert(binary_form=True) or b"")


def test_what_fails_is_told_and_the_servers_own_certificate_serves_on(
    start_tls: StartTls, pebble: Pebble
) -> None:
    # The ACME server looks for the answer where nobody is.
    server = start_tls(http_port=str(free_port()), **pebble.settings)
    rest = server.client("apigateway")
    domain(rest, NAME, mock_api(rest))

    wait_until(lambda: "certificate not issued" in server.log.read_text(), 30)

    assert "connection refused" in server.log.read_text().lower()
    assert ask(server.port, NAME, "/", client_context()).status == 200


def test_an_acme_server_that_nobody_vouches_for_is_not_believed(
    start_tls: StartTls, pebble: Pebble
) -> None:
    settings = {**pebble.settings, "acme_ca_file": ""}
    server = start_tls(http_port=str(pebble.http_port), **settings)
    rest = server.client("apigateway")
    domain(rest, NAME, mock_api(rest))

    wait_until(lambda: "certificate not issued" in server.log.read_text(), 30)

    assert pebble.orders == 0


def test_an_account_is_bound_where_the_server_asks_for_it(
    start_tls: StartTls, tmp_path: Path
) -> None:
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    asking = start_pebble(tmp_path / "asking", free_port(), {"kid-1": key})
    try:
        unbound = start_tls(http_port=str(asking.http_port), **asking.settings)
        rest = unbound.client("apigateway")
        domain(rest, NAME, mock_api(rest))
        wait_until(lambda: "certificate not issued" in unbound.log.read_text(), 30)
        assert "externalAccount" in unbound.log.read_text()
        unbound.stop()

        binding = {"acme_eab_key_id": "kid-1", "acme_eab_hmac_key": key}
        server = start_tls(http_port=str(asking.http_port), **asking.settings, **binding)
        rest = server.client("apigateway")
        domain(rest, NAME, mock_api(rest))
        wait_until(lambda: served_names(server.port, NAME) == (NAME,), 30)
        wait_until(lambda: "certificate issued" in server.log.read_text(), 30)
        assert key not in server.log.read_text()
    finally:
        asking.stop()
