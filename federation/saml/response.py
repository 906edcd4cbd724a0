"""A SAML response, verified (SAML 2.0 Profiles §4.1.4).

python3-saml verifies signatures, schema and profile in its strict mode. Where it is lenient
(an absent InResponseTo, audience or recipient; a recipient that only contains our address) the
checks of `conditions` follow, which read nothing but the assertion that was signed.
"""

# lxml and python3-saml are untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from federation.saml import complaints, conditions, document
from federation.saml.name_ids import NameId
from federation.saml.names import DSIG, POST_BINDING, PROTOCOL, SUCCESS
from idp.user_pools.rules.saml_metadata import Metadata
from idp.user_pools.services.upstream import UpstreamFailed

Element = Any


@dataclass(frozen=True)
class ServiceProvider:
    """The pool, to one identity provider. `request_id` is None for what nobody asked for."""

    entity_id: str
    here: str
    request_id: str | None
    wants_encryption: bool
    certificate: str
    private_key: str = field(repr=False)


@dataclass(frozen=True)
class Assertion:
    """What a verified assertion says of the person."""

    id: str
    name: NameId
    session_index: str | None
    proven: float | None
    """When the person proved himself there, in seconds since 1970."""
    attributes: Mapping[str, list[str]]


def verify(xml: bytes, metadata: Metadata, provider: ServiceProvider, now: float) -> Assertion:
    """Takes some ten milliseconds, so this is for `compute`. Raises `UpstreamFailed`."""
    root = document.parse(xml)
    _check_status(root)
    _check_message(root, provider)
    try:
        settings = OneLogin_Saml2_Settings(_settings(metadata, provider))
        response = OneLogin_Saml2_Response(settings, base64.b64encode(xml))
        document.check(response.get_xml_document())  # now with what was encrypted
        here = _request_data(provider.here)
        is_valid = response.is_valid(here, provider.request_id, raise_exceptions=True)
    except UpstreamFailed:
        raise
    except Exception as error:  # an honest provider makes nothing that the toolkit stumbles over
        raise UpstreamFailed(
            "The identity provider's response cannot be verified.", why=complaints.sentence(error)
        ) from None
    if not is_valid:
        raise UpstreamFailed("The identity provider's response cannot be verified.")
    found = document.canonical(document.only_assertion(response.get_xml_document()))
    conditions.check(found, metadata.entity_id, provider, now)
    name, index = conditions.name_id(found), conditions.session_index(found)
    proven = conditions.proven(found, now)
    return Assertion(found.get("ID"), name, index, proven, _attributes(found))


def _check_status(root: Element) -> None:
    codes = root.findall(f"{{{PROTOCOL}}}Status/{{{PROTOCOL}}}StatusCode")
    if len(codes) != 1:
        raise UpstreamFailed("The identity provider's response has no status.")
    if codes[0].get("Value") != SUCCESS:
        # The second level says more (Core §3.2.2.2); it is a URN that the other side chose.
        inner = [code.get("Value", "") for code in codes[0]] or [codes[0].get("Value", "")]
        word = inner[0].rpartition(":")[2]
        is_word = word.isascii() and word.isalnum() and len(word) <= 64
        raise UpstreamFailed(f"The identity provider answered {word if is_word else 'an error'}.")


def _check_message(root: Element, provider: ServiceProvider) -> None:
    """Bindings §3.5.5.2: a signed message must say where it is sent to."""
    is_signed = root.find(f"{{{DSIG}}}Signature") is not None
    if root.get("Destination", "" if is_signed else provider.here) != provider.here:
        raise UpstreamFailed("The identity provider's response was sent to another address.")
    if root.get("InResponseTo") != provider.request_id:
        raise UpstreamFailed("The identity provider's response belongs to another sign-in.")


def _settings(metadata: Metadata, provider: ServiceProvider) -> Mapping[str, Any]:
    return {
        "strict": True,
        "debug": False,
        "sp": {
            "entityId": provider.entity_id,
            "assertionConsumerService": {"url": provider.here, "binding": POST_BINDING},
            "x509cert": provider.certificate,
            "privateKey": provider.private_key,
        },
        "idp": {
            "entityId": metadata.entity_id,
            "singleSignOnService": {"url": metadata.sign_on_redirect or metadata.sign_on_post},
            "x509certMulti": {"signing": list(metadata.certificates)},
        },
        "security": {
            "allowSingleLabelDomains": True,
            "rejectDeprecatedAlgorithm": True,
            "requestedAuthnContext": False,
            "wantAssertionsEncrypted": provider.wants_encryption,
            "wantAttributeStatement": False,
        },
    }


def _request_data(here: str) -> Mapping[str, Any]:
    """The request as the toolkit wants it: our own address, not what a header says."""
    address = urlsplit(here)
    return {
        "https": "on" if address.scheme == "https" else "off",
        "http_host": address.netloc,
        "script_name": address.path,
    }


def _attributes(assertion: Element) -> dict[str, list[str]]:
    """Values by the attributes' names; those with elements in them are passed over."""
    found: dict[str, list[str]] = {}
    for element in assertion.iter(conditions.saml("Attribute")):
        values = [
            value.text.strip()
            for value in element.findall(conditions.saml("AttributeValue"))
            if len(value) == 0 and value.text and value.text.strip()
        ]
        found.setdefault(element.get("Name", ""), []).extend(values)
    return {name: values for name, values in found.items() if values}
