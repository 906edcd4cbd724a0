from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account import client_certificates
from gateway.control.account.models import CLIENT_CERTIFICATE, AccountPart
from gateway.control.errors import Exceeded, Invalid, Missing
from gateway.control.models import Stage
from tests.gateway.control.account.requests import patch
from tests.gateway.control.caller import NOON, Caller


def test_a_certificate_is_real_and_good_for_a_year(rest: Caller) -> None:
    made = rest("GenerateClientCertificate", description="ours", tags={"a": "b"})

    certificate = x509.load_pem_x509_certificate(made["pemEncodedCertificate"].encode())
    assert certificate.not_valid_after_utc == made["expirationDate"] == NOON + timedelta(days=365)
    assert certificate.public_key().key_size == 2048
    assert (made["description"], made["tags"]) == ("ours", {"a": "b"})
    assert rest("GetClientCertificate", clientCertificateId=made["clientCertificateId"]) == made
    assert rest("GetClientCertificates") == {"items": [made]}


def test_its_key_is_sealed_and_opens_for_its_owner_alone(rest: Caller) -> None:
    made = rest("GenerateClientCertificate")["clientCertificateId"]
    kernel, owner = rest.kernel, (rest.account, rest.region)

    part = kernel.database.read(
        lambda session: session.get(AccountPart, (*owner, CLIENT_CERTIFICATE, made))
    )
    assert b"PRIVATE KEY" not in part.sealed
    assert "PRIVATE KEY" not in repr(part.document)

    def load(account: str) -> client_certificates.Made | None:
        return kernel.database.read(
            client_certificates.load, kernel.sealer, account, rest.region, made
        )

    loaded = load(rest.account)
    assert loaded is not None
    key = serialization.load_pem_private_key(loaded.private_key, None)
    certificate = x509.load_pem_x509_certificate(loaded.certificate)
    assert certificate.public_key() == key.public_key()
    assert load("111111111111") is None


def test_its_description_can_be_changed(rest: Caller) -> None:
    made = rest("GenerateClientCertificate")["clientCertificateId"]

    changed = rest(
        "UpdateClientCertificate",
        clientCertificateId=made,
        patchOperations=[patch("/description", "theirs")],
    )

    assert changed["description"] == "theirs"
    with pytest.raises(Invalid):
        rest(
            "UpdateClientCertificate",
            clientCertificateId=made,
            patchOperations=[patch("/pemEncodedCertificate", "x")],
        )


def test_one_that_a_stage_uses_is_not_deleted(rest: Caller, api_id: str) -> None:
    made = rest("GenerateClientCertificate")["clientCertificateId"]

    def use(session: Session, document: dict[str, str]) -> None:
        stage = session.get(Stage, (api_id, "prod"))
        assert stage is not None
        stage.document = document

    rest.kernel.database.write(use, {"clientCertificateId": made})
    with pytest.raises(Invalid, match="is used by the stage prod"):
        rest("DeleteClientCertificate", clientCertificateId=made)
    rest.kernel.database.write(use, {})

    rest("DeleteClientCertificate", clientCertificateId=made)

    for operation in ("GetClientCertificate", "DeleteClientCertificate"):
        with pytest.raises(Missing):
            rest(operation, clientCertificateId=made)


def test_an_account_has_a_quota_of_them(rest: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "CLIENT_CERTIFICATES_PER_ACCOUNT_AND_REGION", 0)

    with pytest.raises(Exceeded):
        rest("GenerateClientCertificate")
