"""What is taken from SAML metadata, and what is not."""

from __future__ import annotations

import pytest

from idp.errors import InvalidParameter
from idp.user_pools.rules import saml_metadata
from tests.idp.user_pools.operations.providers import certificate, metadata

OTHER = "TUlJ"  # no certificate at all: reading it would fail


def test_metadata_says_where_to_go_and_who_signs() -> None:
    found = saml_metadata.parse(metadata())
    assert found.entity_id == "https://auth.example.com/saml"
    assert found.sign_on_redirect == "https://auth.example.com/sso/saml"
    assert found.sign_on_post is None
    assert found.logout_redirect == "https://auth.example.com/slo/saml"
    assert found.certificates == (certificate(),)


@pytest.mark.parametrize(
    "addition",
    [
        '<md:KeyDescriptor use="encryption"><ds:KeyInfo><ds:X509Certificate>{}</ds:X509Certificate>'
        "</ds:KeyInfo></md:KeyDescriptor>",
        "<ds:Signature><ds:KeyInfo><ds:X509Certificate>{}</ds:X509Certificate></ds:KeyInfo>"
        "</ds:Signature>",
        "<md:Extensions><md:SingleSignOnService "
        'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="x"/></md:Extensions>',
    ],
)
def test_what_is_no_key_or_service_of_the_provider_is_passed_over(addition: str) -> None:
    before = "<md:SingleLogoutService"
    document = metadata().replace(before, addition.format(OTHER) + before, 1)
    assert saml_metadata.parse(document) == saml_metadata.parse(metadata())


def test_services_of_another_role_are_passed_over() -> None:
    document = metadata().replace("IDPSSODescriptor", "SPSSODescriptor")
    with pytest.raises(InvalidParameter, match="no SingleSignOnService"):
        saml_metadata.parse(document)


def test_key_without_a_use_signs_too() -> None:
    found = saml_metadata.parse(metadata().replace(' use="signing"', ""))
    assert found.certificates == (certificate(),)


def test_half_a_character_is_no_metadata() -> None:
    with pytest.raises(InvalidParameter, match="well-formed"):
        saml_metadata.parse(metadata() + "\ud800")


def test_long_document_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidParameter, match="longer"):
        saml_metadata.parse(" " * (saml_metadata.LONGEST + 1))
