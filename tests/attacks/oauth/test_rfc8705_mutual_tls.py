"""Mutual TLS for machines (RFC 8705): who comes in by the listener of its own."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import ssl
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from tests.servers.authority import Authority, Certificate
from tests.servers.run import free_port
from tests.servers.tls_poolgate import TlsPoolgate, client_context, start_tls

__all__ = ["start_tls"]

CLIENTS, OTHERS = Authority("Clients"), Authority("Others")
ENDED_BY_SERVER = (ssl.SSLError, ConnectionResetError, BrokenPipeError)
"""How a client sees that the handshake failed: by an alert, where it arrives before the end."""


class Machines:
    """A server with a client that has a certificate."""

    def __init__(self, server: TlsPoolgate, port: int, folder: Path) -> None:
        self.server, self.port, self.folder = server, port, folder
        cognito = server.client("cognito-idp")
        self.pool_id = cognito.create_user_pool(PoolName="machines")["UserPool"]["Id"]
        cognito.create_resource_server(
            UserPoolId=self.pool_id,
            Identifier="orders",
            Name="orders",
            Scopes=[{"ScopeName": "read", "ScopeDescription": "Read orders"}],
        )
        made = cognito.create_user_pool_client(
            UserPoolId=self.pool_id,
            ClientName="machine",
            GenerateSecret=True,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=["orders/read"],
        )["UserPoolClient"]
        self.client_id, self.secret = made["ClientId"], made["ClientSecret"]
        self.register()

    def register(self, **metadata: Any) -> None:
        document = {
            "token_endpoint_auth_method": "tls_client_auth",
            "tls_client_auth_subject_dn": "CN=alice,O=Tests",
            "tls_client_certificate_bound_access_tokens": True,
            **metadata,
        }
        program = Path(sys.executable).with_name("poolgate")
        subprocess.run(
            [
                program,
                "clients",
                "oauth",
                f"--instance={self.server.instance}",
                self.client_id,
                "-",
            ],
            input=json.dumps(document),
            text=True,
            check=True,
            capture_output=True,
            timeout=60,
        )

    def context(self, certificate: Certificate | None) -> ssl.SSLContext:
        return client_context(certificate, self.folder)

    def ask(
        self,
        certificate: Certificate | None,
        path: str = "/oauth2/token",
        *,
        port: int | None = None,
        headers: dict[str, str] | None = None,
        **form: str,
    ) -> tuple[int, Any]:
        connection = http.client.HTTPSConnection(
            "localhost", port or self.port, timeout=10, context=self.context(certificate)
        )
        given = {"client_id": self.client_id, "grant_type": "client_credentials", **form}
        fields = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        with closing(connection):
            connection.request("POST", path, urlencode(given), fields)
            answer = connection.getresponse()
            body = answer.read()
        return answer.status, json.loads(body) if body else None


@pytest.fixture
def machines(start_tls: Callable[..., TlsPoolgate], tmp_path: Path) -> Machines:
    port = free_port()
    authorities = CLIENTS.write(tmp_path / "clients.pem")
    server = start_tls(mtls_port=str(port), mtls_client_ca=str(authorities))
    return Machines(server, port, tmp_path)


def thumbprint(certificate: Certificate) -> str:
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.chain)).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_rfc8705_who_comes_in(machines: Machines) -> None:
    """One server for all of it: to start one takes long."""
    alice = CLIENTS.client("alice")

    # §2.1, §3: the certificate authenticates the client, and its token is bound to it.
    status, tokens = machines.ask(alice)
    assert status == 200, tokens
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["cnf"] == {"x5t#S256": thumbprint(alice)}
    status, told = machines.ask(alice, "/oauth2/introspect", token=tokens["access_token"])
    assert (status, told["active"]) == (200, True)

    # Another name of the same authority is another client.
    assert machines.ask(CLIENTS.client("mallory")) == (400, {"error": "invalid_client"})
    # The same name of another authority, and no certificate, end in the handshake.
    for stranger in (OTHERS.client("alice"), None, CLIENTS.client("alice", days=-1)):
        with pytest.raises(ENDED_BY_SERVER) as ended:
            machines.ask(stranger)
        assert not isinstance(ended.value, ssl.SSLCertVerificationError)
    assert machines.ask(alice)[0] == 200

    # At the ordinary port there is no certificate, whatever the headers say.
    own = machines.server.port
    encoded = base64.b64encode(ssl.PEM_cert_to_DER_cert(alice.chain)).decode()
    for name in ("X-Client-Cert", "X-SSL-Client-Cert", "Client-Cert", "X-Forwarded-Client-Cert"):
        headers = {name: f":{encoded}:", "X-SSL-Client-S-DN": "CN=alice,O=Tests"}
        refused = machines.ask(alice, port=own, headers=headers)
        assert refused == (400, {"error": "invalid_client"})
    # The secret is no way around, at neither port.
    basic = base64.b64encode(f"{machines.client_id}:{machines.secret}".encode()).decode()
    for port, certificate in ((own, None), (machines.port, alice)):
        with_secret = machines.ask(
            certificate, port=port, headers={"Authorization": f"Basic {basic}"}
        )
        assert with_secret == (401, {"error": "invalid_client"})

    # Nothing but the endpoints of machines is served there.
    for path in ("/", "/login", "/oauth2/authorize", "/health", f"/{machines.pool_id}/x"):
        assert machines.ask(alice, path)[0] == 404

    # §5: the metadata says where it is.
    connection = http.client.HTTPSConnection(
        "localhost", own, timeout=10, context=machines.context(None)
    )
    with closing(connection):
        connection.request("GET", f"/{machines.pool_id}/.well-known/openid-configuration")
        described = json.loads(connection.getresponse().read())
    alias = described["mtls_endpoint_aliases"]["token_endpoint"]
    assert alias == f"https://localhost:{machines.port}/oauth2/token"
    assert "tls_client_auth" in described["token_endpoint_auth_methods_supported"]
    assert described["tls_client_certificate_bound_access_tokens"] is True
