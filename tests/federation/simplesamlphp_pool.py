"""A pool whose people come from SimpleSAMLphp."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.federation.conftest import Downstream, Make
from tests.servers.simplesamlphp import SimpleSamlPhp

NAME = "School"

Arrange = Callable[..., Downstream]


@pytest.fixture
def arrange(make_downstream: Make, simplesamlphp: SimpleSamlPhp) -> Arrange:
    """A pool with SimpleSAMLphp as its provider, and its trust in the pool."""

    def make(details: dict[str, str] | None = None, **options: str) -> Downstream:
        downstream = make_downstream(
            NAME,
            "SAML",
            {"MetadataURL": simplesamlphp.metadata_address, **(details or {})},
            AttributeMapping={"email": "mail"},
        )
        certificates = {
            "certData": f"'{_encryption_certificate(downstream)}'",
            "redirect__validate": "false",
        }
        simplesamlphp.trust(
            f"urn:amazon:cognito:sp:{downstream.pool_id}",
            f"{downstream.application.server.url}/saml2/idpresponse",
            **{**certificates, **options},
        )
        return downstream

    return make


def _encryption_certificate(downstream: Downstream) -> str:
    described = downstream.cognito.describe_identity_provider(
        UserPoolId=downstream.pool_id, ProviderName=NAME
    )
    certificate: str = described["IdentityProvider"]["ProviderDetails"][
        "ActiveEncryptionCertificate"
    ]
    return certificate
