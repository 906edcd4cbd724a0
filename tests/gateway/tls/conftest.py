"""A server with TLS, which the tests of a module share, and an API on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.tls_poolgate import TlsPoolgate, mock_api

IDENTITY = (
    '{"subject": "$context.identity.clientCert.subjectDN",'
    ' "issuer": "$context.identity.clientCert.issuerDN",'
    ' "serial": "$context.identity.clientCert.serialNumber",'
    ' "until": "$context.identity.clientCert.validity.notAfter",'
    ' "pem": "$util.escapeJavaScript($context.identity.clientCert.clientCertPem)"}'
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsPoolgate]:
    made = TlsPoolgate(tmp_path_factory.mktemp("tls") / "instance")
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def rest(server: TlsPoolgate) -> Any:
    return server.client("apigateway")


@pytest.fixture(scope="module")
def api_id(rest: Any) -> str:
    """Its `/` says who the client is."""
    return mock_api(rest, IDENTITY)
