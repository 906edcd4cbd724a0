"""Custom domain names, which both planes show: `document` is by the names of apigatewayv2.

A name is an address, so it belongs to one account, and none may take those of this server. What a
certificate that was uploaded holds is in the document under `UploadedCertificate` (`Body`,
`Chain`), its private key is sealed: `private_key_of` opens it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import raised_quotas
from gateway.control import repository
from gateway.control.account import acme_parts, trust_stores
from gateway.control.account.domain_settings import HTTP_POLICIES, require_settings
from gateway.control.account.domain_tls import (
    TRUST_STORE,
    keep_trust_store,
    require_held_certificate,
)
from gateway.control.account.finding import require_room
from gateway.control.account.host_names import OtherHosts
from gateway.control.account.models import Domain
from gateway.control.documents import Document
from gateway.control.errors import Conflicting, Invalid, Missing
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Output
from kernel.sealing import Sealer

UPLOADED = "UploadedCertificate"
_HIDDEN = frozenset({UPLOADED, TRUST_STORE})
_NAME = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_OURS = frozenset({"auth", "execute-api"})

PURPOSE = "gateway domain"
NO_CERTIFICATE = (
    "No certificate was named: files of this name serve, or what ACME issues, or else the server's "
    "own certificate"
)
"""The status message of such a domain. It is AVAILABLE: that says that it "can be updated"
(DomainName$domainNameStatus)."""


def create(
    session: Session, call: Call, name: str, document: Document, private_key: bytes | None = None
) -> Domain:
    """A new domain. Raises `Invalid`, `Conflicting` and `Exceeded`."""
    name = name.lower()
    _require_name(session, call, name)
    if session.get(Domain, name) is not None:
        raise Conflicting("The domain name you provided already exists.")
    _require_nobody_elses(session, call, name)
    most = raised_quotas.most("custom_domains_per_account", call.kernel.settings)
    require_room(session, call, Domain, most, "custom domain names")
    require_tags(document.get("Tags", {}))
    domain = Domain(
        name=name,
        account=call.account,
        region=call.region,
        document={},
        created=call.kernel.clock.now(),
    )
    label = call.kernel.randomness.text(10, repository.ID_ALPHABET)
    target = f"d-{label}.execute-api.{_server(call)}"
    document["DomainNameConfigurations"][0]["ApiGatewayDomainName"] = target
    put(session, call, domain, document, private_key)
    session.add(domain)
    return domain


def put(
    session: Session,
    call: Call,
    domain: Domain,
    document: Document,
    private_key: bytes | None = None,
) -> None:
    """Store settings that are whole. Raises `Invalid`."""
    require_settings(document)
    require_held_certificate(call, domain, document)
    keep_trust_store(session, call, domain, document)
    configured = document["DomainNameConfigurations"][0]
    configured.pop("DomainNameStatusMessage", None)
    if UPLOADED not in document and not configured.get("CertificateArn"):
        configured["DomainNameStatusMessage"] = NO_CERTIFICATE
    domain.document = document
    if UPLOADED not in document:
        domain.sealed = None
    elif private_key is not None:
        domain.sealed = call.kernel.sealer.seal(private_key, _purpose(domain.name))


def delete(session: Session, domain: Domain) -> None:
    """Remove a domain, and what is kept for it alone."""
    trust_stores.forget(session, domain.name)
    acme_parts.forget(session, domain.name)
    session.delete(domain)


def keep_uploaded(document: Document, present: Mapping[str, Any]) -> None:
    """Go on with a certificate that was uploaded, unless another one is named by its ARN."""
    configured = document["DomainNameConfigurations"][0]
    if configured.get("CertificateArn"):
        configured.pop("CertificateUploadDate", None)
    elif UPLOADED in present:
        document[UPLOADED] = present[UPLOADED]


def find(session: Session, call: Call, name: str, *, lock: bool = False) -> Domain:
    """The caller's domain. Raises `Missing`."""
    if len(name) > 512 or not name.isascii() or not name.isprintable():
        raise _unknown()
    domain = session.get(Domain, name.lower(), with_for_update=lock or None)
    if domain is None or (domain.account, domain.region) != (call.account, call.region):
        raise _unknown()
    return domain


def refuse_private(request: Mapping[str, Any]) -> None:
    """Refuse the id that only private domains have, under either plane's name for it."""
    if request.get("domainNameId") or request.get("DomainNameId"):
        raise Invalid("Private custom domain names are not supported: there is no VPC")


def private_key_of(sealer: Sealer, domain: Domain) -> bytes | None:
    """The private key of an uploaded certificate, in PEM. Raises `Unsealable`."""
    return None if domain.sealed is None else sealer.open(domain.sealed, _purpose(domain.name))


def arn_of(domain: Domain) -> str:
    return f"arn:aws:apigateway:{domain.region}::/domainnames/{domain.name}"


def present(domain: Domain) -> Output:
    """A domain as apigatewayv2 shows it."""
    document = {key: value for key, value in domain.document.items() if key not in _HIDDEN}
    configurations = [dict(each) for each in document["DomainNameConfigurations"]]
    for each in configurations:
        if each["SecurityPolicy"] not in HTTP_POLICIES:
            del each["SecurityPolicy"]
        if "CertificateUploadDate" in each:
            each["CertificateUploadDate"] = datetime.fromisoformat(each["CertificateUploadDate"])
    return {
        "Tags": {},
        **document,
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainName": domain.name,
        "DomainNameArn": arn_of(domain),
        "DomainNameConfigurations": configurations,
    }


def _require_name(session: Session, call: Call, name: str) -> None:
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise Invalid("The domain name must be a host name such as api.example.com")
    if is_of_server(name, _server(call)) or OtherHosts.of(call.kernel).is_taken(session, name):
        raise Invalid(f"{name} belongs to this server")


def _require_nobody_elses(session: Session, call: Call, name: str) -> None:
    """Refuse a name below another account's wildcard, and a wildcard above another account's name:
    whoever has one of the two decides what people see at the other, and which certificates and
    cookies are good there ("If account A has created a.example.com, then account B can't create the
    wildcard custom domain name *.example.com", developer guide). Raises `Conflicting`.
    """
    label, _, parent = name.partition(".")
    is_wildcard = label == "*"
    around = Domain.name.endswith(f".{parent}") if is_wildcard else Domain.name == f"*.{parent}"
    others = select(Domain.name).where(around, Domain.account != call.account)
    for other in session.scalars(others):
        if other.partition(".")[2] == parent:
            raise Conflicting("The domain name you provided conflicts with one that exists.")


def is_of_server(name: str, host: str) -> bool:
    """Whether a domain would take requests that are this server's own: whoever has a host decides
    what people see there, and where they enter passwords."""
    if name == host or name == f"*.{host.partition('.')[2]}":
        return True
    labels = name.removesuffix(f".{host}").split(".")
    return name.endswith(f".{host}") and not _OURS.isdisjoint(labels)


def _server(call: Call) -> str:
    host = urlsplit(call.kernel.settings.origin).hostname or "localhost"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    return "localhost"


def _unknown() -> Missing:
    return Missing("Invalid domain name identifier specified")


def _purpose(name: str) -> str:
    return f"{PURPOSE} {name}"
