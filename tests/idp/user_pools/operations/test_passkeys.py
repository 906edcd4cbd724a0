"""Passkeys: making, listing and deleting them, signing in by them, and attacks on both."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from idp.errors import WebAuthnConfigurationMissing
from idp.models import RefreshFamily
from idp.user_pools.services import access, passkeys
from kernel import settings
from tests.idp.user_pools.operations.choosing import (
    FLOWS,
    RP_ID,
    Authenticator,
    begin,
    choosing_pool,
    configure,
    person,
    register,
    respond,
    set_mfa,
)
from tests.idp.user_pools.operations.phone import BESIDE, get_phone, new_person
from tests.idp.user_pools.operations.tracked import claims_of
from tests.idp.user_pools.operations.world import (
    AppClient,
    Pool,
    World,
    at_once,
    refused,
)

OPTIONS = "CREDENTIAL_REQUEST_OPTIONS"


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    made = choosing_pool(world, "PASSWORD", "EMAIL_OTP", "WEB_AUTHN")
    configure(made, WebAuthnConfiguration={"RelyingPartyId": RP_ID})
    return made


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client(ExplicitAuthFlows=FLOWS)


@pytest.fixture
def email(pool: Pool) -> str:
    return person(pool)


def token_of(client: AppClient, username: str) -> str:
    return client.tokens(username)["AccessToken"]


def options_of(client: AppClient, token: str) -> dict[str, Any]:
    answer = client.pool.world.public.start_web_authn_registration(AccessToken=token)
    options: dict[str, Any] = answer["CredentialCreationOptions"]
    return options


def complete(client: AppClient, token: str, credential: Any) -> Any:
    return client.pool.world.public.complete_web_authn_registration(
        AccessToken=token, Credential=credential
    )


def listed(client: AppClient, token: str, **request: Any) -> Any:
    return client.pool.world.public.list_web_authn_credentials(AccessToken=token, **request)


def test_options_ask_for_a_discoverable_passkey_and_tell_no_sub(
    client: AppClient, pool: Pool, email: str
) -> None:
    options = options_of(client, token_of(client, email))
    assert options["rp"]["id"] == RP_ID
    assert options["user"]["name"] == email
    assert pool.attributes(email)["sub"] not in json.dumps(options)
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    assert {each["alg"] for each in options["pubKeyCredParams"]} == {-7, -8, -257}
    assert options["excludeCredentials"] == []


def test_registered_passkey_is_listed_excluded_and_deleted(
    world: World, client: AppClient, email: str
) -> None:
    made = register(client, email)
    token = token_of(client, email)
    found = listed(client, token)["Credentials"]
    assert len(found) == 1
    assert found[0]["RelyingPartyId"] == RP_ID
    assert found[0]["AuthenticatorAttachment"] == "platform"
    assert found[0]["AuthenticatorTransports"] == ["hybrid", "internal"]
    assert found[0]["FriendlyCredentialName"]
    excluded = options_of(client, token)["excludeCredentials"]
    assert [each["id"] for each in excluded] == [found[0]["CredentialId"]]
    with refused("InvalidParameterException", "already registered"):
        register(client, email, made)
    identifier = found[0]["CredentialId"]
    world.public.delete_web_authn_credential(AccessToken=token, CredentialId=identifier)
    assert listed(client, token)["Credentials"] == []
    with refused("ResourceNotFoundException"):
        world.public.delete_web_authn_credential(AccessToken=token, CredentialId=identifier)


def test_passkeys_are_listed_in_pages(client: AppClient, email: str) -> None:
    for _ in range(3):
        register(client, email)
    token = token_of(client, email)
    first = listed(client, token, MaxResults=2)
    second = listed(client, token, MaxResults=2, NextToken=first["NextToken"])
    identifiers = [c["CredentialId"] for c in first["Credentials"] + second["Credentials"]]
    assert len(set(identifiers)) == 3
    assert "NextToken" not in second
    with refused("InvalidParameterException"):
        listed(client, token, NextToken="made-up")


@pytest.mark.parametrize("way", ["preferred", "selected", "at once"])
def test_passkey_signs_in(client: AppClient, email: str, way: str) -> None:
    made = register(client, email)
    challenge = begin(client, email, "WEB_AUTHN" if way == "preferred" else "")
    if way == "selected":
        challenge = respond(client, challenge, email, ANSWER="WEB_AUTHN")
    parameters = challenge["ChallengeParameters"]
    allowed = json.loads(parameters[OPTIONS])["allowCredentials"]
    assert [each["transports"] for each in allowed] == [["hybrid", "internal"]]
    credential = made.get(parameters[OPTIONS])
    chosen = {"ANSWER": "WEB_AUTHN"} if way == "at once" else {}
    done = respond(client, challenge, email, CREDENTIAL=credential, **chosen)
    assert done["AuthenticationResult"]["AccessToken"]
    with refused("NotAuthorizedException", "only be used once"):
        respond(client, challenge, email, CREDENTIAL=credential, **chosen)


def test_passkey_without_a_counter_signs_in_again_and_again(client: AppClient, email: str) -> None:
    made = register(client, email)
    for _ in range(2):
        made.counter = -1
        challenge = begin(client, email, "WEB_AUTHN")
        credential = made.get(challenge["ChallengeParameters"][OPTIONS])
        assert respond(client, challenge, email, CREDENTIAL=credential)["AuthenticationResult"]


def test_parallel_answers_sign_in_once(client: AppClient, email: str) -> None:
    made = register(client, email)
    challenge = begin(client, email, "WEB_AUTHN")
    credential = made.get(challenge["ChallengeParameters"][OPTIONS])
    works = [lambda: respond(client, challenge, email, CREDENTIAL=credential)] * 6
    assert at_once(*works).count("ok") == 1


@pytest.mark.parametrize(
    "attack",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://notexample.com"},
        {"origin": "https://example.com.evil.example"},
        {"origin": "http://app.example.com"},
        {"origin": "https://user@app.example.com"},
        {"origin": "https://app.example.com/path"},
        {"origin": "null"},
        {"origin": "android:apk-key-hash:x"},
        {"rp_id": "other.example.com"},
        {"cross_origin": True},
        {"flags": 0x04},
        {"handle": b"somebody else"},
        {"counter": -1},
    ],
    ids=str,
)
def test_answer_that_is_not_true_is_refused(
    client: AppClient, email: str, attack: dict[str, Any]
) -> None:
    made = register(client, email, Authenticator(counter=7))
    challenge = begin(client, email, "WEB_AUTHN")
    for name, value in attack.items():
        setattr(made, name, value)
    credential = made.get(challenge["ChallengeParameters"][OPTIONS])
    with refused("NotAuthorizedException", "Incorrect username or password."):
        respond(client, challenge, email, CREDENTIAL=credential)


def test_counter_that_stands_still_is_refused(client: AppClient, email: str) -> None:
    """A copied authenticator (WebAuthn §7.2, step 22)."""
    made = register(client, email, Authenticator(counter=7))
    for counter, is_good in ((7, True), (7, False), (3, False), (8, True)):
        made.counter = counter
        challenge = begin(client, email, "WEB_AUTHN")
        credential = made.get(challenge["ChallengeParameters"][OPTIONS])
        if is_good:
            respond(client, challenge, email, CREDENTIAL=credential)
        else:
            with refused("NotAuthorizedException"):
                respond(client, challenge, email, CREDENTIAL=credential)


def test_passkey_of_another_user_is_refused(pool: Pool, client: AppClient, email: str) -> None:
    register(client, email)
    theirs = register(client, person(pool))
    challenge = begin(client, email, "WEB_AUTHN")
    credential = theirs.get(challenge["ChallengeParameters"][OPTIONS], userHandle=None)
    with refused("NotAuthorizedException"):
        respond(client, challenge, email, CREDENTIAL=credential)


def test_passkey_of_another_pool_is_refused(world: World, client: AppClient, email: str) -> None:
    register(client, email)
    other = choosing_pool(world)
    configure(other, WebAuthnConfiguration={"RelyingPartyId": RP_ID})
    app, theirs = other.client(ExplicitAuthFlows=FLOWS), person(other)
    made = register(app, theirs)
    challenge = begin(client, email, "WEB_AUTHN")
    credential = made.get(challenge["ChallengeParameters"][OPTIONS], userHandle=None)
    with refused("NotAuthorizedException"):
        respond(client, challenge, email, CREDENTIAL=credential)


def test_answer_to_another_challenge_is_refused(client: AppClient, email: str) -> None:
    made = register(client, email)
    first, second = begin(client, email, "WEB_AUTHN"), begin(client, email, "WEB_AUTHN")
    credential = made.get(first["ChallengeParameters"][OPTIONS])
    with refused("NotAuthorizedException"):
        respond(client, second, email, CREDENTIAL=credential)


def test_signature_of_another_key_is_refused(client: AppClient, email: str) -> None:
    made = register(client, email)
    made.key = Authenticator().key
    challenge = begin(client, email, "WEB_AUTHN")
    credential = made.get(challenge["ChallengeParameters"][OPTIONS])
    with refused("NotAuthorizedException"):
        respond(client, challenge, email, CREDENTIAL=credential)


@pytest.mark.parametrize(
    "credential", ["", "{}", "[]", "x", '{"id": 1}', "x" * 20000, json.dumps({"id": "a" * 9})]
)
def test_malformed_answer_is_an_invalid_parameter(
    client: AppClient, email: str, credential: str
) -> None:
    register(client, email)
    challenge = begin(client, email, "WEB_AUTHN")
    with refused("InvalidParameterException"):
        respond(client, challenge, email, CREDENTIAL=credential)


def test_deleted_passkey_no_longer_signs_in(world: World, client: AppClient, email: str) -> None:
    made = register(client, email)
    challenge = begin(client, email, "WEB_AUTHN")
    token = token_of(client, email)
    identifier = listed(client, token)["Credentials"][0]["CredentialId"]
    world.public.delete_web_authn_credential(AccessToken=token, CredentialId=identifier)
    credential = made.get(challenge["ChallengeParameters"][OPTIONS])
    with refused("NotAuthorizedException"):
        respond(client, challenge, email, CREDENTIAL=credential)


def test_user_verification_is_required_where_the_pool_says_so(
    world: World, email: str, client: AppClient
) -> None:
    pool = choosing_pool(world)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": RP_ID, "UserVerification": "required"})
    app, person_email = pool.client(ExplicitAuthFlows=FLOWS), person(pool)
    with refused("WebAuthnCredentialNotSupportedException"):
        register(app, person_email, Authenticator(flags=0x01))
    made = register(app, person_email)
    challenge = begin(app, person_email, "WEB_AUTHN")
    options = json.loads(challenge["ChallengeParameters"][OPTIONS])
    assert options["userVerification"] == "required"
    made.flags = 0x01
    with refused("NotAuthorizedException"):
        respond(app, challenge, person_email, CREDENTIAL=made.get(options))


def test_passkey_is_both_factors_where_pool_and_user_say_so(world: World) -> None:
    pool = choosing_pool(world)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": RP_ID})
    app, email = pool.client(ExplicitAuthFlows=FLOWS), person(pool)
    made = register(app, email)
    configure(pool, MfaConfiguration="ON")
    set_mfa(pool, email, enabled=["SOFTWARE_TOKEN_MFA", "WEB_AUTHN"])
    passwords = ["PASSWORD", "PASSWORD_SRP"]
    assert begin(app, email)["AvailableChallenges"] == passwords
    both = {"RelyingPartyId": RP_ID, "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
    configure(pool, WebAuthnConfiguration=both)
    assert begin(app, email)["AvailableChallenges"] == [*passwords, "WEB_AUTHN"]
    challenge = begin(app, email, "WEB_AUTHN")
    options = json.loads(challenge["ChallengeParameters"][OPTIONS])
    assert options["userVerification"] == "required"
    made.flags = 0x01
    with refused("NotAuthorizedException"):
        respond(app, challenge, email, CREDENTIAL=made.get(options))
    made.flags = 0x05
    again = begin(app, email, "WEB_AUTHN")
    credential = made.get(again["ChallengeParameters"][OPTIONS])
    assert respond(app, again, email, CREDENTIAL=credential)["AuthenticationResult"]
    set_mfa(pool, email, enabled=["SOFTWARE_TOKEN_MFA"])
    assert begin(app, email)["AvailableChallenges"] == passwords


@pytest.mark.parametrize(("flags", "factor"), [(0x05, "WEB_AUTHN_VERIFIED"), (0x01, "WEB_AUTHN")])
def test_sign_in_records_whether_the_passkey_verified_its_user(
    world: World, client: AppClient, email: str, flags: int, factor: str
) -> None:
    made = register(client, email)
    made.flags = flags
    challenge = begin(client, email, "WEB_AUTHN")
    credential = made.get(challenge["ChallengeParameters"][OPTIONS])
    tokens = respond(client, challenge, email, CREDENTIAL=credential)["AuthenticationResult"]
    claims = claims_of(tokens["AccessToken"])
    family = world.kernel.database.read(
        lambda session: session.get_one(RefreshFamily, claims["origin_jti"])
    )
    assert family.factors == [factor]
    assert (claims["acr"], claims["amr"]) == ("urn:cognito:loa:3", ["swk"])


def test_passkey_that_verified_nobody_is_not_both_factors_later(world: World) -> None:
    """The pool counts passkeys as both while a sign-in by one waits for its device."""
    pool = choosing_pool(world, DeviceConfiguration=BESIDE)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": RP_ID})
    app, email = pool.client(ExplicitAuthFlows=FLOWS), new_person(world, pool)
    made = register(app, email)
    phone = get_phone(app, email)
    proofs = []
    for flags in (0x01, 0x05):
        made.flags = flags
        challenge = begin(app, email, "WEB_AUTHN", DEVICE_KEY=phone.key)
        credential = made.get(challenge["ChallengeParameters"][OPTIONS])
        posed = respond(app, challenge, email, CREDENTIAL=credential)
        proofs.append(phone.proof(posed["Session"]))
    both = {"RelyingPartyId": RP_ID, "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
    factors = {"Sms": False, "SoftwareToken": False, "Email": {}}
    configure(pool, MfaConfiguration="ON", WebAuthnConfiguration=both, MfaFactors=factors)
    set_mfa(pool, email, enabled=["EMAIL_OTP", "WEB_AUTHN"])
    with refused("NotAuthorizedException", "Invalid session"):
        proofs[0].respond()
    assert proofs[1].respond()["AuthenticationResult"]


# --- Registration, attacked ------------------------------------------------------------------


def test_challenge_is_good_once_and_for_a_while(
    world: World, client: AppClient, email: str
) -> None:
    token = token_of(client, email)
    options = options_of(client, token)
    complete(client, token, Authenticator().create(options))
    with refused("WebAuthnChallengeNotFoundException"):
        complete(client, token, Authenticator(credential_id=b"y" * 20).create(options))
    late = options_of(client, token)
    world.time.pass_by(minutes=5.1)
    with refused("WebAuthnChallengeNotFoundException"):
        complete(client, token, Authenticator().create(late))


def test_challenge_of_somebody_else_is_not_found(pool: Pool, client: AppClient, email: str) -> None:
    theirs = options_of(client, token_of(client, person(pool)))
    with refused("WebAuthnChallengeNotFoundException"):
        complete(client, token_of(client, email), Authenticator().create(theirs))
    made_up = {**theirs, "challenge": "bWFkZSB1cA"}
    with refused("WebAuthnChallengeNotFoundException"):
        complete(client, token_of(client, email), Authenticator().create(made_up))


def test_challenge_of_another_client_is_a_mismatch(
    pool: Pool, client: AppClient, email: str
) -> None:
    options = options_of(pool.client(ExplicitAuthFlows=FLOWS), token_of(client, email))
    elsewhere = token_of(pool.client(ExplicitAuthFlows=FLOWS), email)
    with refused("WebAuthnClientMismatchException"):
        complete(client, elsewhere, Authenticator().create(options))


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        ({"origin": "https://evil.example"}, "WebAuthnOriginNotAllowedException"),
        ({"origin": "http://app.example.com"}, "WebAuthnOriginNotAllowedException"),
        ({"cross_origin": True}, "WebAuthnOriginNotAllowedException"),
        ({"rp_id": "app.example.com"}, "WebAuthnRelyingPartyMismatchException"),
        ({"flags": 0x04}, "WebAuthnCredentialNotSupportedException"),
        ({"credential_id": b"z" * 1024}, "WebAuthnCredentialNotSupportedException"),
    ],
    ids=str,
)
def test_new_passkey_that_is_not_believed(
    client: AppClient, email: str, attack: dict[str, Any], code: str
) -> None:
    with refused(code):
        register(client, email, Authenticator(**attack))


def test_attestation_is_not_taken(client: AppClient, email: str) -> None:
    token = token_of(client, email)
    for attestation in (
        {"fmt": "fido-u2f", "attStmt": {"sig": b"x", "x5c": [b"y"]}},
        {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x", "x5c": [b"y"]}},
        {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x"}},
        {"fmt": "none", "attStmt": {"sig": b"x"}},
    ):
        made = Authenticator().create(options_of(client, token), **attestation)
        with refused("WebAuthnCredentialNotSupportedException"):
            complete(client, token, made)


@pytest.mark.parametrize("credential", [{}, {"id": "x"}, {"response": []}, {"pad": "x" * 17000}])
def test_malformed_credential_is_an_invalid_parameter(
    client: AppClient, email: str, credential: Any
) -> None:
    with refused("InvalidParameterException"):
        complete(client, token_of(client, email), credential)


def test_identifier_of_another_users_passkey_is_refused(
    pool: Pool, client: AppClient, email: str
) -> None:
    theirs = register(client, person(pool))
    with refused("InvalidParameterException", "already registered"):
        register(client, email, Authenticator(credential_id=theirs.credential_id))


def test_a_user_has_twenty_passkeys_at_most(client: AppClient, email: str) -> None:
    token = token_of(client, email)

    def make() -> None:
        complete(client, token, Authenticator().create(options_of(client, token)))

    for _ in range(18):
        make()
    results = at_once(*[make] * 4)
    assert results == ["LimitExceededException"] * 2 + ["ok"] * 2
    assert len(listed(client, token)["Credentials"]) == 20


def test_another_users_passkey_cannot_be_deleted(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    other = person(pool)
    register(client, other)
    theirs = listed(client, token_of(client, other))["Credentials"][0]["CredentialId"]
    with refused("ResourceNotFoundException"):
        world.public.delete_web_authn_credential(
            AccessToken=token_of(client, email), CredentialId=theirs
        )


def test_pool_without_passkeys_makes_none(world: World) -> None:
    pool = choosing_pool(world, "PASSWORD", "EMAIL_OTP")
    app, email = pool.client(ExplicitAuthFlows=FLOWS), person(pool)
    token = token_of(app, email)
    with refused("WebAuthnNotEnabledException"):
        options_of(app, token)
    with refused("WebAuthnNotEnabledException"):
        complete(app, token, {})
    assert listed(app, token)["Credentials"] == []


def test_access_token_is_needed(world: World, client: AppClient, email: str) -> None:
    public = world.public
    for call in (
        lambda: public.start_web_authn_registration(AccessToken="a.b.c"),
        lambda: public.complete_web_authn_registration(AccessToken="a.b.c", Credential={}),
        lambda: public.list_web_authn_credentials(AccessToken="a.b.c"),
        lambda: public.delete_web_authn_credential(AccessToken="a.b.c", CredentialId="x"),
        lambda: public.list_web_authn_credentials(AccessToken=client.tokens(email)["IdToken"]),
    ):
        with refused("NotAuthorizedException"):
            call()


def test_relying_party_is_the_pools_host_unless_configured(world: World) -> None:
    pool = choosing_pool(world)
    app, email = pool.client(ExplicitAuthFlows=FLOWS), person(pool)
    token = token_of(app, email)
    assert options_of(app, token)["rp"]["id"] == "localhost"
    pool.call("create_user_pool_domain", Domain="choosers")
    assert options_of(app, token)["rp"]["id"] == "choosers.auth.us-east-1.localhost"
    custom = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}
    pool.call("create_user_pool_domain", Domain="id.example.org", CustomDomainConfig=custom)
    assert options_of(app, token)["rp"]["id"] == "id.example.org"
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": "example.org"})
    assert options_of(app, token)["rp"]["id"] == "example.org"


def test_server_without_a_name_needs_a_relying_party_to_be_configured(world: World) -> None:
    pool = choosing_pool(world)
    app, email = pool.client(ExplicitAuthFlows=FLOWS), person(pool)
    numbered = settings.parse({"public_url": "http://127.0.0.1:8350"})
    kernel = replace(world.kernel, settings=numbered)
    someone = access.authenticate(world.kernel, token_of(app, email))
    with pytest.raises(WebAuthnConfigurationMissing):
        passkeys.start_registration(kernel, someone)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": RP_ID})
    assert options_of(app, token_of(app, email))["rp"]["id"] == RP_ID


def test_passkeys_of_a_former_relying_party_are_not_offered(world: World) -> None:
    pool = choosing_pool(world)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": RP_ID})
    app, email = pool.client(ExplicitAuthFlows=FLOWS), person(pool)
    register(app, email)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": "example.org"})
    assert "WEB_AUTHN" not in begin(app, email)["AvailableChallenges"]


def test_passkeys_are_one_of_a_users_factors(world: World, pool: Pool, client: AppClient) -> None:
    email = person(pool)
    register(client, email)
    told = pool.call("admin_get_user_auth_factors", Username=email)
    assert told["ConfiguredUserAuthFactors"] == ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
