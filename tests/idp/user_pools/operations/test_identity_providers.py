"""Identity providers: what each type takes, who may have which name, and what stays secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from idp.user_pools.services import documents, identity_providers
from kernel.sealing import Sealer
from poolgate.sealed_columns import EVERYTHING, check_sample, reseal_batch
from tests.idp.user_pools.operations.providers import (
    AMAZON,
    APPLE,
    FACEBOOK,
    GOOGLE,
    OIDC,
    SAML_BY_URL,
    create,
    metadata,
    public_bytes,
    read_certificate,
)
from tests.idp.user_pools.operations.world import World, at_once, refused

ADDED = {
    "Google": (
        GOOGLE,
        {
            "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
            "attributes_url_add_attributes": "true",
            "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
            "oidc_issuer": "https://accounts.google.com",
            "token_request_method": "POST",
            "token_url": "https://www.googleapis.com/oauth2/v4/token",
        },
        "sub",
    ),
    "Facebook": (
        FACEBOOK,
        {
            "api_version": "v17.0",
            "attributes_url": "https://graph.facebook.com/v17.0/me?fields=",
            "attributes_url_add_attributes": "true",
            "authorize_url": "https://www.facebook.com/v17.0/dialog/oauth",
            "token_request_method": "GET",
            "token_url": "https://graph.facebook.com/v17.0/oauth/access_token",
        },
        "id",
    ),
    "LoginWithAmazon": (
        AMAZON,
        {
            "attributes_url": "https://api.amazon.com/user/profile",
            "attributes_url_add_attributes": "false",
            "authorize_url": "https://www.amazon.com/ap/oa",
            "token_request_method": "POST",
            "token_url": "https://api.amazon.com/auth/o2/token",
        },
        "user_id",
    ),
    "OIDC": (OIDC, {"attributes_url_add_attributes": "false"}, "sub"),
}


@pytest.mark.parametrize("kind", ADDED)
def test_provider_is_described_with_what_its_type_adds(world: World, kind: str) -> None:
    given, added, subject = ADDED[kind]
    pool = world.pool()
    made = create(pool, kind, given)
    assert made["ProviderDetails"] == given | added
    assert made["AttributeMapping"] == {"username": subject}
    described = pool.call("describe_identity_provider", ProviderName=kind)["IdentityProvider"]
    assert described == made
    assert (made["UserPoolId"], made["ProviderType"]) == (pool.id, kind)
    assert made["IdpIdentifiers"] == []


def test_private_key_of_apple_is_never_answered(world: World) -> None:
    pool = world.pool()
    made = create(pool, "SignInWithApple", APPLE)["ProviderDetails"]
    assert "private_key" not in made
    assert made["token_url"] == "https://appleid.apple.com/auth/token"
    # What was described may be sent back: the key stays.
    again = pool.call(
        "update_identity_provider", ProviderName="SignInWithApple", ProviderDetails=made
    )["IdentityProvider"]
    assert again["ProviderDetails"] == made


def test_saml_metadata_file_tells_the_addresses(world: World) -> None:
    given = {"MetadataFile": metadata(), "IDPInit": "true", "RequestSigningAlgorithm": "rsa-sha256"}
    made = create(world.pool(), "SAML", given, "Office")
    details = made["ProviderDetails"]
    assert details["SSORedirectBindingURI"] == "https://auth.example.com/sso/saml"
    assert details["SLORedirectBindingURI"] == "https://auth.example.com/slo/saml"
    assert {name: details[name] for name in given} == given
    assert made["AttributeMapping"] == {}
    read_certificate(details["ActiveEncryptionCertificate"])


def test_saml_metadata_url_is_not_fetched_and_its_certificate_stays(world: World) -> None:
    pool = world.pool()
    made = create(pool, "SAML", SAML_BY_URL, "Office")["ProviderDetails"]
    changed = {**SAML_BY_URL, "EncryptedResponses": "true"}
    again = pool.call("update_identity_provider", ProviderName="Office", ProviderDetails=changed)[
        "IdentityProvider"
    ]["ProviderDetails"]
    assert again == {**made, "EncryptedResponses": "true"}


def without(details: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in details.items() if name not in names}


@pytest.mark.parametrize(
    ("kind", "details", "message"),
    [
        ("Google", without(GOOGLE, "client_secret"), "needs client_secret"),
        ("Google", {**GOOGLE, "token_url": "https://evil.example"}, "token_url cannot be set"),
        ("Google", {**GOOGLE, "other": "x"}, "other cannot be set"),
        ("Google", {**GOOGLE, "authorize_scopes": "email drive"}, "authorize_scopes"),
        ("Google", {**GOOGLE, "client_id": "a\nb"}, "one line"),
        ("Google", {**GOOGLE, "client_id": "x" * 5000}, "too long"),
        ("Facebook", {**FACEBOOK, "api_version": "v1.0/../x"}, "api_version"),
        ("LoginWithAmazon", without(AMAZON, "client_id"), "needs client_id"),
        ("SignInWithApple", without(APPLE, "private_key", "team_id"), "private_key, team_id"),
        ("OIDC", without(OIDC, "oidc_issuer"), "needs oidc_issuer"),
        ("OIDC", {**OIDC, "attributes_url_add_attributes": "true"}, "add_attributes cannot be set"),
        ("OIDC", {**OIDC, "token_request_method": "POST"}, "token_request_method cannot be set"),
        ("Google", {**GOOGLE, "token_request_method": "GET"}, "token_request_method cannot be set"),
        ("OIDC", {**OIDC, "oidc_issuer": "http://auth.example.com"}, "https"),
        ("OIDC", {**OIDC, "oidc_issuer": "https://auth.example.com/"}, "slash"),
        ("OIDC", {**OIDC, "jwks_uri": "file:///etc/passwd"}, "jwks_uri must be an https URL"),
        ("OIDC", {**OIDC, "token_url": "https://user@example.com/"}, "token_url"),
        ("OIDC", {**OIDC, "attributes_request_method": "PUT"}, "GET or POST"),
        ("OIDC", {**OIDC, "authorize_scopes": "email"}, "openid"),
        ("SAML", {}, "either MetadataURL or MetadataFile"),
        ("SAML", {**SAML_BY_URL, "MetadataFile": "<x/>"}, "either"),
        ("SAML", {"MetadataURL": "javascript:alert(1)"}, "MetadataURL must be an https URL"),
        ("SAML", {**SAML_BY_URL, "IDPInit": "yes"}, "true or false"),
        ("SAML", {**SAML_BY_URL, "RequestSigningAlgorithm": "rsa-sha1"}, "rsa-sha256"),
        ("SAML", {**SAML_BY_URL, "ActiveEncryptionCertificate": "x"}, "cannot be set"),
    ],
)
def test_details_that_do_not_fit_their_type_are_refused(
    world: World, kind: str, details: dict[str, str], message: str
) -> None:
    with refused("InvalidParameterException", message):
        create(world.pool(), kind, details, "Office" if kind in ("SAML", "OIDC") else "")


BOMB = (
    "<!DOCTYPE x ["
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    + '<!ENTITY a0 "ha">]>'
)
DESCRIPTOR = '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">'


def test_a_provider_that_takes_no_redirects_can_only_begin_itself(world: World) -> None:
    given = {"MetadataFile": metadata().replace("HTTP-Redirect", "HTTP-POST")}
    with refused("InvalidParameterException", "HTTP-Redirect"):
        create(world.pool(), "SAML", given, "Office")
    assert create(world.pool(), "SAML", {**given, "IDPInit": "true"}, "Office")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "document type"),
        ('<!DOCTYPE x SYSTEM "http://127.0.0.1:18350/x.dtd"><x/>', "document type"),
        (f"{BOMB}<x>&a8;</x>", "document type"),
        ("<x>&undefined;</x>", "root is no EntityDescriptor"),
        ("not xml", "well-formed"),
        ("", "must be a text"),
        (DESCRIPTOR + "<x>" * 100, "nested too deeply"),
        (DESCRIPTOR + "</EntityDescriptor>", "no SingleSignOnService"),
        (metadata().replace("https://auth.example.com/sso", "http://x.example/sso"), "https URL"),
        (metadata().replace("https://auth.example.com/slo/saml", "javascript:1"), "https URL"),
        (metadata().replace("X509Certificate>", "Other>"), "no signing certificate"),
        (metadata().replace("X509Certificate>MII", "X509Certificate>AAA"), "cannot be read"),
        (metadata().replace("entityID", "other"), "no entityID"),
    ],
)
def test_metadata_of_an_attacker_is_refused(world: World, document: str, message: str) -> None:
    with refused("InvalidParameterException", message):
        create(world.pool(), "SAML", {"MetadataFile": document}, "Office")


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Google", "MyGoogle"), ("OIDC", "Facebook"), ("OIDC", "Cognito"), ("OIDC", "aa\n")],
)
def test_names_of_social_providers_are_their_types(world: World, kind: str, name: str) -> None:
    with refused("InvalidParameterException"):
        create(world.pool(), kind, GOOGLE if kind == "Google" else OIDC, name)


def test_two_providers_of_one_name_are_refused_at_once_too(world: World) -> None:
    pool = world.pool()
    create(pool, "Google", GOOGLE)
    with refused("DuplicateProviderException", f"Google already exists in user pool {pool.id}"):
        create(pool, "Google", GOOGLE)
    other = world.pool()
    works = [lambda: create(other, "OIDC", OIDC, "Office")] * 2
    assert at_once(*works) == ["DuplicateProviderException", "ok"]


def test_mapping_names_attributes_of_the_pool(world: World) -> None:
    pool = world.pool(Schema=[{"Name": "team", "AttributeDataType": "String", "Mutable": True}])
    mapping = {"email": "mail", "custom:team": "department"}
    made = create(pool, "OIDC", OIDC, "Office", AttributeMapping=mapping)
    assert made["AttributeMapping"] == {"username": "sub", **mapping}
    for wrong in ({"nothing": "x"}, {"sub": "x"}, {"identities": "x"}, {"email": ""}):
        with refused("InvalidParameterException", "attribute mapping"):
            pool.call("update_identity_provider", ProviderName="Office", AttributeMapping=wrong)


def test_acr_mapping_is_for_oidc(world: World) -> None:
    pool = world.pool()
    levels = {"Level1": "urn:low"}
    assert create(pool, "OIDC", OIDC, "Office", AcrMapping=levels)["AcrMapping"] == levels
    with refused("InvalidParameterException", "AcrMapping"):
        create(pool, "Google", GOOGLE, AcrMapping=levels)


def test_identifier_finds_its_one_provider(world: World) -> None:
    pool = world.pool()
    made = create(pool, "OIDC", OIDC, "Office", IdpIdentifiers=["example.com"])
    found = pool.call("get_identity_provider_by_identifier", IdpIdentifier="Example.com")
    assert found["IdentityProvider"] == made
    with refused("InvalidParameterException", "already identifies"):
        create(pool, "Google", GOOGLE, IdpIdentifiers=["EXAMPLE.com"])
    with refused("InvalidParameterException", "differ"):
        create(pool, "Google", GOOGLE, IdpIdentifiers=["a", "A"])
    pool.call("update_identity_provider", ProviderName="Office", IdpIdentifiers=["b", "a"])
    with refused("ResourceNotFoundException"):
        pool.call("get_identity_provider_by_identifier", IdpIdentifier="example.com")
    pool.call("delete_identity_provider", ProviderName="Office")
    create(pool, "Google", GOOGLE, IdpIdentifiers=["a", "b"])


def test_update_keeps_what_it_does_not_name(world: World) -> None:
    pool = world.pool()
    create(pool, "Google", GOOGLE, IdpIdentifiers=["g"])
    changed = pool.call(
        "update_identity_provider", ProviderName="Google", AttributeMapping={"email": "email"}
    )["IdentityProvider"]
    assert changed["AttributeMapping"] == {"username": "sub", "email": "email"}
    assert changed["IdpIdentifiers"] == ["g"]
    assert changed["ProviderDetails"]["client_secret"] == GOOGLE["client_secret"]
    with refused("InvalidParameterException", "needs"):
        pool.call(
            "update_identity_provider", ProviderName="Google", ProviderDetails={"client_id": "x"}
        )


def test_providers_are_listed_in_pages_without_their_details(world: World) -> None:
    pool = world.pool()
    for name in ("A-one", "B-two", "C-three"):
        create(pool, "OIDC", OIDC, name)
    first = pool.call("list_identity_providers", MaxResults=2)
    second = pool.call("list_identity_providers", MaxResults=2, NextToken=first["NextToken"])
    listed = first["Providers"] + second["Providers"]
    assert [each["ProviderName"] for each in listed] == ["A-one", "B-two", "C-three"]
    assert set(listed[0]) == {"ProviderName", "ProviderType", "CreationDate", "LastModifiedDate"}
    assert "NextToken" not in second


def test_missing_provider_and_foreign_pool_are_not_found(world: World) -> None:
    pool, other = world.pool(), world.pool()
    create(pool, "Google", GOOGLE, IdpIdentifiers=["mine"])
    for operation in ("describe", "update", "delete"):
        with refused("ResourceNotFoundException"):
            other.call(f"{operation}_identity_provider", ProviderName="Google")
    with refused("ResourceNotFoundException"):
        other.call("get_identity_provider_by_identifier", IdpIdentifier="mine")
    stranger = world.client(key="OTHER")
    with refused("ResourceNotFoundException"):
        stranger.describe_identity_provider(UserPoolId=pool.id, ProviderName="Google")
    with refused("ResourceNotFoundException"):
        stranger.get_signing_certificate(UserPoolId=pool.id)


@pytest.mark.parametrize("operation", ["update_identity_provider", "delete_identity_provider"])
def test_the_pool_itself_is_no_provider_to_change(world: World, operation: str) -> None:
    with refused("UnsupportedIdentityProviderException"):
        world.pool().call(operation, ProviderName="COGNITO")


def test_client_may_name_a_provider_that_exists(world: World) -> None:
    pool = world.pool()
    with refused("InvalidParameterException", "The provider Google does not exist for User Pool"):
        pool.client(SupportedIdentityProviders=["COGNITO", "Google"])
    with refused("InvalidParameterException", "The provider P0 does not exist"):
        pool.client(SupportedIdentityProviders=[f"P{number}" for number in range(301)])
    create(pool, "Google", GOOGLE)
    client = pool.client(SupportedIdentityProviders=["COGNITO", "Google"])
    pool.call("delete_identity_provider", ProviderName="Google")
    described = pool.call("describe_user_pool_client", ClientId=client.id)["UserPoolClient"]
    assert described["SupportedIdentityProviders"] == ["COGNITO"]


def test_secrets_of_providers_are_sealed_at_rest(world: World) -> None:
    pool = world.pool()
    create(pool, "OIDC", {**OIDC, "client_secret": "needle-in-the-database"}, "Office")
    create(pool, "SignInWithApple", {**APPLE, "private_key": "needle-of-apple"})
    create(pool, "SAML", SAML_BY_URL, "Saml")
    pool.call("get_signing_certificate")
    stored = b"".join(path.read_bytes() for path in world.folder.glob("poolgate.db*"))
    assert b"auth.example.com" in stored
    for needle in (b"needle-in", b"needle-of", b"PRIVATE KEY"):
        assert needle not in stored


def test_sealed_value_opens_in_its_own_document_only(world: World) -> None:
    pool = world.pool()
    create(pool, "OIDC", OIDC, "Victim")
    create(pool, "OIDC", {**OIDC, "client_secret": "other"}, "Thief")

    def move(session: Any) -> None:
        victim = documents.find(session, pool.id, identity_providers.KIND, "Victim")
        thief = documents.find(session, pool.id, identity_providers.KIND, "Thief")
        assert victim is not None
        assert thief is not None
        thief.document = {**thief.document, "sealed": victim.document["sealed"]}

    world.kernel.database.write(move)
    with refused("InternalErrorException"):
        pool.call("describe_identity_provider", ProviderName="Thief")
    world.admin.delete_user_pool(UserPoolId=pool.id)


def test_rotation_reseals_the_secrets_of_documents(world: World) -> None:
    pool = world.pool()
    create(pool, "OIDC", OIDC, "Rotated")
    database = world.kernel.database
    rotated = Sealer({1: bytes(32), 2: bytes([7]) * 32})
    theirs = Sealer({2: bytes([7]) * 32})
    (column,) = (each for each in EVERYTHING if each.name.endswith(".identity_provider"))
    assert column.name in database.read(lambda session: list(check_sample(session, theirs, 9999)))
    changed, after = database.write(reseal_batch, rotated, column, "")
    assert changed >= 1
    assert after is None
    assert column.name not in database.read(
        lambda session: list(check_sample(session, theirs, 9999))
    )

    def delete(session: Any) -> None:
        for key, _ in column.page(session, "", 9999):
            pool_id, name = key.split("\n")
            documents.remove(session, pool_id, identity_providers.KIND, name)

    database.write(delete)


def test_signing_certificate_is_made_once_and_lasts_ten_years(world: World) -> None:
    pool, other = world.pool(), world.pool()
    answers: list[str] = []

    def ask() -> None:
        client = world.client()
        answers.append(client.get_signing_certificate(UserPoolId=pool.id)["Certificate"])

    assert at_once(ask, ask, ask) == ["ok"] * 3
    assert len(set(answers)) == 1
    found = read_certificate(answers[0])
    found.verify_directly_issued_by(found)
    lasts = found.not_valid_after_utc - found.not_valid_before_utc
    assert lasts == timedelta(days=3650)
    theirs = read_certificate(other.call("get_signing_certificate")["Certificate"])
    assert public_bytes(theirs) != public_bytes(found)
    with refused("ResourceNotFoundException"):
        world.admin.get_signing_certificate(UserPoolId="us-east-1_nothing")
