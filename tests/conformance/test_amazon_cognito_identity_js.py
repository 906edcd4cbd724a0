"""amazon-cognito-identity-js: SRP sign-in as millions of pages do it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.servers.application import (
    PASSWORD,
    Application,
    Person,
    create_application,
    new_address,
    track_devices,
)
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate

NEW_PASSWORD = "Another-horse-8-staple"


@pytest.fixture
def script(node: RunScript, application: Application) -> RunScript:
    return partial(
        node,
        "amazon-cognito-identity-js",
        endpoint=application.server.url,
        poolId=application.pool_id,
        clientId=application.client_id,
    )


@pytest.fixture
def person(application: Application) -> Person:
    return application.sign_up()


def test_sign_up_and_confirmation(script: RunScript, application: Application) -> None:
    email = new_address()
    made = script(action="signUp", email=email, password=PASSWORD)
    assert made["confirmed"] is False
    code = application.server.outbox.latest(email)["code"]
    assert script(action="confirm", email=email, code=code) == {"answer": "SUCCESS"}
    tokens = script(action="signIn", email=email, password=PASSWORD)
    assert tokens["id"]["sub"] == made["sub"]


def test_srp_sign_in(script: RunScript, application: Application, person: Person) -> None:
    tokens = script(action="signIn", email=person.email, password=PASSWORD)
    assert tokens["id"]["sub"] == tokens["access"]["sub"] == person.sub
    assert tokens["id"]["iss"] == application.issuer
    assert tokens["access"]["client_id"] == application.client_id


def test_srp_wrong_password_is_refused(script: RunScript, person: Person) -> None:
    refused = script(action="refuse", email=person.email, password="Wrong-horse-7-battery")
    assert refused["code"] == "NotAuthorizedException"
    assert refused["message"] == "Incorrect username or password."


def test_refresh_keeps_the_sign_in(script: RunScript, person: Person) -> None:
    tokens = script(action="refresh", email=person.email, password=PASSWORD)
    first: dict[str, Any] = tokens["first"]["access"]
    again: dict[str, Any] = tokens["again"]["access"]
    assert again["jti"] != first["jti"]
    assert again["origin_jti"] == first["origin_jti"]
    assert again["auth_time"] == first["auth_time"]


def test_rotation_leaves_the_client_nothing_to_refresh_with(
    node: RunScript, poolgate_server: Poolgate
) -> None:
    """Where refresh tokens rotate REFRESH_TOKEN_AUTH is refused, as on AWS."""
    rotating = create_application(
        poolgate_server,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    person = rotating.sign_up()
    answer = node(
        "amazon-cognito-identity-js",
        endpoint=rotating.server.url,
        poolId=rotating.pool_id,
        clientId=rotating.client_id,
        action="refreshRefused",
        email=person.email,
        password=PASSWORD,
    )
    assert answer["first"]["access"]["sub"] == person.sub
    assert answer["refused"]["code"] == "UnsupportedOperationException"


def test_attributes_are_read(script: RunScript, person: Person) -> None:
    attributes = script(action="attributes", email=person.email, password=PASSWORD)
    assert attributes["email"] == person.email
    assert attributes["email_verified"] == "true"


def test_changed_password_replaces_the_old_one(script: RunScript, person: Person) -> None:
    answer = script(
        action="changePassword", email=person.email, password=PASSWORD, newPassword=NEW_PASSWORD
    )
    assert answer["old"]["code"] == "NotAuthorizedException"
    assert answer["id"]["sub"] == person.sub


def test_forgotten_password_is_set_again(
    script: RunScript, application: Application, person: Person
) -> None:
    sent = len(application.server.outbox.messages(person.email))
    script(action="forgotPassword", email=person.email)
    code = application.server.outbox.latest(person.email, after=sent)["code"]
    tokens = script(
        action="confirmPassword", email=person.email, code=code, newPassword=NEW_PASSWORD
    )
    assert tokens["id"]["sub"] == person.sub


def test_global_sign_out_ends_the_refresh_token(script: RunScript, person: Person) -> None:
    answer = script(action="globalSignOut", email=person.email, password=PASSWORD)
    assert answer["refresh"]["code"] == "NotAuthorizedException"


@pytest.fixture(scope="module")
def tracking(poolgate_server: Poolgate) -> Application:
    """A pool that remembers each device."""
    application = create_application(poolgate_server)
    track_devices(application)
    return application


@pytest.fixture
def on_device(node: RunScript, tracking: Application) -> RunScript:
    return partial(
        node,
        "amazon-cognito-identity-js",
        endpoint=tracking.server.url,
        poolId=tracking.pool_id,
        clientId=tracking.client_id,
        email=tracking.sign_up().email,
        password=PASSWORD,
    )


def test_device_is_confirmed_and_proves_itself_by_the_client(on_device: RunScript) -> None:
    answer = on_device(action="devices")
    key = answer["key"]
    for one in ("first", "second", "third", "renewed"):
        assert answer[one]["access"]["device_key"] == key
    assert answer["listed"] == [key]
    attributes = {each["Name"]: each["Value"] for each in answer["found"]["DeviceAttributes"]}
    assert attributes["dev:device_remembered_status"] == "remembered"


def test_forgotten_device_becomes_a_new_one(on_device: RunScript) -> None:
    answer = on_device(action="forgottenDevice")
    assert answer["newKey"] != answer["key"]
    assert answer["second"]["access"]["device_key"] == answer["newKey"]
