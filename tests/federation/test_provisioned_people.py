"""People whom a directory provisions first, and who then sign in at their company's provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Client

from tests.conformance.oidc.relying_party import Answer
from tests.federation.conftest import Downstream, Make, details_of, open_sign_in
from tests.servers.application import Application, Person

NAME = "Office"


@pytest.fixture
def downstream(make_downstream: Make, upstream: Application) -> Downstream:
    return make_downstream(NAME, "OIDC", details_of(upstream), AttributeMapping={"email": "email"})


@pytest.fixture
def directory(downstream: Downstream) -> Iterator[Client]:
    """The company's directory, whose users' externalId is what the provider calls them by."""
    server = downstream.application.server
    settings = json.dumps({"scim": {"provider": NAME}})
    done = server.command("pools", "oauth", downstream.pool_id, "-", text=settings)
    assert done.returncode == 0, done.stderr
    token = server.command("pools", "scim-token", downstream.pool_id).stdout.strip()
    with Client(
        base_url=f"{server.url}/scim/v2/{downstream.pool_id}",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"},
    ) as made:
        yield made


def provision(directory: Client, subject: str, email: str) -> dict[str, Any]:
    answer = directory.post("/Users", json={"userName": email, "externalId": subject})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def sign_in(downstream: Downstream, person: Person) -> Answer:
    browser, page = open_sign_in(downstream)
    answer = browser.sign_in(page, person)
    assert isinstance(answer, Answer), answer.response.text
    return answer


def test_a_provisioned_person_signs_in_as_the_user_who_was_provisioned(
    downstream: Downstream, person: Person, directory: Client
) -> None:
    made = provision(directory, person.sub, "ada.at.work@example.com")
    assert downstream.user(made["id"])["UserStatus"] == "EXTERNAL_PROVIDER"
    claims = downstream.claims_of(sign_in(downstream, person))
    assert claims["sub"] == made["id"]
    assert claims["email"] == "ada.at.work@example.com"
    assert len(downstream.users()) == 1
    answer = directory.post(
        "/Users", json={"userName": "eve@example.com", "externalId": person.sub}
    )
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    assert directory.patch(f"/Users/{made['id']}", json=off).status_code == 200
    assert sign_in(downstream, person).parameters["error"]


def test_who_is_called_otherwise_is_not_let_in_by_the_former_name(
    downstream: Downstream, person: Person, directory: Client
) -> None:
    made = provision(directory, person.sub, "ada.at.work@example.com")
    change = {"Operations": [{"op": "replace", "path": "externalId", "value": "another"}]}
    assert directory.patch(f"/Users/{made['id']}", json=change).status_code == 200
    claims = downstream.claims_of(sign_in(downstream, person))
    assert claims["sub"] != made["id"]


def test_who_has_signed_in_before_is_not_provisioned_as_somebody_else(
    downstream: Downstream, person: Person, directory: Client
) -> None:
    assert sign_in(downstream, person).code
    answer = directory.post(
        "/Users", json={"userName": "ada.at.work@example.com", "externalId": person.sub}
    )
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert len(downstream.users()) == 1
