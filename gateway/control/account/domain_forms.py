"""A custom domain's document, by apigatewayv2's names, in the form of apigateway, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.control.account import domains
from gateway.control.account.domain_settings import MAPPINGS_ONLY, configuration
from gateway.control.account.models import Domain
from gateway.control.documents import Document
from gateway.control.errors import Invalid, unsupported
from kernel.aws.operations import Output

ROUTING_MODES = {
    "BASE_PATH_MAPPING_ONLY": MAPPINGS_ONLY,
    "ROUTING_RULE_ONLY": "ROUTING_RULE_ONLY",
    "ROUTING_RULE_THEN_BASE_PATH_MAPPING": "ROUTING_RULE_THEN_API_MAPPING",
}
CERTIFICATES = {
    "EDGE": ("certificateArn", "certificateName"),
    "REGIONAL": ("regionalCertificateArn", "regionalCertificateName"),
}
"""The members that name the certificate of each endpoint type."""
_MODES_BACK = {theirs: ours for ours, theirs in ROUTING_MODES.items()}


def to_rest(document: Mapping[str, Any]) -> Document:
    """The members of apigateway that patches change and that are shown."""
    configured = document["DomainNameConfigurations"][0]
    arn, name = CERTIFICATES[configured["EndpointType"]]
    mutual = document.get("MutualTlsAuthentication")
    members = {
        arn: configured.get("CertificateArn"),
        name: configured.get("CertificateName"),
        "endpointConfiguration": {
            "types": [configured["EndpointType"]],
            "ipAddressType": configured["IpAddressType"],
        },
        "mutualTlsAuthentication": _lowered(mutual) if mutual else None,
        "ownershipVerificationCertificateArn": configured.get(
            "OwnershipVerificationCertificateArn"
        ),
        "routingMode": _MODES_BACK[document.get("RoutingMode", MAPPINGS_ONLY)],
        "securityPolicy": configured["SecurityPolicy"],
        "tags": document.get("Tags") or None,
    }
    return {member: value for member, value in members.items() if value is not None}


def from_rest(members: Mapping[str, Any], present: Mapping[str, Any] | None = None) -> Document:
    """A document out of apigateway's members; `present` is the one that they replace.

    Raises `Invalid` for members that contradict each other.
    """
    endpoint = members.get("endpointConfiguration") or {}
    types = endpoint.get("types") or ["EDGE"]
    if len(types) != 1:
        raise Invalid("A domain name has exactly one endpoint type")
    if types[0] not in CERTIFICATES:
        raise unsupported(f"The endpoint type {types[0]}", "there is no VPC")
    arn, name = CERTIFICATES[types[0]]
    for kind, others in CERTIFICATES.items():
        if kind != types[0] and any(map(members.get, others)):
            raise Invalid(f"{others[0]} does not belong to the endpoint type {types[0]}")
    given = {
        "CertificateArn": members.get(arn),
        "CertificateName": members.get(name),
        "EndpointType": types[0],
        "IpAddressType": endpoint.get("ipAddressType"),
        "OwnershipVerificationCertificateArn": members.get("ownershipVerificationCertificateArn"),
        "SecurityPolicy": members.get("securityPolicy"),
    }
    before = present["DomainNameConfigurations"][0] if present else None
    return _whole(members, configuration(given, before))


def _whole(members: Mapping[str, Any], configured: Document) -> Document:
    mutual = members.get("mutualTlsAuthentication") or {}
    document: Document = {
        "DomainNameConfigurations": [configured],
        "RoutingMode": _routing_mode(members.get("routingMode") or "BASE_PATH_MAPPING_ONLY"),
        "Tags": members.get("tags") or {},
    }
    if mutual and "truststoreUri" not in mutual:
        raise Invalid("mutualTlsAuthentication needs a truststoreUri")
    if mutual.get("truststoreUri"):
        document["MutualTlsAuthentication"] = {
            "TruststoreUri": mutual["truststoreUri"],
            **(
                {"TruststoreVersion": mutual["truststoreVersion"]}
                if mutual.get("truststoreVersion")
                else {}
            ),
        }
    return document


def present(domain: Domain) -> Output:
    """A domain as apigateway shows it."""
    configured = domain.document["DomainNameConfigurations"][0]
    is_edge = configured["EndpointType"] == "EDGE"
    shown = {
        "tags": {},
        **to_rest(domain.document),
        "domainName": domain.name,
        "domainNameArn": domains.arn_of(domain),
        "domainNameStatus": configured["DomainNameStatus"],
        "distributionDomainName" if is_edge else "regionalDomainName": configured[
            "ApiGatewayDomainName"
        ],
    }
    if message := configured.get("DomainNameStatusMessage"):
        shown["domainNameStatusMessage"] = message
    uploaded = configured.get("CertificateUploadDate")
    return shown | ({"certificateUploadDate": datetime.fromisoformat(uploaded)} if uploaded else {})


def _routing_mode(name: str) -> str:
    if name not in ROUTING_MODES:
        raise Invalid(f"routingMode must be one of {', '.join(ROUTING_MODES)}")
    return ROUTING_MODES[name]


def _lowered(members: Mapping[str, Any]) -> Document:
    return {f"{name[0].lower()}{name[1:]}": value for name, value in members.items()}
