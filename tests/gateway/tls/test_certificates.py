"""Which certificate a name is served with: files, uploads, the server's own."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import pytest

from tests.servers.tls_poolgate import (
    ARN,
    TlsPoolgate,
    ask,
    client_context,
    connect,
    domain,
    exchange,
    mock_api,
    serial_of,
    served_names,
    served_serial,
)
from tests.waiting import wait_until


def test_a_name_is_served_by_its_own_pair_before_a_wildcard(server: TlsPoolgate) -> None:
    server.authority.server("*.example.net").write(server.certificates, "_.example.net")
    server.authority.server("shop.example.net").write(server.certificates, "shop.example.net")

    assert served_names(server.port, "shop.example.net") == ("shop.example.net",)
    assert served_names(server.port, "SHOP.example.net") == ("shop.example.net",)
    assert served_names(server.port, "other.example.net") == ("*.example.net",)


@pytest.mark.parametrize("name", [None, "deep.other.example.net", "unknown.example.org", "a..b"])
def test_other_names_get_the_servers_own_certificate(server: TlsPoolgate, name: str | None) -> None:
    assert served_names(server.port, name and name.replace("..", ".")) == ("localhost",)


def test_a_domain_is_served_by_what_its_arn_means(
    server: TlsPoolgate, rest: Any, api_id: str
) -> None:
    pair = server.authority.server("arn.example.com").write(server.certificates, "f00-ba7")
    domain(rest, "arn.example.com", api_id, regionalCertificateArn=f"{ARN}f00-ba7")

    assert served_serial(server.port, "arn.example.com") == serial_of(pair)
    assert ask(server.port, "arn.example.com", "/").status == 200


def test_an_uploaded_certificate_serves_and_its_key_is_nowhere_in_the_instance(
    server: TlsPoolgate, rest: Any, api_id: str
) -> None:
    pair = server.authority.server("*.up.example.com")
    domain(
        rest,
        "*.up.example.com",
        api_id,
        certificateBody=pair.chain,
        certificatePrivateKey=pair.private_key,
    )

    assert served_serial(server.port, "any.up.example.com") == serial_of(pair)
    assert ask(server.port, "any.up.example.com", "/").status == 200
    secret = pair.private_key.splitlines()[1].encode()
    for file in server.instance.rglob("*"):
        assert not file.is_file() or secret not in file.read_bytes()


def test_a_new_pair_of_files_serves_at_once_and_open_connections_go_on(
    server: TlsPoolgate,
) -> None:
    server.authority.server("new.example.com").write(server.certificates, "new.example.com")
    with connect(server.port, "new.example.com") as before:
        assert exchange(before, "localhost", "/health").status == 200
        pair = server.authority.server("new.example.com")
        pair.write(server.certificates, "new.example.com")

        wait_until(lambda: served_serial(server.port, "new.example.com") == serial_of(pair), 1)

        assert exchange(before, "localhost", "/health").status == 200


def test_a_broken_pair_leaves_the_one_before(server: TlsPoolgate) -> None:
    pair = server.authority.server("old.example.com").write(server.certificates, "old.example.com")
    assert served_serial(server.port, "old.example.com") == serial_of(pair)

    (server.certificates / "old.example.com.crt").write_text("nonsense")

    assert served_serial(server.port, "old.example.com") == serial_of(pair)
    assert "certificate not served" in server.log.read_text()


def test_the_security_policy_of_a_domain_holds(server: TlsPoolgate, rest: Any, api_id: str) -> None:
    domain(rest, "strict.example.com", api_id, securityPolicy="SecurityPolicy_TLS13_1_3_2025_09")
    tls_1_2 = client_context(most=ssl.TLSVersion.TLSv1_2)

    assert ask(server.port, "strict.example.com", "/").status == 200
    with pytest.raises(ssl.SSLError, match="version"):
        ask(server.port, "strict.example.com", "/", tls_1_2)
    assert ask(server.port, "localhost", "/health", tls_1_2).status == 200


def test_all_workers_serve_an_upload_within_a_second(
    start_tls: Callable[..., TlsPoolgate],
) -> None:
    server = start_tls("--workers", "2")
    rest = server.client("apigateway")
    api_id = mock_api(rest)
    first, second = (server.authority.server("api.example.com") for _ in range(2))
    domain(
        rest,
        "api.example.com",
        api_id,
        certificateBody=first.chain,
        certificatePrivateKey=first.private_key,
    )
    with connect(server.port, "api.example.com") as open_before:
        rest.update_domain_name(
            domainName="api.example.com",
            patchOperations=[
                {"op": "replace", "path": "/certificateBody", "value": second.chain},
                {"op": "replace", "path": "/certificatePrivateKey", "value": second.private_key},
            ],
        )

        def all_serve_it() -> bool:
            served = {served_serial(server.port, "api.example.com") for _ in range(12)}
            return served == {serial_of(second)}

        wait_until(all_serve_it, 2)
        assert exchange(open_before, "api.example.com", "/").status == 200
