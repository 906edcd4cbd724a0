"""boto3, unmodified, over a socket."""

from __future__ import annotations

import jwt
import pytest

from tests.servers.application import PASSWORD, Application, new_address
from tests.servers.poolgate_server import Poolgate


def test_person_signs_up_confirms_and_signs_in(application: Application) -> None:
    person = application.sign_up()
    tokens = application.sign_in(person)
    seen = application.cognito.get_user(AccessToken=tokens["AccessToken"])
    attributes = {one["Name"]: one["Value"] for one in seen["UserAttributes"]}
    assert attributes["sub"] == person.sub
    assert attributes["email"] == person.email
    assert attributes["email_verified"] == "true"


def test_tokens_verify_against_the_published_keys(application: Application) -> None:
    person = application.sign_up()
    tokens = application.sign_in(person)
    keys = jwt.PyJWKClient(f"{application.issuer}/.well-known/jwks.json")
    claims = jwt.decode(
        tokens["IdToken"],
        keys.get_signing_key_from_jwt(tokens["IdToken"]).key,
        algorithms=["RS256"],
        audience=application.client_id,
        issuer=application.issuer,
    )
    assert claims["sub"] == person.sub
    assert claims["token_use"] == "id"


def test_wrong_password_is_not_authorized(application: Application) -> None:
    person = application.sign_up()
    cognito = application.cognito
    with pytest.raises(cognito.exceptions.NotAuthorizedException) as refusal:
        cognito.initiate_auth(
            ClientId=application.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": person.email, "PASSWORD": "Wrong-horse-7-battery"},
        )
    assert refusal.value.response["Error"]["Message"] == "Incorrect username or password."


def test_second_sign_up_says_that_the_username_exists(application: Application) -> None:
    person = application.sign_up()
    cognito = application.cognito
    with pytest.raises(cognito.exceptions.UsernameExistsException):
        cognito.sign_up(ClientId=application.client_id, Username=person.email, Password=PASSWORD)


def test_wrong_code_is_a_code_mismatch(application: Application) -> None:
    cognito, email = application.cognito, new_address()
    cognito.sign_up(
        ClientId=application.client_id,
        Username=email,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    code = application.server.outbox.latest(email)["code"]
    with pytest.raises(cognito.exceptions.CodeMismatchException):
        cognito.confirm_sign_up(
            ClientId=application.client_id,
            Username=email,
            ConfirmationCode=f"{(int(code) + 1) % 1_000_000:06d}",
        )


def test_revoked_refresh_token_buys_nothing(application: Application) -> None:
    tokens = application.sign_in(application.sign_up())
    cognito = application.cognito
    cognito.revoke_token(ClientId=application.client_id, Token=tokens["RefreshToken"])
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.initiate_auth(
            ClientId=application.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.get_user(AccessToken=tokens["AccessToken"])


def test_paginator_lists_every_pool_once(poolgate_server: Poolgate) -> None:
    cognito = poolgate_server.client("cognito-idp")
    made = {cognito.create_user_pool(PoolName=f"p{n}")["UserPool"]["Id"] for n in range(3)}
    pages = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 2})
    listed = [pool["Id"] for page in pages for pool in page["UserPools"]]
    assert len(listed) == len(set(listed))
    assert made <= set(listed)


def test_wrong_secret_key_is_an_invalid_signature(poolgate_server: Poolgate) -> None:
    cognito = poolgate_server.client("cognito-idp", secret_access_key="x" * 40)
    with pytest.raises(cognito.exceptions.ClientError) as refusal:
        cognito.list_user_pools(MaxResults=1)
    assert refusal.value.response["Error"]["Code"] == "InvalidSignatureException"
