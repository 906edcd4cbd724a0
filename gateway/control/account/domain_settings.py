"""What a custom domain may set. Pure rules over a document by apigatewayv2's names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.control.account import trust_stores
from gateway.control.documents import Document
from gateway.control.errors import Invalid, unsupported
from kernel.tls.policies import POLICIES

MAPPINGS_ONLY = "API_MAPPING_ONLY"
RULES_ONLY = "ROUTING_RULE_ONLY"
ROUTING_MODES = (MAPPINGS_ONLY, RULES_ONLY, "ROUTING_RULE_THEN_API_MAPPING")
SECURITY_POLICIES = tuple(POLICIES)
HTTP_POLICIES = ("TLS_1_2",)
"""Those that apigatewayv2 has a name for: it is not shown the others."""
ENDPOINT_TYPES = ("REGIONAL", "EDGE")
GIVEN = (
    "CertificateArn",
    "CertificateName",
    "EndpointType",
    "IpAddressType",
    "OwnershipVerificationCertificateArn",
    "SecurityPolicy",
)
SAID_BY_SERVER = (
    "ApiGatewayDomainName",
    "CertificateUploadDate",
    "DomainNameStatus",
    "DomainNameStatusMessage",
    "HostedZoneId",
)
"""Clients send these back as they were shown; they change nothing."""
DEFAULTS: Document = {
    "DomainNameStatus": "AVAILABLE",
    "EndpointType": "REGIONAL",
    "IpAddressType": "ipv4",
    "SecurityPolicy": "TLS_1_2",
}
_ARN = re.compile(r"arn:aws[a-z-]*:(acm|iam):[a-z0-9-]*:\d{12}:[A-Za-z0-9/_+=,.@-]{1,512}")


def configuration(given: Mapping[str, Any], present: Mapping[str, Any] | None = None) -> Document:
    """A domain name configuration with what is given, what was there, and the defaults.

    What is not given goes, but for the security policy: whoever does not know of TLS 1.3 alone, as
    apigatewayv2 does not, shall not open a domain to TLS 1.2 by changing something else.
    """
    kept = (*SAID_BY_SERVER, "SecurityPolicy")
    said = {each: present[each] for each in kept if present and each in present}
    return {**DEFAULTS, **said, **{each: given[each] for each in GIVEN if given.get(each)}}


def require_settings(document: Mapping[str, Any]) -> None:
    """Refuse what no domain can be set to. Raises `Invalid`."""
    configurations = document.get("DomainNameConfigurations") or []
    if len(configurations) != 1:
        raise Invalid("A domain name has exactly one configuration")
    _require_configuration(configurations[0])
    if document.get("RoutingMode", MAPPINGS_ONLY) not in ROUTING_MODES:
        raise Invalid(f"RoutingMode must be one of {', '.join(ROUTING_MODES)}")
    mutual = document.get("MutualTlsAuthentication")
    if mutual is not None:
        _require_mutual_tls(mutual, configurations[0])


def _require_configuration(given: Mapping[str, Any]) -> None:
    for member in ("CertificateArn", "OwnershipVerificationCertificateArn"):
        if member in given and not _ARN.fullmatch(given[member]):
            raise Invalid(f"{member} must be the ARN of a certificate")
    if given["EndpointType"] not in ENDPOINT_TYPES:
        raise unsupported(f"EndpointType {given['EndpointType']}", "there is no VPC")
    if given["IpAddressType"] not in {"ipv4", "dualstack"}:
        raise Invalid("IpAddressType must be ipv4 or dualstack")
    if len(given.get("CertificateName", "")) > 128:
        raise Invalid("CertificateName must have at most 128 characters")
    if given["SecurityPolicy"] == "TLS_1_0":
        raise unsupported("SecurityPolicy TLS_1_0", "nothing older than TLS 1.2 is spoken")
    if given["SecurityPolicy"] not in SECURITY_POLICIES:
        policies = ", ".join(SECURITY_POLICIES)
        raise unsupported(f"SecurityPolicy {given['SecurityPolicy']}", f"use one of {policies}")


def _require_mutual_tls(mutual: Mapping[str, Any], configured: Mapping[str, Any]) -> None:
    if configured["EndpointType"] != "REGIONAL":
        raise Invalid("Mutual TLS needs a regional domain name")
    trust_stores.require_place(mutual.get("TruststoreUri", ""), mutual.get("TruststoreVersion", ""))
