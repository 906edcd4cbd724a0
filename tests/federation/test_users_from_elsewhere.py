"""What becomes of people who come from another provider: users, links, triggers, refusals."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from tests.conformance.oidc.conftest import settle
from tests.conformance.oidc.relying_party import Answer, Page
from tests.federation.conftest import Downstream, Make, details_of, open_sign_in
from tests.servers.application import Application, Person

NAME = "Company"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


@pytest.fixture
def downstream(make_downstream: Make, upstream: Application) -> Downstream:
    return make_downstream(
        NAME, "OIDC", details_of(upstream), AttributeMapping={"email": "email", "name": "name"}
    )


def function(downstream: Downstream, name: str, source: str) -> None:
    folder = downstream.application.server.instance / "functions"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(textwrap.dedent(source))


def configure(downstream: Downstream, **settings: Any) -> None:
    downstream.cognito.update_user_pool(
        UserPoolId=downstream.pool_id, AutoVerifiedAttributes=["email"], **settings
    )


def rename(upstream: Application, person: Person, **attributes: str) -> None:
    upstream.server.client("cognito-idp").admin_update_user_attributes(
        UserPoolId=upstream.pool_id,
        Username=person.email,
        UserAttributes=[{"Name": n, "Value": v} for n, v in attributes.items()],
    )


def sign_in(downstream: Downstream, person: Person) -> Answer:
    browser, page = open_sign_in(downstream)
    answer = browser.sign_in(page, person)
    assert isinstance(answer, Answer), answer.response.text
    return answer


def test_mapped_attributes_follow_the_provider(
    downstream: Downstream, upstream: Application, person: Person
) -> None:
    rename(upstream, person, name="Ada")
    assert sign_in(downstream, person).code
    assert downstream.user(f"{NAME}_{person.sub}")["name"] == "Ada"
    rename(upstream, person, name="Ada Lovelace")
    assert sign_in(downstream, person).code
    assert downstream.user(f"{NAME}_{person.sub}")["name"] == "Ada Lovelace"


def test_an_identity_that_was_linked_before_is_the_local_user(
    downstream: Downstream, upstream: Application, person: Person
) -> None:
    """AdminLinkProviderForUser: the user keeps the attributes that are his own."""
    rename(upstream, person, name="Ada")
    made = link(downstream, person)
    claims = downstream.claims_of(sign_in(downstream, person))
    assert (claims["cognito:username"], claims["email"]) == (made, LOCAL)
    assert len(downstream.users()) == 1


LOCAL = "ada.of.the.pool@example.com"


def link(downstream: Downstream, person: Person) -> str:
    """A user of the pool's own, to whom the person's identity belongs; the username."""
    made: str = downstream.cognito.admin_create_user(
        UserPoolId=downstream.pool_id,
        Username=LOCAL,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": LOCAL}],
    )["User"]["Username"]
    downstream.cognito.admin_link_provider_for_user(
        UserPoolId=downstream.pool_id,
        DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": made},
        SourceUser={
            "ProviderName": NAME,
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": person.sub,
        },
    )
    return made


def test_the_same_address_is_not_the_same_user(downstream: Downstream, person: Person) -> None:
    """Somebody who can have that address at the provider must not get the account here."""
    made = downstream.cognito.admin_create_user(
        UserPoolId=downstream.pool_id,
        Username=person.email,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": person.email},
            {"Name": "email_verified", "Value": "true"},
        ],
    )["User"]["Username"]
    claims = downstream.claims_of(sign_in(downstream, person))
    assert claims["cognito:username"] == f"{NAME}_{person.sub}"
    assert downstream.user(made)["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_an_address_that_a_provider_tells_of_finds_nobody(
    downstream: Downstream, person: Person
) -> None:
    """Else whoever has a provider say somebody's address is found, and linked to, in his place."""
    assert sign_in(downstream, person).code
    cognito, pool = downstream.cognito, downstream.pool_id
    for name in (person.email, person.email.upper()):
        with pytest.raises(cognito.exceptions.UserNotFoundException):
            cognito.admin_get_user(UserPoolId=pool, Username=name)
    owner = cognito.admin_create_user(
        UserPoolId=pool, Username=person.email, MessageAction="SUPPRESS"
    )["User"]["Username"]
    found = cognito.admin_get_user(UserPoolId=pool, Username=person.email)["Username"]
    assert found == owner
    assert sign_in(downstream, person).code  # it goes on being somebody else


def test_an_identity_that_is_taken_away_ends_what_it_opened(
    downstream: Downstream, person: Person
) -> None:
    made = link(downstream, person)
    tokens = downstream.party.redeem(sign_in(downstream, person).code).json()
    assert downstream.party.user_info(tokens["access_token"]).status_code == 200
    downstream.cognito.admin_disable_provider_for_user(
        UserPoolId=downstream.pool_id,
        User={
            "ProviderName": NAME,
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": person.sub,
        },
    )
    assert downstream.party.user_info(tokens["access_token"]).status_code == 401
    refreshed = downstream.party.ask_for_tokens(
        {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    )
    assert refreshed.status_code == 400
    assert "identities" not in downstream.user(made)


def test_a_link_to_who_came_from_elsewhere_keeps_where_he_came_from(
    downstream: Downstream, person: Person
) -> None:
    assert sign_in(downstream, person).code
    downstream.cognito.admin_link_provider_for_user(
        UserPoolId=downstream.pool_id,
        DestinationUser={
            "ProviderName": "Cognito",
            "ProviderAttributeValue": f"{NAME}_{person.sub}",
        },
        SourceUser={
            "ProviderName": NAME,
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": "somebody-else",
        },
    )
    assert sign_in(downstream, person).code
    assert len(downstream.users()) == 1


def test_a_refusal_after_the_sign_in_comes_back_to_the_client(
    downstream: Downstream, person: Person
) -> None:
    configure(downstream, LambdaConfig={"PostAuthentication": f"{ARN}not_there"})
    assert sign_in(downstream, person).error == "access_denied"


def test_pre_sign_up_decides_who_comes_in(downstream: Downstream, person: Person) -> None:
    function(
        downstream,
        "federated_sign_up",
        """
        def handler(event, context):
            assert event["triggerSource"] == "PreSignUp_ExternalProvider"
            raise Exception("not of this house")
        """,
    )
    configure(downstream, LambdaConfig={"PreSignUp": f"{ARN}federated_sign_up"})
    refused = sign_in(downstream, person)
    assert refused.error == "access_denied"
    assert "not of this house" in refused.parameters["error_description"]
    assert downstream.users() == []


def test_inbound_federation_changes_claims_before_they_are_mapped(
    downstream: Downstream, person: Person
) -> None:
    function(
        downstream,
        "inbound_federation",
        """
        def handler(event, context):
            assert event["triggerSource"] == "InboundFederation_ExternalProvider"
            request = event["request"]
            assert (request["providerName"], request["providerType"]) == ("Company", "OIDC")
            assert request["attributes"]["tokenResponse"]["access_token"]
            claims = request["attributes"]["idToken"]
            event["response"]["userAttributesToMap"] = {
                **claims, "sub": "somebody-else", "name": "Renamed"
            }
            return event
        """,
    )
    inbound = {"LambdaArn": f"{ARN}inbound_federation", "LambdaVersion": "V1_0"}
    configure(downstream, LambdaConfig={"InboundFederation": inbound})
    claims = downstream.claims_of(sign_in(downstream, person))
    assert claims["name"] == "Renamed"
    assert claims["cognito:username"] == f"{NAME}_{person.sub}"


def test_a_disabled_user_does_not_come_in(downstream: Downstream, person: Person) -> None:
    assert sign_in(downstream, person).code
    username = f"{NAME}_{person.sub}"
    downstream.cognito.admin_disable_user(UserPoolId=downstream.pool_id, Username=username)
    assert sign_in(downstream, person).error == "access_denied"


def test_a_pool_that_asks_for_mfa_leaves_it_to_the_provider(
    downstream: Downstream, person: Person
) -> None:
    downstream.cognito.set_user_pool_mfa_config(
        UserPoolId=downstream.pool_id,
        SoftwareTokenMfaConfiguration={"Enabled": True},
        MfaConfiguration="ON",
    )
    browser, page = open_sign_in(downstream)
    answer = browser.sign_in(page, person)
    assert isinstance(answer, Answer)
    assert answer.code
    again = browser.open(downstream.party.address(prompt="none"))
    assert isinstance(again, Answer)
    assert again.code


def test_the_page_offers_the_provider_beside_the_password(
    downstream: Downstream, person: Person
) -> None:
    made = downstream.application
    downstream.cognito.update_user_pool_client(
        UserPoolId=made.pool_id,
        ClientId=made.client_id,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
        CallbackURLs=[downstream.party.redirect_uri],
        SupportedIdentityProviders=["COGNITO", NAME],
    )
    browser, page = open_sign_in(downstream)
    assert page.asks_for_password
    elsewhere = browser.open(page.link("Company"))
    assert isinstance(elsewhere, Page)
    assert isinstance(browser.sign_in(elsewhere, person), Answer)
    directly = downstream.party.browser()
    shown = directly.open(downstream.party.address(identity_provider=NAME))
    assert isinstance(shown, Page)
    assert made.client_id not in shown.response.url


def test_a_client_without_local_users_may_ask_for_consent(
    downstream: Downstream, person: Person
) -> None:
    made = downstream.application
    settle(made.server, "clients", made.client_id, require_consent=True)
    browser, page = open_sign_in(downstream)
    asked = browser.sign_in(page, person)
    assert isinstance(asked, Page)
    address, fields = asked.form
    answer = browser.open(address, {**fields, "decision": "allow"})
    assert isinstance(answer, Answer)
    assert answer.code


def test_a_client_without_local_users_has_no_page_for_passwords(downstream: Downstream) -> None:
    made, browser = downstream.application, downstream.party.browser()
    base = made.server.url
    query = downstream.party.address().partition("?")[2]
    for path in ("/signup", "/forgotPassword", "/confirm"):
        shown = browser.open(f"{base}{path}?{query}")
        assert isinstance(shown, Page)
        assert shown.response.status_code == 404


@pytest.mark.parametrize("name", ["Nobody", "COGNITO", "../x", "company"])
def test_a_provider_that_the_client_does_not_have_is_refused(
    downstream: Downstream, name: str
) -> None:
    """RFC 6749 §4.1.2.1: the client hears of it, for its address is known to be its own."""
    shown = downstream.party.browser().open(downstream.party.address(identity_provider=name))
    assert isinstance(shown, Answer), shown.response.text
    assert shown.error == "invalid_request"
    assert "code" not in shown.parameters


def test_a_name_that_is_no_text_is_refused_on_a_page(downstream: Downstream) -> None:
    """Like every parameter that holds what no database takes: nobody is redirected with it."""
    address = downstream.party.address(identity_provider=f"{NAME}\x00")
    shown = downstream.party.browser().open(address)
    assert isinstance(shown, Page)
    assert shown.response.status_code == 400


def test_an_identifier_leads_to_its_provider(downstream: Downstream) -> None:
    downstream.cognito.update_identity_provider(
        UserPoolId=downstream.pool_id, ProviderName=NAME, IdpIdentifiers=["example.org"]
    )
    party = downstream.party
    there = party.browser().open(party.address(idp_identifier="Example.ORG"))
    assert isinstance(there, Page)
    assert downstream.application.client_id not in there.response.url
    nowhere = party.browser().open(party.address(idp_identifier="example.net"))
    assert isinstance(nowhere, Page)
    assert nowhere.response.status_code == 400
