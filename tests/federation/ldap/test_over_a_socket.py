"""Directories of a server that runs: asked for boto3's clients, and for people at the page."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from poolgate.cli import main
from tests.servers.hostile_ldap import scripted, stall
from tests.servers.poolgate_server import Poolgate
from tests.servers.slapd import PASSWORD, PEOPLE, SEARCHER_PASSWORD, Slapd

FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
CALLBACK = "http://localhost:3000/callback"


@pytest.fixture(scope="module")
def pool_id(poolgate_server: Poolgate) -> str:
    cognito = poolgate_server.client("cognito-idp")
    return str(cognito.create_user_pool(PoolName="directory")["UserPool"]["Id"])


@pytest.fixture(scope="module")
def client_id(poolgate_server: Poolgate, pool_id: str) -> str:
    made = poolgate_server.client("cognito-idp").create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="directory",
        ExplicitAuthFlows=FLOWS,
        PreventUserExistenceErrors="ENABLED",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[CALLBACK],
        SupportedIdentityProviders=["COGNITO"],
    )
    return str(made["UserPoolClient"]["ClientId"])


def configure(server: Poolgate, pool_id: str, document: dict[str, Any]) -> None:
    """As an operator beside the server, which takes it over by itself."""
    path = server.instance / f"directory-{uuid4().hex}.json"
    path.write_text(json.dumps(document))
    assert main(["pools", "directory", pool_id, str(path), f"--instance={server.instance}"]) == 0
    path.unlink()


@pytest.fixture
def uid(slapd: Slapd, poolgate_server: Poolgate, pool_id: str) -> str:
    configure(poolgate_server, pool_id, slapd.document())
    name = f"s{uuid4().hex[:10]}"
    slapd.person(name)
    return name


def sign_in(server: Poolgate, client_id: str, username: str, password: str) -> dict[str, str]:
    answer = server.client("cognito-idp", signed=False).initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    tokens: dict[str, str] = answer["AuthenticationResult"]
    return tokens


def test_boto3_signs_a_person_of_the_directory_in(
    poolgate_server: Poolgate, pool_id: str, client_id: str, uid: str
) -> None:
    tokens = sign_in(poolgate_server, client_id, uid, PASSWORD)
    cognito = poolgate_server.client("cognito-idp")
    found = cognito.admin_get_user(UserPoolId=pool_id, Username=uid)
    assert found["UserStatus"] == "EXTERNAL_PROVIDER"
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="username or password"):
        sign_in(poolgate_server, client_id, uid, "wrong")
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="cannot be changed"):
        cognito.change_password(
            AccessToken=tokens["AccessToken"],
            PreviousPassword=PASSWORD,
            ProposedPassword="Another-horse-8",
        )
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="cannot be changed"):
        cognito.admin_set_user_password(
            UserPoolId=pool_id, Username=uid, Password="Another-horse-8", Permanent=True
        )
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="cannot be reset"):
        cognito.admin_reset_user_password(UserPoolId=pool_id, Username=uid)


def test_a_person_signs_in_at_the_hosted_page(
    poolgate_server: Poolgate, client_id: str, uid: str, page: Page
) -> None:
    page.route(f"{CALLBACK}**", lambda route: route.fulfill(body="<h1>Welcome</h1>"))
    page.goto(
        f"{poolgate_server.url}/oauth2/authorize?client_id={client_id}&response_type=code"
        f"&scope=openid&redirect_uri={CALLBACK}&code_challenge={'a' * 43}"
        "&code_challenge_method=S256"
    )
    page.get_by_label("Username").fill(uid)
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Incorrect username or password.")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def test_a_directory_that_stalls_keeps_nobody_else_waiting(
    poolgate_server: Poolgate, slapd: Slapd, client_id: str, pool_id: str, uid: str
) -> None:
    anonymous = {"bind_dn": None, "bind_password": None, "ca": None}
    with scripted(stall) as url:
        stalled = slapd.document(urls=[url], plain_on_loopback=True, timeout_seconds=3, **anonymous)
        configure(poolgate_server, pool_id, stalled)
        cognito = poolgate_server.client("cognito-idp")
        answers: list[str] = []

        def wait(name: str) -> None:
            try:
                sign_in(poolgate_server, client_id, name, PASSWORD)
            except cognito.exceptions.UnexpectedLambdaException as error:
                answers.append(error.response["Error"]["Message"])

        people = [threading.Thread(target=wait, args=(f"p{number}",)) for number in range(4)]
        for each in people:
            each.start()
        time.sleep(0.5)
        began, asked = time.monotonic(), 0
        while time.monotonic() < began + 1:
            cognito.describe_user_pool(UserPoolId=pool_id)
            asked += 1
        assert asked >= 5
        assert answers == []
        for each in people:
            each.join()
    assert answers == ["The user directory cannot be asked at the moment."] * 4


def test_no_secret_of_the_directory_is_in_the_log_or_the_database(
    poolgate_server: Poolgate, slapd: Slapd, client_id: str, uid: str
) -> None:
    sign_in(poolgate_server, client_id, uid, PASSWORD)
    cognito = poolgate_server.client("cognito-idp")
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        sign_in(poolgate_server, client_id, uid, "Not-what-it-is-4711")
    found = (
        b"".join(path.read_bytes() for path in poolgate_server.instance.glob("*.db*"))
        + poolgate_server.log.read_bytes()
    )
    assert PEOPLE.encode() in found
    for secret in (SEARCHER_PASSWORD, PASSWORD, "Not-what-it-is-4711"):
        assert secret.encode() not in found
