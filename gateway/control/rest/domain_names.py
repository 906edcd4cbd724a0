"""CreateDomainName, GetDomainName, GetDomainNames, UpdateDomainName, DeleteDomainName."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.account import certificates, domain_forms, domains
from gateway.control.account.domain_patches import PATCHES
from gateway.control.account.models import Domain
from gateway.control.changes import changes
from gateway.control.documents import refuse
from gateway.control.errors import ERRORS, Invalid
from gateway.control.rest.pages import page
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = {
    "certificateName": "certificates are known by their ARN or content; the name is only shown",
    "endpointConfiguration.ipAddressType": "the addresses on which the server listens decide",
    "ownershipVerificationCertificateArn": (
        "nothing checks who owns a name: whoever may create domains answers for it"
    ),
    "regionalCertificateName": "the name of a certificate is only shown",
}

family = OperationFamily("apigateway", errors=ERRORS, configured_only=CONFIGURED_ONLY)

UNSUPPORTED = {
    "policy": "private domain names need a VPC",
}
UPLOAD = ("certificateBody", "certificatePrivateKey", "certificateChain")


@changes(family, "CreateDomainName")
def create_domain_name(session: Session, call: Call, request: Input) -> Output:
    refuse(request, UNSUPPORTED)
    endpoint = request.get("endpointConfiguration") or {}
    refuse(endpoint, {"vpcEndpointIds": "there is no VPC"})
    if request.get("endpointAccessMode", "BASIC") != "BASIC":
        raise Invalid("endpointAccessMode STRICT is not supported")
    document = domain_forms.from_rest(request)
    private_key = _upload(call, document, request, request["domainName"].lower())
    domain = domains.create(session, call, request["domainName"], document, private_key)
    return domain_forms.present(domain)


@family.reads("GetDomainName")
def get_domain_name(session: Session, call: Call, request: Input) -> Output:
    domains.refuse_private(request)
    return domain_forms.present(domains.find(session, call, request["domainName"]))


@family.reads("GetDomainNames")
def get_domain_names(session: Session, call: Call, request: Input) -> Output:
    query = select(Domain).where(Domain.account == call.account, Domain.region == call.region)
    if request.get("resourceOwner") == "OTHER_ACCOUNTS":
        query = query.where(Domain.name == "")  # only private domains are shared
    return page(session, call, request, query, Domain.name, domain_forms.present)


@changes(family, "UpdateDomainName")
def update_domain_name(session: Session, call: Call, request: Input) -> Output:
    domains.refuse_private(request)
    domain = domains.find(session, call, request["domainName"], lock=True)
    members = PATCHES.apply(domain_forms.to_rest(domain.document), request)
    document = domain_forms.from_rest(members, domain.document)
    private_key = _upload(call, document, members, domain.name)
    if private_key is None:
        domains.keep_uploaded(document, domain.document)
    domains.put(session, call, domain, document, private_key)
    return domain_forms.present(domain)


@changes(family, "DeleteDomainName")
def delete_domain_name(session: Session, call: Call, request: Input) -> None:
    domains.refuse_private(request)
    domains.delete(session, domains.find(session, call, request["domainName"], lock=True))


def _upload(
    call: Call, document: dict[str, Any], members: Mapping[str, Any], name: str
) -> bytes | None:
    """The private key of a certificate that comes along; the rest joins the document."""
    given = {member: members[member] for member in UPLOAD if members.get(member)}
    if not given:
        return None
    if not {"certificateBody", "certificatePrivateKey"} <= given.keys():
        raise Invalid("A certificate needs both certificateBody and certificatePrivateKey")
    configured = document["DomainNameConfigurations"][0]
    if configured.get("CertificateArn"):
        raise Invalid("A certificate is given either by its ARN or by its content")
    now = call.kernel.clock.now()
    uploaded = certificates.read(
        given["certificateBody"],
        given["certificatePrivateKey"],
        given.get("certificateChain", ""),
        name,
        now,
    )
    document[domains.UPLOADED] = {"Body": uploaded.body, "Chain": uploaded.chain}
    configured["CertificateUploadDate"] = now.isoformat()
    return uploaded.private_key
