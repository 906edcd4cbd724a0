"""What a pool tells a SAML provider of itself."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from lxml import etree
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from tests.federation.conftest import Downstream, Make
from tests.idp.user_pools.operations.providers import metadata

NAME = "Office"
NAMES = {
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


def _fetched(downstream: Downstream, name: str = NAME) -> requests.Response:
    url = downstream.application.server.url
    return requests.get(f"{url}/saml2/metadata/{downstream.pool_id}/{name}", timeout=20)


@pytest.mark.parametrize("signs", [False, True], ids=["unsigned", "signed"])
def test_the_metadata_says_what_a_provider_needs(make_downstream: Make, signs: bool) -> None:
    more = {"RequestSigningAlgorithm": "rsa-sha256"} if signs else {}
    downstream = make_downstream(NAME, "SAML", {"MetadataFile": metadata(), **more})
    answer = _fetched(downstream)
    assert answer.status_code == 200
    root: Any = etree.fromstring(answer.content)
    schema = "saml-schema-metadata-2.0.xsd"
    assert not isinstance(OneLogin_Saml2_XML.validate_xml(answer.content, schema), str)
    assert root.get("entityID") == f"urn:amazon:cognito:sp:{downstream.pool_id}"
    (service,) = root.findall(".//md:AssertionConsumerService", NAMES)
    assert service.get("Location") == f"{downstream.application.server.url}/saml2/idpresponse"
    certificates = {
        key.get("use"): key.findtext(".//ds:X509Certificate", namespaces=NAMES)
        for key in root.findall(".//md:KeyDescriptor", NAMES)
    }
    cognito, pool_id = downstream.cognito, downstream.pool_id
    described = cognito.describe_identity_provider(UserPoolId=pool_id, ProviderName=NAME)
    details = described["IdentityProvider"]["ProviderDetails"]
    assert certificates.pop("encryption") == details["ActiveEncryptionCertificate"]
    signing = cognito.get_signing_certificate(UserPoolId=pool_id)["Certificate"]
    assert certificates.pop("signing") == signing  # sign-out messages are signed in any case
    assert certificates == {}
    logouts = root.findall(".//md:SingleLogoutService", NAMES)
    here = f"{downstream.application.server.url}/{pool_id}/saml2/logout"
    assert {each.get("Location") for each in logouts} == {here}
    assert {each.get("Binding").rpartition(":")[2] for each in logouts} == {
        "HTTP-Redirect",
        "HTTP-POST",
    }
    assert root.find("md:SPSSODescriptor", NAMES).get("AuthnRequestsSigned") == str(signs).lower()


def test_nothing_is_said_of_other_providers(make_downstream: Make) -> None:
    downstream = make_downstream(NAME, "SAML", {"MetadataFile": metadata()})
    assert _fetched(downstream, "Nobody").status_code == 404
    assert _fetched(downstream, '"><x').status_code == 404
