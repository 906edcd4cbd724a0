"""CreateDomainName, GetDomainName, GetDomainNames, UpdateDomainName, DeleteDomainName."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.account import domains
from gateway.control.account.domain_settings import MAPPINGS_ONLY, configuration
from gateway.control.account.domain_tls import TRUST_STORE_MEMBERS
from gateway.control.account.models import Domain
from gateway.control.changes import changes
from gateway.control.errors import ERRORS, Exceeded, Invalid
from gateway.control.pages import page
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = {
    "DomainNameConfigurations.CertificateName": "the name of a certificate is only shown",
    "DomainNameConfigurations.IpAddressType": ("the addresses on which the server listens decide"),
    "DomainNameConfigurations.OwnershipVerificationCertificateArn": (
        "nothing checks who owns a name: whoever may create domains answers for it"
    ),
}

family = OperationFamily(
    "apigatewayv2",
    errors={**ERRORS, Exceeded: "BadRequestException"},
    configured_only=CONFIGURED_ONLY,
)


@changes(family, "CreateDomainName")
def create_domain_name(session: Session, call: Call, request: Input) -> Output:
    document = {
        "DomainNameConfigurations": _configurations(request, None),
        "RoutingMode": request.get("RoutingMode") or MAPPINGS_ONLY,
        "Tags": request.get("Tags") or {},
        **_mutual_tls(request.get("MutualTlsAuthentication")),
    }
    return domains.present(domains.create(session, call, request["DomainName"], document))


@family.reads("GetDomainName")
def get_domain_name(session: Session, call: Call, request: Input) -> Output:
    return domains.present(domains.find(session, call, request["DomainName"]))


@family.reads("GetDomainNames")
def get_domain_names(session: Session, call: Call, request: Input) -> Output:
    query = select(Domain).where(Domain.account == call.account, Domain.region == call.region)
    return page(session, call, request, query, Domain.name, domains.present)


@changes(family, "UpdateDomainName")
def update_domain_name(session: Session, call: Call, request: Input) -> Output:
    domain = domains.find(session, call, request["DomainName"], lock=True)
    document = dict(domain.document)
    if request.get("DomainNameConfigurations"):
        document["DomainNameConfigurations"] = _configurations(request, domain)
        document.pop(domains.UPLOADED, None)
        domains.keep_uploaded(document, domain.document)
    if request.get("RoutingMode"):
        document["RoutingMode"] = request["RoutingMode"]
    if request.get("MutualTlsAuthentication"):
        before = document.pop("MutualTlsAuthentication", {})
        document |= _mutual_tls({**before, **request["MutualTlsAuthentication"]})
    domains.put(session, call, domain, document)
    return domains.present(domain)


@changes(family, "DeleteDomainName")
def delete_domain_name(session: Session, call: Call, request: Input) -> None:
    domains.delete(session, domains.find(session, call, request["DomainName"], lock=True))


def _configurations(request: Input, domain: Domain | None) -> list[dict[str, Any]]:
    given = request.get("DomainNameConfigurations") or [{}]
    if len(given) != 1:
        raise Invalid("A domain name has exactly one configuration")
    present = domain.document["DomainNameConfigurations"][0] if domain else None
    return [configuration(given[0], present)]


def _mutual_tls(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """An empty TruststoreUri turns mutual TLS off, a missing one does not. Raises `Invalid`."""
    if not given or given.get("TruststoreUri") == "":
        return {}
    if "TruststoreUri" not in given:
        raise Invalid("MutualTlsAuthentication needs a TruststoreUri")
    members = {each: given[each] for each in TRUST_STORE_MEMBERS if given.get(each)}
    return {"MutualTlsAuthentication": members}
