"""GenerateClientCertificate, GetClientCertificate, GetClientCertificates,
UpdateClientCertificate, DeleteClientCertificate."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from gateway.control.account import client_certificates
from gateway.control.account.finding import find_part, parts_of
from gateway.control.account.models import CLIENT_CERTIFICATE, AccountPart
from gateway.control.documents import require_storable
from gateway.control.errors import ERRORS, Invalid
from gateway.control.rest.pages import page
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Input, OperationFamily, Output
from kernel.threads import compute

family = OperationFamily("apigateway", errors=ERRORS)


@family.operation("GenerateClientCertificate")
def generate_client_certificate(call: Call, request: Input) -> Output:
    require_storable(request)
    require_tags(request.get("tags") or {})
    if len(request.get("description") or "") > 1024:
        raise Invalid("description should be at most 1024 characters")
    now = call.kernel.clock.now()
    now -= timedelta(microseconds=now.microsecond)
    made = compute(client_certificates.make, now)
    part = call.kernel.database.write(client_certificates.store, call, request, made, now)
    return client_certificates.present(part)


@family.reads("GetClientCertificate")
def get_client_certificate(session: Session, call: Call, request: Input) -> Output:
    return client_certificates.present(_find(session, call, request))


@family.reads("GetClientCertificates")
def get_client_certificates(session: Session, call: Call, request: Input) -> Output:
    query = parts_of(call, CLIENT_CERTIFICATE)
    present = client_certificates.present
    return page(session, call, request, query, AccountPart.id, present)


@family.writes("UpdateClientCertificate")
def update_client_certificate(session: Session, call: Call, request: Input) -> Output:
    require_storable(request)
    part = _find(session, call, request, lock=True)
    part.document = client_certificates.PATCHES.apply(part.document, request)
    return client_certificates.present(part)


@family.writes("DeleteClientCertificate")
def delete_client_certificate(session: Session, call: Call, request: Input) -> None:
    client_certificates.delete(session, call, request["clientCertificateId"])


def _find(session: Session, call: Call, request: Input, *, lock: bool = False) -> AccountPart:
    wanted = request["clientCertificateId"]
    return find_part(session, call, CLIENT_CERTIFICATE, wanted, lock=lock)
