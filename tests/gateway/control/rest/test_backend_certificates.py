"""A stage's client certificate, by which its backends know the gateway."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from gateway.control.account import client_certificates
from gateway.snapshot import SnapshotHolder
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree
from tests.gateway.plane import Plane


@pytest.fixture
def plane(tokens: Any, caller: Caller):
    made = Plane(tokens)
    kernel = caller.kernel
    made.pool.tls.certificates = client_certificates.loading(kernel.database, kernel.sealer)
    yield made
    made.pool.close()


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_a_backend_that_takes_the_gateway_alone_is_reached_with_the_stages_certificate(
    kind: str, secure_nginx, caller: Caller, plane: Plane, served: SnapshotHolder, serve, tmp_path
) -> None:
    """As "Generate and configure an SSL certificate for backend authentication using API Gateway"
    (developer guide) has a backend set up."""
    made = caller.rest("GenerateClientCertificate")
    trusted = tmp_path / "gateway.pem"
    trusted.write_text(made["pemEncodedCertificate"])
    tree = _deployed(caller, kind, secure_nginx(_only(str(trusted))))
    server = serve(plane.app)

    def get() -> Any:
        plane.holder.swap(served.current)
        return server.get(f"/execute-api/{tree.api}/dev/")

    assert get().status == (400 if kind == "HTTP_PROXY" else 500), "nginx asks for a certificate"
    given = ("replace", "/clientCertificateId", made["clientCertificateId"])
    tree.patch("UpdateStage", given, stageName="dev")
    answer = get()
    assert answer.status == 200
    assert answer.body.decode().split(" ")[2] == _fingerprint(made["pemEncodedCertificate"])


def _only(trusted: str) -> str:
    return f"ssl_verify_client on; ssl_client_certificate {trusted};"


def _deployed(caller: Caller, kind: str, url: str) -> Tree:
    tree = Tree.planted(caller)
    method = tree.method()
    method(
        "PutIntegration",
        type=kind,
        integrationHttpMethod="GET",
        uri=url,
        tlsConfig={"insecureSkipVerification": True},
    )
    if kind == "HTTP":
        method("PutMethodResponse", statusCode="200")
        method("PutIntegrationResponse", statusCode="200", selectionPattern="200")
    tree("CreateDeployment", stageName="dev")
    return tree


def _fingerprint(pem: str) -> str:
    """nginx's `$ssl_client_fingerprint`."""
    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA1()).hex()  # noqa: S303 - nginx's
