"""People of SAML applications who come from another provider."""

from __future__ import annotations

import base64
import zlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from tests.attacks.saml.conftest import Journey
from tests.attacks.saml.identity_provider import SAML, Asked
from tests.federation.saml_idp.service_provider import ServiceProvider


def left_for(location: str) -> Asked:
    """What the pool's request to the other provider says."""
    query = dict(parse_qsl(urlsplit(location).query))
    root: Any = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"]), -15))
    here = root.get("AssertionConsumerServiceURL")
    issuer = root.findtext(f"{SAML}Issuer")
    return Asked(root.get("ID"), here, issuer, query["RelayState"])


def application_of(journey: Journey) -> ServiceProvider:
    client = journey.client
    made = ServiceProvider(journey.world, client.pool_id, client.id)
    made.register(attributes=[{"name": "mail", "from": "email", "unverified": True}])
    return made
