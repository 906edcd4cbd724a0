"""pycognito: SRP sign-in from Python. It sends no Session with PASSWORD_VERIFIER."""

from __future__ import annotations

import pytest
import requests
from botocore.exceptions import ClientError
from pycognito import aws_srp
from pycognito.aws_srp import AWSSRP

from tests.conformance.pycognito_client import pycognito_for, sign_up
from tests.servers.application import (
    PASSWORD,
    Application,
    Person,
    create_application,
    new_address,
    track_devices,
)
from tests.servers.poolgate_server import REGION, Poolgate


@pytest.fixture(scope="module")
def confidential(poolgate_server: Poolgate) -> Application:
    """A client with a secret: every call carries a SECRET_HASH."""
    return create_application(poolgate_server, GenerateSecret=True)


@pytest.mark.parametrize("kind", ["application", "confidential"])
def test_srp_sign_in_verifies_its_own_tokens(kind: str, request: pytest.FixtureRequest) -> None:
    client = sign_up(request.getfixturevalue(kind))
    client.authenticate(password=PASSWORD)  # verifies signature, issuer, audience, token_use
    assert client.id_claims["email"] == client.username
    assert client.access_claims["token_use"] == "access"


@pytest.mark.parametrize("kind", ["application", "confidential"])
def test_srp_wrong_password_is_refused(kind: str, request: pytest.FixtureRequest) -> None:
    client = sign_up(request.getfixturevalue(kind))
    with pytest.raises(ClientError) as refusal:
        client.authenticate(password="Wrong-horse-7-battery")
    assert refusal.value.response["Error"]["Code"] == "NotAuthorizedException"
    assert client.access_token is None


def test_srp_for_nobody_looks_like_a_wrong_password(application: Application) -> None:
    with pytest.raises(ClientError) as refusal:
        pycognito_for(application, new_address()).authenticate(password=PASSWORD)
    assert refusal.value.response["Error"]["Code"] in {
        "NotAuthorizedException",
        "UserNotFoundException",  # PreventUserExistenceErrors is LEGACY by default
    }


def test_refresh_and_sign_out(application: Application) -> None:
    client = sign_up(application)
    client.authenticate(password=PASSWORD)
    first = client.access_token
    client.renew_access_token()
    assert client.access_token != first
    client.logout()
    assert client.access_token is None


def test_first_sign_in_with_a_temporary_password(application: Application) -> None:
    email = new_address()
    application.server.client("cognito-idp").admin_create_user(
        UserPoolId=application.pool_id,
        Username=email,
        TemporaryPassword="Temporary-horse-7",
        UserAttributes=[{"Name": "email", "Value": email}],
        MessageAction="SUPPRESS",
    )
    client = pycognito_for(application, email)
    client.new_password_challenge("Temporary-horse-7", PASSWORD)
    assert client.access_token
    client.authenticate(password=PASSWORD)


@pytest.fixture(scope="module")
def tracking(poolgate_server: Poolgate) -> Application:
    """A pool that remembers each device."""
    application = create_application(poolgate_server)
    track_devices(application)
    return application


@pytest.fixture
def here(tracking: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """pycognito posts what it does with devices to AWS; only the address is another one."""

    def post(url: str, **request: object) -> requests.Response:
        assert url == f"https://cognito-idp.{REGION}.amazonaws.com/"
        return send(tracking.server.url, **request)

    send = requests.post
    monkeypatch.setattr(aws_srp.requests, "post", post)


def srp_for(application: Application, person: Person, **device: str) -> AWSSRP:
    return AWSSRP(
        person.email, PASSWORD, application.pool_id, application.client_id,
        client=application.cognito, **device,
    )  # fmt: skip


@pytest.mark.usefixtures("here")
def test_device_is_confirmed_proves_itself_and_is_forgotten(tracking: Application) -> None:
    person = tracking.sign_up()
    first = srp_for(tracking, person)
    tokens = first.authenticate_user()
    confirmed, secret = first.confirm_device(tokens, "my computer")
    assert confirmed.json() == {"UserConfirmationNecessary": False}
    assert first.device_key
    assert first.device_group_key
    device = {
        "device_key": first.device_key,
        "device_group_key": first.device_group_key,
        "device_password": secret,
    }
    # The whole sign-in, whose device challenges pycognito answers without a Session.
    again = srp_for(tracking, person, **device).authenticate_user()["AuthenticationResult"]
    assert "NewDeviceMetadata" not in again
    with pytest.raises(ClientError) as refusal:
        srp_for(tracking, person, **{**device, "device_password": "wrong"}).authenticate_user()
    assert refusal.value.response["Error"]["Code"] == "NotAuthorizedException"
    cognito, token = tracking.cognito, again["AccessToken"]
    assert "200" in first.update_device_status(False, token, device["device_key"])
    found = cognito.get_device(AccessToken=token, DeviceKey=device["device_key"])["Device"]
    status = {"Name": "dev:device_remembered_status", "Value": "not_remembered"}
    assert status in found["DeviceAttributes"]
    assert "200" in first.update_device_status(True, token, device["device_key"])
    assert "200" in first.forget_device(token, device["device_key"])
    other = srp_for(tracking, person).authenticate_user()["AuthenticationResult"]
    assert cognito.list_devices(AccessToken=other["AccessToken"])["Devices"] == []


def test_client_that_knows_no_devices_signs_in_and_refreshes(tracking: Application) -> None:
    client = pycognito_for(tracking, tracking.sign_up().email)
    client.authenticate(password=PASSWORD)
    first = client.access_token
    client.renew_access_token()
    assert client.access_token != first
